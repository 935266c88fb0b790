/** The values of pictures as stored in files, before any stretch, crop or change of colour. */
import { UserError } from '../../errors.ts';
import type { Fits } from '../../files/fits/fits.ts';
import { readFitsImage } from '../../files/fits/image.ts';
import { pixelScale } from '../../files/fits/wcs.ts';
import { checkPages, type RawPicture } from '../../picture/decode.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { loadSharp } from './sharp.ts';

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

/**
 * The message of libvips, without function names and repetitions.
 * @param most the most pixels; default: sharp's own limit
 */
export function describeDecodeError(error: unknown, most = 0x3fff ** 2): string {
  const { message } = error as Error;
  if (message.includes('exceeds pixel limit')) return `larger than ${Math.round(most / 1e6)} million pixels`;
  if (message.includes('libpng read error')) return 'damaged or truncated PNG';
  if (message.includes('tiff2vips: samples out of range')) return 'TIFF with more than 32 bits a value';
  const lines = message.replaceAll(/Input buffer has |\b(?:\w+2)?vips\w*: /gi, '').split('\n');
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
