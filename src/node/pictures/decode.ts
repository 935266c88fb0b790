/** Pictures from files: of 8 bits through sharp (libvips, libjpeg-turbo), raw values of FITS, PNG and TIFF. */
import { OutOfMemory, UserError } from '../../errors.ts';
import {
  type Fits,
  type FitsHdu,
  findHdu,
  hduLabel,
  isFits,
  product,
  readFits,
} from '../../files/fits/fits.ts';
import { readFitsImage } from '../../files/fits/image.ts';
import type { FileReference, PictureFile } from '../../files/reference.ts';
import { bytesRefused, rawRefused } from '../../picture/fillBatch.ts';
import { type BandValues, channelBands, type PictureFlag, pictureFlags } from '../../picture/flags.ts';
import {
  type DeepRecord,
  type Frame,
  fitsFrame,
  frameSide,
  joinBands,
  recordOf,
} from '../../picture/frame.ts';
import { DEFAULT_PREPROCESSING, type FrameSettings, MOST_BANDS } from '../../picture/preprocessing.ts';
import { FRAME_SIZE } from '../../picture/record.ts';
import { resizeSquare } from '../../picture/resize.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { gunzip } from '../files/gunzip.ts';
import { readReference, referenceLabel } from '../files/source.ts';
import { unpacked } from '../files/unpack.ts';
import { checkPages, describeDecodeError, isPicture, type RawPicture, rawPicture } from './raw.ts';
import { loadSharp } from './sharp.ts';

/** The most pixels that a picture's header may declare; checked before decoding. */
const MAX_PIXELS = 64_000_000;

/** The most bytes of a picture's file; enough for {@link MAX_PIXELS}. */
const MAX_BYTES = 200_000_000;

/** The largest unpacked file, in bytes. */
const MAX_UNPACKED = 2 ** 30;

/** The largest side of a field in a picture of 8 bits, in pixels. */
const LARGEST_SIDE = 8000;

/** A galaxy's picture in the challenge's size. */
interface DecodedFrame {
  /** `[424, 424, 3]`, RGB, 8 bits. */
  pixels: Uint8Array;
  /** The file had another size. */
  resampled: boolean;
  flags: readonly PictureFlag[];
}

function checkSignature(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new ImageError(file, 'the file is empty');
  if (isPicture(bytes)) return;
  if (isFits(bytes)) throw rawRefused(file);
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 16));
  const formats = 'JPEG, PNG, TIFF, WebP or FITS';
  throw new ImageError(file, `not a ${formats} file: it begins with ${JSON.stringify(start)}`);
}

/**
 * The opacity of each pixel, 0…255, if it has any, and if its values have 16 bits. A JPEG has neither.
 * @throws ImageError if the values are neither of 8 nor of 16 bits, such as floats, which have no range to show, or there are several pages
 */
async function readDepth(
  bytes: Uint8Array,
  file: string,
): Promise<{ alpha?: BandValues; isReduced?: boolean }> {
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

/**
 * Decodes a galaxy's picture. JPEGs are decoded bit for bit as by Pillow; EXIF orientation and colour profiles are ignored.
 * Grey and CMYK become RGB, 16 bits become 8, and transparent pixels are drawn on black, the sky. A picture of another size
 * than 424×424 is cropped to its central square, or to the field, and resampled as by Pillow (`BILINEAR`).
 * @param bytes a whole JPEG, PNG, TIFF or WebP file
 * @param file its name, for messages
 * @throws ImageError if the file is not an intact picture or is larger than `MAX_PIXELS`, or if the field needs a pixel scale. A JPEG
 * has no checksum: the decoder may miss damage
 */
export async function decodeFrame(
  bytes: Uint8Array,
  file: string,
  settings: FrameSettings = DEFAULT_PREPROCESSING,
  pixelScale?: number,
): Promise<DecodedFrame> {
  checkSignature(bytes, file);
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
    const side = Math.round(frameSide({ width, height, pixelScale }, settings, file));
    const depth = await readDepth(bytes, file);
    const field = settings.field === undefined ? undefined : side;
    const bands = channelBands(data, 3);
    const flags = pictureFlags({ width, height, bands, ...depth, highest: 255, side: field });
    const pixels = plain(data);
    if (width === FRAME_SIZE && height === FRAME_SIZE && side === FRAME_SIZE)
      return { pixels, resampled: false, flags };
    return { pixels: centralSquare(pixels, width, height, side), resampled: true, flags };
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const { message } = error as Error;
    if (message.includes('out of memory')) throw new OutOfMemory(`${file}: ${message}`, { cause: error });
    throw new ImageError(file, describeDecodeError(error, MAX_PIXELS));
  }
}

/**
 * An ImageError without the file's path.
 * @param options those that may be wrong
 * @throws other errors: the system's fault, not the file's
 */
function asImageError(reference: FileReference, error: unknown, options?: readonly string[]): ImageError {
  if (!(error instanceof UserError)) throw error;
  if (error instanceof ImageError) return error;
  const { message } = error;
  const label = [`${referenceLabel(reference)}: `, `${reference.name}: `].find((each) =>
    message.startsWith(each),
  );
  return new ImageError(reference.name, message.slice(label?.length ?? 0), options);
}

