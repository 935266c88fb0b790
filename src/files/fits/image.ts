/** Images of FITS files: physical values of the stored ones (FITS standard 4.0, section 4.4.2.5). */
import { UserError } from '../../errors.ts';
import { type Fits, type FitsHdu, findHdu, hduLabel, product } from './fits.ts';
import { nullIn, numberIn } from './header.ts';
import { fromBigEndian, type NumberArray } from './numbers.ts';
import { readTiles } from './tiles.ts';

/** Float32 represents all integers up to this one. */
const FLOAT32_INTEGERS = 2 ** 24;

/** An image of a FITS file. */
export interface FitsImage {
  /** Its HDU. `hdu.shape` has its axes, the slowest first: `[height, width]` or `[bands, height, width]`. */
  readonly hdu: FitsHdu;
  /** The values in the file's order (its first row is usually the lowest one on the sky); NaN where there is none. */
  readonly pixels: Float32Array | Float64Array;
}

/** Physical values of 64-bit integers. @throws UserError if float64 cannot represent one */
function scaleBig(
  stored: BigInt64Array,
  blank: bigint | undefined,
  scale: number,
  zero: number,
  where: string,
) {
  const pixels = new Float64Array(stored.length);
  const isExact = scale === 1 && Number.isInteger(zero);
  const offset = isExact ? BigInt(zero) : 0n;
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i]!;
    if (value === blank) pixels[i] = Number.NaN;
    else if (!isExact) pixels[i] = zero + scale * Number(value);
    else {
      const integer = value + offset;
      const pixel = Number(integer);
      if (!Number.isSafeInteger(pixel)) {
        throw new UserError(`${where}: pixel ${i}: expected an integer within ±2^53, got ${integer}`);
      }
      pixels[i] = pixel;
    }
  }
  return pixels;
}

/** Physical values BZERO + BSCALE × stored; NaN for BLANK, which integers may have. */
function scaled(
  stored: NumberArray,
  { header, compression }: FitsHdu,
  where: string,
): Float32Array | Float64Array {
  const scale = numberIn(header, 'BSCALE', where, 1);
  const zero = numberIn(header, 'BZERO', where, 0);
  const isPlain = scale === 1 && zero === 0;
  if (stored instanceof Float32Array || stored instanceof Float64Array) {
    return isPlain ? stored : Float64Array.from(stored, (value) => zero + scale * value);
  }
  const blank =
    (compression === undefined ? undefined : nullIn(header, 'ZBLANK', where)) ??
    nullIn(header, 'BLANK', where);
  if (stored instanceof BigInt64Array) {
    return scaleBig(stored, blank === undefined ? undefined : BigInt(blank), scale, zero, where);
  }
  const isShort = stored.BYTES_PER_ELEMENT <= 2 && scale === 1;
  const fits = isShort && Number.isInteger(zero) && Math.abs(zero) <= FLOAT32_INTEGERS / 2;
  const pixels = fits ? new Float32Array(stored.length) : new Float64Array(stored.length);
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i]!;
    pixels[i] = value === blank ? Number.NaN : zero + scale * value;
  }
  return pixels;
}

/**
 * Reads an image: a primary array, an IMAGE extension, or one compressed in tiles (RICE_1, GZIP_1, GZIP_2, NOCOMPRESS).
 * Integers are exact; float32 values stay float32.
 * @param hdu its index, EXTNAME or `EXTNAME,EXTVER`; default: the first image
 * @throws UserError that names file and HDU, if there is no such image, it cannot be read, or it has integers beyond ±2⁵³
 * @example
 * const cards = ['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 1', 'NAXIS1  = 3', 'BZERO   = -97', 'END'];
 * const text = `${cards.map((card) => card.padEnd(80)).join('').padEnd(2880)}abc`;
 * const { pixels } = await readFitsImage(await readFits(new TextEncoder().encode(text), { file: 'abc.fits' }));
 * [...pixels] // [0, 1, 2]
 */
export async function readFitsImage(fits: Fits, hdu?: number | string): Promise<FitsImage> {
  const found = findHdu(fits, 'image', hdu);
  const { compression, bitpix, shape, start } = found;
  const where = hduLabel(fits.file, found);
  const end = start + (product(shape) * Math.abs(bitpix)) / 8;
  const stored =
    compression === undefined
      ? fromBigEndian(fits.bytes.subarray(start, end), bitpix)
      : await readTiles(fits, found, compression);
  return { hdu: found, pixels: scaled(stored, found, where) };
}
