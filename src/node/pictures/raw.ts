/** The values of pictures as stored in files, before any stretch, crop or change of colour. */
import { UserError } from '../../errors.ts';
import type { Fits } from '../../files/fits/fits.ts';
import { readFitsImage } from '../../files/fits/image.ts';
import { pixelScale } from '../../files/fits/wcs.ts';
import { ImageError } from '../../picture/unreadable.ts';
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
  /** The last channel is alpha. */
  readonly hasAlpha?: boolean;
  /** In the order of the file. Values of FITS are scaled (BSCALE, BZERO); NaN where there is none. */
  readonly values: ArrayLike<number>;
}

/** The names of sharp's formats. */
const FORMATS: Readonly<Record<string, string>> = { jpeg: 'JPEG', png: 'PNG', tiff: 'TIFF', webp: 'WebP' };

/** sharp's types of values in a file; not `short`, whose negative values it makes 0. */
const DEPTHS = {
  uchar: { bitpix: 8, view: Uint8Array },
  char: { bitpix: 8, view: Int8Array },
  ushort: { bitpix: 16, view: Uint16Array },
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
  'II+\0', // BigTIFF
  'MM\0+',
  'RIFF', // WebP
];

/** True for a JPEG, PNG, TIFF or WebP file. */
export function isPicture(bytes: Uint8Array): boolean {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 12));
  const signature = SIGNATURES.find((each) => head.startsWith(each));
  return signature === 'RIFF' ? head.endsWith('WEBP') : signature !== undefined;
}

/** @throws ImageError if a picture has several pages, of which only the first would be read */
export function checkPages(pages: number | undefined, file: string): void {
  if (pages === undefined || pages === 1) return;
  throw new ImageError(
    file,
    `expected one page, got ${pages}; save bands as channels, or each page as a file of its own`,
  );
}

/**
 * The message of libvips, without function names and repetitions.
 * @param most the most pixels; default: sharp's own limit
 */
export function describeDecodeError(error: unknown, most = 0x3fff ** 2): string {
  const { message } = error as Error;
  if (message.includes('exceeds pixel limit')) return `larger than ${Math.round(most / 1e6)} million pixels`;
  if (message.includes('libpng read error')) return 'damaged or truncated PNG';
  if (message.includes('tiff2vips: samples out of range')) return 'TIFF with more than 32 bits a value';
  const lines = message.replaceAll(/Input buffer has |\bvips\w+: /gi, '').split('\n');
  return [...new Set(lines)].join('; ').replace(/:$/, '');
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
 * @throws UserError if the file cannot be decoded, or has several pages or signed integers of 16 bits
 */
export async function rawPicture(bytes: Uint8Array, file: string): Promise<RawPicture> {
  const sharp = await loadSharp();
  try {
    const options = { failOn: 'warning', ignoreIcc: true } as const;
    const { format, space, depth, hasAlpha, pages } = await sharp(bytes, options).metadata();
    checkPages(pages, file);
    if (!(depth in DEPTHS))
      throw new ImageError(file, 'signed integers of 16 bits are not read; save it with floats of 32 bits');
    const kind = DEPTHS[depth as keyof typeof DEPTHS];
    const isGreyWithAlpha = hasAlpha && space === 'b-w'; // in the colour space b-w, sharp leaves alpha out
    const { data, info } = await sharp(bytes, options)
      .toColourspace(isGreyWithAlpha ? 'srgb' : space)
      .raw({ depth: depth as 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const channels = isGreyWithAlpha ? 2 : info.channels;
    const copy = new Uint8Array(data); // aligned, as typed arrays must be
    const values = new kind.view(copy.buffer);
    return {
      format: FORMATS[format] ?? format,
      hdu: null,
      shape: channels === 1 ? [height, width] : [height, width, channels],
      bitpix: kind.bitpix,
      hasAlpha,
      values: isGreyWithAlpha ? values.filter((_, i) => i % 4 === 0 || i % 4 === 3) : values,
    };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${file}: cannot be decoded: ${describeDecodeError(cause)}`, { cause });
  }
}
