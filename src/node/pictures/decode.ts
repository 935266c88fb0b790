/** Node's decoder of pictures: sharp (libvips, libjpeg-turbo). */
import { OutOfMemory } from '../../errors.ts';
import {
  checkPages,
  checkPixels,
  type DecodedPicture,
  MAX_PIXELS,
  type PictureDecoder,
  type RawPicture,
} from '../../picture/decode.ts';
import { rawRefused } from '../../picture/fillBatch.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { gunzip } from '../files/gunzip.ts';
import { readReference } from '../files/source.ts';
import { unpacked } from '../files/unpack.ts';
import { describeDecodeError, rawPicture } from './raw.ts';
import { loadSharp } from './sharp.ts';

/**
 * The opacity of each pixel, if it has any, and if its values have 16 bits. A JPEG has neither.
 * @throws ImageError if the values are neither of 8 nor of 16 bits, or there are several pages
 */
async function readDepth(
  bytes: Uint8Array,
  file: string,
): Promise<Pick<DecodedPicture, 'alpha' | 'isReduced'>> {
  if (bytes[0] === 0xff) return {};
  const sharp = await loadSharp();
  const { hasAlpha, depth, pages } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  checkPages(pages, file);
  if (depth !== 'uchar' && depth !== 'ushort') throw rawRefused(file);
  const isReduced = depth === 'ushort';
  if (!hasAlpha) return { isReduced };
  const picture = sharp(bytes, { limitInputPixels: MAX_PIXELS, ignoreIcc: true });
  const alpha = picture.toColourspace('srgb').extractChannel('alpha').raw({ depth: 'uchar' });
  return { alpha: { values: await alpha.toBuffer() }, isReduced };
}

async function decode(bytes: Uint8Array, file: string): Promise<DecodedPicture> {
  const sharp = await loadSharp();
  try {
    // failOn 'warning' is the strictest: damage inside a JPEG is only a warning to libjpeg.
    const { data, info } = await sharp(bytes, {
      failOn: 'warning',
      limitInputPixels: MAX_PIXELS,
      ignoreIcc: true,
    })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return { width, height, pixels: plain(data), ...(await readDepth(bytes, file)) };
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const { message } = error as Error;
    if (message.includes('out of memory')) throw new OutOfMemory(`${file}: ${message}`, { cause: error });
    throw new ImageError(file, describeDecodeError(error, MAX_PIXELS));
  }
}

async function decodeRaw(bytes: Uint8Array, file: string): Promise<RawPicture> {
  const sharp = await loadSharp();
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw new ImageError(file, describeDecodeError(error));
    });
  checkPixels(metadata, file);
  return await rawPicture(bytes, file);
}

/** Reads files of disks, zips and Parquet files, and decodes them with sharp. */
export const nodeDecoder: PictureDecoder = {
  read: readReference,
  unpack: unpacked,
  gunzip,
  decode,
  decodeRaw,
};

/** The same bytes as a Uint8Array: code that gets both kinds runs slower, and a Buffer cannot be cloned for another thread. */
function plain(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
