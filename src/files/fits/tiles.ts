/** Images compressed in tiles, each a row of a binary table (FITS standard 4.0, section 10.1). */
import { inWords, UserError } from '../../errors.ts';
import { unpacking } from '../gunzip.ts';
import { checkDither, type Dither, dequantise } from './dither.ts';
import { type Fits, type FitsHdu, hduLabel, product } from './fits.ts';
import { countIn, type FitsHeader, numberIn, textIn } from './header.ts';
import { type Bitpix, fromBigEndian, type NumberArray, unshuffled, zeros } from './numbers.ts';
import { isRiceBytes, type RiceBytes, riceDecode, ricePixelsPerByte } from './rice.ts';
import { type Field, fieldsOf, rowsOf } from './table.ts';

/** The most bytes that deflate can make of one. */
const DEFLATE_RATIO = 1032;

/** CFITSIO writes 16 or 32. Long blocks would let a few bytes stand for a huge picture. */
const LONGEST_BLOCK = 256;

/** Columns that may contain a tile: compressed; gzipped without quantisation; not compressed. The first one with data counts. */
const COLUMNS = [
  ['compressed', 'COMPRESSED_DATA'],
  ['lossless', 'GZIP_COMPRESSED_DATA'],
  ['raw', 'UNCOMPRESSED_DATA'],
] as const;

/** An algorithm: the most pixels of a byte, and the decoder of a tile. */
interface Algorithm {
  pixelsPerByte: number;
  decode(bytes: Uint8Array, count: number, where: string): Promise<NumberArray> | NumberArray;
}

/** A parameter of the algorithm: the ZVALn whose ZNAMEn has that name (section 10.1.2, table 36). */
function parameter(header: FitsHeader, name: string, fallback: number, where: string): number {
  for (let n = 1; header.has(`ZNAME${n}`); n++) {
    if (String(header.get(`ZNAME${n}`)).toUpperCase() === name) return countIn(header, `ZVAL${n}`, where);
  }
  return fallback;
}

/** Numbers of a tile from their bytes: floats if `isFloat`, else integers; their size is that of the data. */
function numbersOf(bytes: Uint8Array, count: number, isFloat: boolean, where: string): NumberArray {
  const size = bytes.length / count;
  const sizes = isFloat ? [4, 8] : [1, 2, 4, 8];
  if (!sizes.includes(size)) {
    throw new UserError(
      `${where}: expected ${count} pixels of ${sizes.join(', ')} bytes, got ${bytes.length} bytes`,
    );
  }
  return fromBigEndian(bytes, ((isFloat ? -8 : 8) * size) as Bitpix);
}

function rice(header: FitsHeader, where: string): Algorithm {
  const size = parameter(header, 'BYTEPIX', 4, where);
  const block = parameter(header, 'BLOCKSIZE', 32, where);
  if (!isRiceBytes(size))
    throw new UserError(`${where}: RICE_1: expected a BYTEPIX of 1, 2 or 4, got ${size}`);
  if (block < 1 || block > LONGEST_BLOCK) {
    throw new UserError(`${where}: RICE_1: expected a BLOCKSIZE of 1 to ${LONGEST_BLOCK}, got ${block}`);
  }
  return {
    pixelsPerByte: ricePixelsPerByte(size as RiceBytes, block),
    decode(bytes, count, tile) {
      try {
        return riceDecode(bytes, count, size as RiceBytes, block);
      } catch (error) {
        throw new UserError(`${tile}: RICE_1: ${(error as Error).message}`);
      }
    },
  };
}

function gzip({ gunzip }: Fits, isFloat: boolean, isShuffled: boolean): Algorithm {
  return {
    pixelsPerByte: DEFLATE_RATIO / (isFloat ? 4 : 1),
    async decode(bytes, count, where) {
      const plain = await unpacking(where, () => gunzip(bytes, 8 * count));
      const size = plain.length / count;
      return numbersOf(
        isShuffled && Number.isInteger(size) ? unshuffled(plain, size) : plain,
        count,
        isFloat,
        where,
      );
    },
  };
}

