/** The values of pictures as stored in files, before any stretch, crop or change of colour. */
import { UserError } from '../../errors.ts';
import type { Fits } from '../../files/fits/fits.ts';
import { readFitsImage } from '../../files/fits/image.ts';
import { pixelScale } from '../../files/fits/wcs.ts';
import { loadSharp } from './sharp.ts';

/** A picture as stored in its file. */
export interface RawPicture {
  /** `FITS`, `JPEG`, `PNG`, `TIFF` or `WebP`. */
  readonly format: string;
  /** Index of the HDU; null if the format has none. */
  readonly hdu: number | null;
  /** The axes, the slowest first: of FITS as stored, otherwise `[height, width]` or `[height, width, channels]`. */
  readonly shape: readonly number[];
  /** Bits of a stored value; negative for floating point. */
  readonly bitpix: number;
  /** Arcseconds per pixel, if the file gives it. */
  readonly pixelScale?: number;
  /** In the order of the file. Values of FITS are scaled (BSCALE, BZERO); NaN where there is none. */
  readonly values: ArrayLike<number>;
}

/** The names of sharp's formats. */
const FORMATS: Readonly<Record<string, string>> = { jpeg: 'JPEG', png: 'PNG', tiff: 'TIFF', webp: 'WebP' };

/** sharp's types of values in a file. */
const DEPTHS = {
  uchar: { bitpix: 8, view: Uint8Array },
  char: { bitpix: 8, view: Int8Array },
  ushort: { bitpix: 16, view: Uint16Array },
  short: { bitpix: 16, view: Int16Array },
  uint: { bitpix: 32, view: Uint32Array },
  int: { bitpix: 32, view: Int32Array },
  float: { bitpix: -32, view: Float32Array },
  double: { bitpix: -64, view: Float64Array },
} as const;

/** First bytes of the files that `rawPicture` reads. */
const SIGNATURES = [
  '\xff\xd8\xff', // JPEG
  '\x89PNG\r\n\x1a\n',
  'II*\0', // TIFF
  'MM\0*',
  'RIFF', // WebP
];

/** True for a JPEG, PNG, TIFF or WebP file. */
export function isPicture(bytes: Uint8Array): boolean {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 12));
  const signature = SIGNATURES.find((each) => head.startsWith(each));
  return signature === 'RIFF' ? head.endsWith('WEBP') : signature !== undefined;
}

/**
 * The values of an image in a FITS file.
 * @param hdu as for `findHdu`
 * @throws UserError as `readFitsImage`
 */
export async function rawFits(fits: Fits, hdu?: number | string): Promise<RawPicture> {
  const { hdu: found, pixels } = await readFitsImage(fits, hdu);
  const { index, shape, bitpix, header } = found;
  return { format: 'FITS', hdu: index, shape, bitpix, pixelScale: pixelScale(header), values: pixels };
}

/**
 * The values of a JPEG, PNG, TIFF or WebP file. Indexed colours are looked up.
 * @param file its name, for messages
 * @throws UserError if the file cannot be decoded
 */
export async function rawPicture(bytes: Uint8Array, file: string): Promise<RawPicture> {
  const sharp = await loadSharp();
  try {
    const options = { failOn: 'warning', ignoreIcc: true } as const;
    const { format, space, depth } = await sharp(bytes, options).metadata();
    const kind = DEPTHS[depth as keyof typeof DEPTHS];
    const { data, info } = await sharp(bytes, options)
      .toColourspace(space)
      .raw({ depth: depth as 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    const copy = new Uint8Array(data); // aligned, as typed arrays must be
    return {
      format: FORMATS[format] ?? format,
      hdu: null,
      shape: channels === 1 ? [height, width] : [height, width, channels],
      bitpix: kind.bitpix,
      values: new kind.view(copy.buffer),
    };
  } catch (cause) {
    throw new UserError(`${file}: cannot be decoded: ${(cause as Error).message.split('\n')[0]}`, { cause });
  }
}