/**
 * Reads and decodes a galaxy's picture of 8 bits; see {@link decodeFrame}.
 * @throws ImageError if the file cannot be read or decoded; Error if the system lacks a resource
 */
export async function readFrame(reference: PictureFile, settings?: FrameSettings): Promise<DecodedFrame> {
  if (reference.kind === 'bands') throw rawRefused(reference.name);
  let bytes: Uint8Array;
  try {
    bytes = await readReference(reference, MAX_BYTES);
  } catch (error) {
    throw asImageError(reference, error);
  }
  return decodeFrame(bytes, reference.name, settings, reference.pixelScale);
}

/**
 * The frame of a picture of 16 bits or of floating point.
 * @param bands their number; one more channel is alpha, and is left out
 */
function channelFrame({ shape, values, bitpix }: RawPicture, bands: number, file: string): Frame {
  if (bitpix === 8) throw bytesRefused(file);
  const [height, width, channels = 1] = shape as [number, number, number?];
  const hasAlpha = channels % 2 === 0 && channels === bands + 1;
  const planes = Array.from({ length: hasAlpha ? bands : channels }, (_, band) =>
    Float64Array.from({ length: width * height }, (_, pixel) => values[pixel * channels + band]!),
  );
  return { width, height, planes };
}

/** The HDU of a picture. @throws ImageError if there is none */
function findImage(fits: Fits, reference: FileReference): FitsHdu {
  const { hdu } = reference;
  try {
    return findHdu(fits, 'image', hdu);
  } catch (error) {
    throw asImageError(reference, error, hdu === undefined ? [] : ['hdu']);
  }
}

/** Reads the raw values of one file. */
async function readRawFile(reference: FileReference, bands: number): Promise<Frame> {
  const { name, hdu, pixelScale } = reference;
  try {
    const bytes = await unpacked(await readReference(reference, MAX_BYTES), name, MAX_UNPACKED);
    if (isPicture(bytes)) {
      await checkPixels(bytes, name);
      const frame = channelFrame(await rawPicture(bytes, name), bands, name);
      return { ...frame, pixelScale };
    }
    const fits = await readFits(bytes, { file: name, gunzip });
    const found = findImage(fits, reference);
    if (product(found.shape) > MAX_PIXELS * MOST_BANDS)
      throw new ImageError(name, `larger than ${MAX_PIXELS / 1e6} million pixels`);
    const frame = fitsFrame(await readFitsImage(fits, found.index), name);
    const read = { label: hduLabel('', found).slice(2), isOnly: fits.hdus.length === 1 };
    return {
      ...frame,
      pixelScale: pixelScale ?? frame.pixelScale,
      ...(hdu === undefined && { hdus: [read] }),
    };
  } catch (error) {
    throw asImageError(reference, error);
  }
}

/** @throws ImageError if a header declares too many pixels */
async function checkPixels(bytes: Uint8Array, file: string): Promise<void> {
  const sharp = await loadSharp();
  const { width, height } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error) => {
      throw new ImageError(file, describeDecodeError(error));
    });
  if (width * height > MAX_PIXELS)
    throw new ImageError(file, `larger than ${MAX_PIXELS / 1e6} million pixels`);
}

/**
 * Reads a picture of raw values: FITS, or PNG and TIFF of 16 bits; or one such file for each band.
 * @throws ImageError if it cannot be read, or does not fit the settings; Error if the system lacks a resource
 */
export async function readDeepRecord(reference: PictureFile, settings: FrameSettings): Promise<DeepRecord> {
  const { bands } = settings;
  if (reference.kind !== 'bands')
    return recordOf(await readRawFile(reference, bands.length), settings, reference.name);
  const { name, files } = reference;
  const missing = files.indexOf(undefined);
  if (missing >= 0) throw new ImageError(name, `the file of its band ${bands[missing]} is missing`);
  const parts: { file: string; frame: Frame }[] = [];
  for (const file of files) parts.push({ file: file!.name, frame: await readRawFile(file!, 1) });
  return recordOf(joinBands(parts, bands, name), settings, name);
}

/** The central square, resampled to a frame; outside the picture it is black. */
function centralSquare(pixels: Uint8Array, width: number, height: number, side: number): Uint8Array {
  if (side < 1 || side > LARGEST_SIDE)
    throw new Error(`expected a field of 1 to ${LARGEST_SIDE} pixels, got ${side}`);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const square = new Uint8Array(side * side * 3);
  for (let row = Math.max(0, -top); row < Math.min(side, height - top); row++) {
    const from = 3 * ((top + row) * width + Math.max(0, left));
    const to = 3 * (row * side + Math.max(0, -left));
    square.set(pixels.subarray(from, from + 3 * Math.min(side, width)), to);
  }
  return resizeSquare(square, side, FRAME_SIZE);
}

/** The same bytes as a Uint8Array: code that gets both kinds runs slower, and a Buffer cannot be cloned for another thread. */
function plain(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