/** @throws UserError that names the algorithm, if it is not read */
function algorithmOf(
  fits: Fits,
  name: string,
  isFloat: boolean,
  header: FitsHeader,
  where: string,
): Algorithm {
  if (name === 'RICE_1' || name === 'RICE_ONE') return rice(header, where);
  if (name === 'GZIP_1' || name === 'GZIP_2') return gzip(fits, isFloat, name === 'GZIP_2');
  if (name === 'NOCOMPRESS') {
    return { pixelsPerByte: 1, decode: (bytes, count, tile) => numbersOf(bytes, count, isFloat, tile) };
  }
  throw new UserError(
    `${where}: compressed with ${inWords(name)}; expected RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS. Uncompress it first: funpack`,
  );
}

/** Sides of tiles, the slowest axis first: ZTILEn; by default whole rows. */
function tileShape(header: FitsHeader, shape: readonly number[], where: string): number[] {
  return shape.map((side, axis) => {
    const n = shape.length - axis;
    const length = countIn(header, `ZTILE${n}`, where, n === 1 ? side : 1);
    if (length === 0) throw new UserError(`${where}: ZTILE${n}: expected 1 or more, got 0`);
    return Math.min(length, side);
  });
}

/** Copies a tile into an image. Both have the same axes, the slowest first. */
function place(
  tile: NumberArray,
  sides: readonly number[],
  image: NumberArray,
  shape: readonly number[],
  origin: readonly number[],
): void {
  const width = sides.at(-1)!;
  const position = sides.map(() => 0);
  for (let from = 0; from < tile.length; from += width) {
    let to = 0;
    for (let axis = 0; axis < shape.length; axis++) to = to * shape[axis]! + origin[axis]! + position[axis]!;
    // The types fit: both hold bigints, or neither does.
    (image as Float64Array).set(tile.subarray(from, from + width) as Float64Array, to);
    for (let axis = shape.length - 2; axis >= 0 && ++position[axis]! === sides[axis]!; axis--)
      position[axis] = 0;
  }
}

/** A value of each tile: from the column, if there is one, else from the keyword. */
function perTile(
  fields: ReadonlyMap<string, Field>,
  hdu: FitsHdu,
  name: string,
  where: string,
): ((row: number) => number) | undefined {
  const field = fields.get(name);
  if (field !== undefined) {
    const values = field.column.read();
    if (field.column.type !== 'number' || field.column.shape.length > 0) {
      throw new UserError(
        `${where}: column ${name}: expected one number in each row, got ${field.column.format}`,
      );
    }
    return (row) => Number(values[row]);
  }
  if (!hdu.header.has(name)) return undefined;
  const value = numberIn(hdu.header, name, where);
  return () => value;
}

/**
 * Reads the stored pixels of an image compressed in tiles.
 * @returns integers of ZBITPIX before BSCALE and BZERO, or floating-point pixels
 * @throws UserError that names file, HDU and tile
 */
export async function readTiles(fits: Fits, hdu: FitsHdu, compression: string): Promise<NumberArray> {
  const { header, shape, bitpix } = hdu;
  const where = hduLabel(fits.file, hdu);
  const fields = new Map(fieldsOf(fits, hdu).map((field) => [field.column.name, field]));
  const isFloat = bitpix < 0;
  const scale = isFloat ? perTile(fields, hdu, 'ZSCALE', where) : undefined;
  const zero = perTile(fields, hdu, 'ZZERO', where);
  const blank = perTile(fields, hdu, 'ZBLANK', where);
  const dither: Dither = checkDither(textIn(header, 'ZQUANTIZ', where) ?? 'NO_DITHER', where);
  const firstSeed = countIn(header, 'ZDITHER0', where, 1);
  const isQuantised = scale !== undefined;
  const algorithm = algorithmOf(fits, compression, isFloat && !isQuantised, header, where);
  if (fields.has('NULL_PIXEL_MASK')) throw new UserError(`${where}: NULL_PIXEL_MASK is not read`);

  const sides = tileShape(header, shape, where);
  const counts = shape.map((side, axis) => Math.ceil(side / sides[axis]!));
  const tiles = product(counts);
  const rows = rowsOf(hdu);
  if (tiles > rows)
    throw new UserError(`${where}: expected a row for each of ${tiles} tiles, got ${rows} rows`);

  const dataOf = (tile: number) => {
    for (const [kind, name] of COLUMNS) {
      const bytes = fields.get(name)?.list(tile);
      if (bytes !== undefined && bytes.length > 0) return { bytes, kind };
    }
    throw new UserError(`${where}: tile ${tile} has no data`);
  };
  /** The first pixel of a tile, and its sides: tiles at the end of an axis may be shorter. */
  const boxOf = (tile: number) => {
    let rest = tile;
    const origin = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      origin[axis] = (rest % counts[axis]!) * sides[axis]!;
      rest = Math.floor(rest / counts[axis]!);
    }
    return { origin, box: sides.map((side, axis) => Math.min(side, shape[axis]! - origin[axis]!)) };
  };

  // Checked before the image is allocated: the file must have enough data for it.
  const bytesPerPixel = Math.abs(bitpix) / 8;
  const pixelsPerByte = {
    compressed: algorithm.pixelsPerByte,
    lossless: DEFLATE_RATIO / bytesPerPixel,
    raw: 1 / bytesPerPixel,
  };
  let used = 0;
  for (let tile = 0; tile < tiles; tile++) {
    const { bytes, kind } = dataOf(tile);
    const pixels = product(boxOf(tile).box);
    used += bytes.length;
    if (pixels > bytes.length * pixelsPerByte[kind]) {
      throw new UserError(`${where}: tile ${tile}: ${bytes.length} bytes cannot hold its ${pixels} pixels`);
    }
  }
  if (used > hdu.end - hdu.start) {
    throw new UserError(`${where}: its tiles take ${used} bytes, but its data has ${hdu.end - hdu.start}`);
  }

  const image = zeros(bitpix, product(shape));
  const lossless = gzip(fits, isFloat, false);
  for (let tile = 0; tile < tiles; tile++) {
    const { bytes, kind } = dataOf(tile);
    const { origin, box } = boxOf(tile);
    const count = product(box);
    const label = `${where}: tile ${tile}`;
    let pixels =
      kind === 'raw'
        ? numbersOf(bytes, count, isFloat, label)
        : await (kind === 'lossless' ? lossless : algorithm).decode(bytes, count, label);
    if (pixels.BYTES_PER_ELEMENT === 8 && bytesPerPixel < 8) {
      throw new UserError(`${label}: expected pixels of at most ${bytesPerPixel} bytes, got 8`);
    }
    if (kind === 'compressed' && isQuantised) {
      if (!(pixels instanceof Uint8Array || pixels instanceof Int16Array || pixels instanceof Int32Array)) {
        throw new UserError(`${label}: expected quantised pixels of at most 4 bytes, got 8`);
      }
      const integers = pixels;
      pixels = bitpix === -32 ? new Float32Array(count) : new Float64Array(count);
      const seed = tile + Math.max(0, firstSeed - 1);
      dequantise(
        integers,
        { scale: scale(tile), zero: zero?.(tile) ?? 0, blank: blank?.(tile), dither, seed },
        pixels,
      );
    }
    if (image instanceof BigInt64Array && !(pixels instanceof BigInt64Array)) {
      pixels = BigInt64Array.from(pixels as Int32Array, BigInt);
    }
    place(pixels, box, image, shape, origin);
  }
  return image;
}
