/** Reads pictures from files: checks, raw values, crop and flags. A platform supplies the decoders of file formats. */
import { UserError } from '../errors.ts';
import { type Fits, type FitsHdu, findHdu, hduLabel, isFits, product, readFits } from '../files/fits/fits.ts';
import { readFitsImage } from '../files/fits/image.ts';
import type { Gunzip } from '../files/gunzip.ts';
import { type FileReference, isFitsName, type PictureFile, referenceLabel } from '../files/reference.ts';
import type { ImageReference, RecordReference } from './batch.ts';
import { bytesRefused, type LoadedPicture, memoryPicture, rawRefused } from './fillBatch.ts';
import { type BandValues, channelBands, type PictureFlag, pictureFlags } from './flags.ts';
import { type DeepRecord, type Frame, fitsFrame, frameSide, joinBands, recordOf } from './frame.ts';
import { DEFAULT_PREPROCESSING, type FrameSettings, MOST_BANDS, toRgb } from './preprocessing.ts';
import { FRAME_SIZE, RECORD_SIZE } from './record.ts';
import { resolveStretch, usualBands } from './stretch.ts';
import { ImageError } from './unreadable.ts';

/** The most pixels that a picture's header may declare; checked before decoding. */
export const MAX_PIXELS = 64_000_000;

/** The most bytes of a picture's file; enough for {@link MAX_PIXELS}. */
const MAX_BYTES = 200_000_000;

/** The largest unpacked file, in bytes. */
const MAX_UNPACKED = 2 ** 30;

/** The largest side of a field in a picture of 8 bits, in pixels. */
const LARGEST_SIDE = 8000;

/** A decoded picture of 8 bits. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** `[height, width, 3]`, RGB; transparent pixels are drawn on black. */
  readonly pixels: Uint8Array;
  /** The opacity of each pixel, 0…255. Default: opaque. */
  readonly alpha?: BandValues;
  /** The file's values have 16 bits. Default false. */
  readonly isReduced?: boolean;
}

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

/** A platform's access to files, and its decoders. */
export interface PictureDecoder {
  /** Reads a whole file. @throws UserError if it cannot be read, or has more than `most` bytes */
  read(reference: FileReference, most: number): Promise<Uint8Array>;
  /** The content of a file that may be compressed as a whole. @throws UserError if it is damaged, or longer than `most` bytes */
  unpack(bytes: Uint8Array, file: string, most: number): Promise<Uint8Array>;
  readonly gunzip: Gunzip;
  /**
   * Decodes a JPEG, PNG, TIFF or WebP file. EXIF orientation and colour profiles are ignored; grey becomes RGB.
   * @throws ImageError if it is damaged, has more than {@link MAX_PIXELS}, several pages, or floats, which have no range to show
   */
  decode(bytes: Uint8Array, file: string): Promise<DecodedPicture>;
  /** The values of such a file. @throws UserError if it cannot be decoded, or has more than {@link MAX_PIXELS} */
  decodeRaw(bytes: Uint8Array, file: string): Promise<RawPicture>;
}

/** First bytes of the formats that a {@link PictureDecoder} decodes. */
const SIGNATURES = [
  '\xff\xd8\xff', // JPEG
  '\x89PNG\r\n\x1a\n',
  'II*\0', // TIFF
  'MM\0*',
  'II+\0', // BigTIFF
  'MM\0+',
  'RIFF', // WebP
];

/** The first bytes as characters. A TextDecoder would not do: its `latin1` is windows-1252, except in older versions of Node. */
const startOf = (bytes: Uint8Array, length: number) => String.fromCharCode(...bytes.subarray(0, length));

/** True for a JPEG, PNG, TIFF or WebP file. */
export function isPicture(bytes: Uint8Array): boolean {
  const head = startOf(bytes, 12);
  const signature = SIGNATURES.find((each) => head.startsWith(each));
  return signature === 'RIFF' ? head.endsWith('WEBP') : signature !== undefined;
}

/** The error for a picture of more than {@link MAX_PIXELS}. */
const tooLarge = (file: string) => new ImageError(file, `larger than ${MAX_PIXELS / 1e6} million pixels`);

/** @throws ImageError if a picture has more than {@link MAX_PIXELS} */
export function checkPixels({ width, height }: { width: number; height: number }, file: string): void {
  if (width * height > MAX_PIXELS) throw tooLarge(file);
}

/** @throws ImageError if a picture has several pages, of which only the first would be read */
export function checkPages(pages: number | undefined, file: string): void {
  if (pages === undefined || pages === 1) return;
  throw new ImageError(
    file,
    `expected one page, got ${pages}; save bands as channels, or each page as a file of its own`,
  );
}

function checkSignature(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new ImageError(file, 'the file is empty');
  if (isPicture(bytes)) return;
  if (isFits(bytes)) throw rawRefused(file);
  const start = startOf(bytes, 16);
  const formats = 'JPEG, PNG, TIFF, WebP or FITS';
  throw new ImageError(file, `not a ${formats} file: it begins with ${JSON.stringify(start)}`);
}

/** A galaxy's picture. */
interface DecodedSquare {
  /** Its central square or its field, `[side, side, 3]`, RGB, 8 bits. */
  pixels: Uint8Array;
  /** True if the side is neither 424 (the record is half of it) nor 212 (the record's own). */
  resampled: boolean;
  flags: readonly PictureFlag[];
}

/**
 * Decodes a galaxy's picture. JPEGs are decoded bit for bit as by Pillow; EXIF orientation and colour profiles are ignored.
 * Grey and, in Node, CMYK become RGB, 16 bits become 8, and transparent pixels are drawn on black, the sky. The picture is cropped to
 * its central square, or to the field.
 * @param bytes a whole JPEG, PNG, TIFF or WebP file
 * @param file its name, for messages
 * @throws ImageError if the file is not an intact picture or is larger than {@link MAX_PIXELS}, or if the field needs a pixel scale.
 * A JPEG has no checksum: the decoder may miss damage
 */
export async function decodeSquare(
  decoder: Pick<PictureDecoder, 'decode'>,
  bytes: Uint8Array,
  file: string,
  settings: FrameSettings = DEFAULT_PREPROCESSING,
  pixelScale?: number,
): Promise<DecodedSquare> {
  checkSignature(bytes, file);
  const { pixels, width, height, ...more } = await decoder.decode(bytes, file);
  const side = Math.round(frameSide({ width, height, pixelScale }, settings, file));
  const field = settings.field === undefined ? undefined : side;
  const bands = channelBands(pixels, 3);
  const flags = pictureFlags({ width, height, bands, ...more, highest: 255, side: field });
  if (side < 1 || side > LARGEST_SIDE)
    throw new ImageError(file, `expected a field of 1 to ${LARGEST_SIDE} pixels, got ${side}`);
  const isWhole = width === side && height === side;
  return {
    pixels: isWhole ? pixels : centralSquare(pixels, width, height, side),
    resampled: side !== FRAME_SIZE && side !== RECORD_SIZE,
    flags,
  };
}

/** The central square; outside the picture it is black. */
function centralSquare(pixels: Uint8Array, width: number, height: number, side: number): Uint8Array {
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const square = new Uint8Array(side * side * 3);
  for (let row = Math.max(0, -top); row < Math.min(side, height - top); row++) {
    const from = 3 * ((top + row) * width + Math.max(0, left));
    const to = 3 * (row * side + Math.max(0, -left));
    square.set(pixels.subarray(from, from + 3 * Math.min(side, width)), to);
  }
  return square;
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
 * Reads and decodes a galaxy's picture of 8 bits; see {@link decodeSquare}.
 * @throws ImageError if the file cannot be read or decoded; Error if the system lacks a resource
 */
export async function readSquare(
  decoder: PictureDecoder,
  reference: PictureFile,
  settings?: FrameSettings,
): Promise<DecodedSquare> {
  if (reference.kind === 'bands') throw rawRefused(reference.name);
  let bytes: Uint8Array;
  try {
    bytes = await decoder.read(reference, MAX_BYTES);
  } catch (error) {
    throw asImageError(reference, error);
  }
  return decodeSquare(decoder, bytes, reference.name, settings, reference.pixelScale);
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
async function readRawFile(decoder: PictureDecoder, reference: FileReference, bands: number): Promise<Frame> {
  const { name, hdu, pixelScale } = reference;
  try {
    const bytes = await decoder.unpack(await decoder.read(reference, MAX_BYTES), name, MAX_UNPACKED);
    if (isPicture(bytes)) {
      const frame = channelFrame(await decoder.decodeRaw(bytes, name), bands, name);
      return { ...frame, pixelScale };
    }
    const fits = await readFits(bytes, { file: name, gunzip: decoder.gunzip });
    const found = findImage(fits, reference);
    if (product(found.shape) > MAX_PIXELS * MOST_BANDS) throw tooLarge(name);
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

/**
 * Reads a picture of raw values: FITS, or PNG and TIFF of 16 bits; or one such file for each band.
 * @throws ImageError if it cannot be read, or does not fit the settings; Error if the system lacks a resource
 */
export async function readDeepRecord(
  decoder: PictureDecoder,
  reference: PictureFile,
  settings: FrameSettings,
): Promise<DeepRecord> {
  const { bands } = settings;
  if (reference.kind !== 'bands')
    return recordOf(await readRawFile(decoder, reference, bands.length), settings, reference.name);
  const { name, files } = reference;
  const missing = files.indexOf(undefined);
  if (missing >= 0) throw new ImageError(name, `the file of its band ${bands[missing]} is missing`);
  const parts: { file: string; frame: Frame }[] = [];
  for (const file of files) parts.push({ file: file!.name, frame: await readRawFile(decoder, file!, 1) });
  return recordOf(joinBands(parts, bands, name), settings, name);
}

/**
 * Reads FITS as a record of 8 bits. Three bands or more are ordered from blue to red.
 * @throws ImageError as {@link readDeepRecord}, or if the stretch does not fit the bands
 */
async function readStretched(
  decoder: PictureDecoder,
  reference: FileReference & { shown: string },
  { field }: FrameSettings,
): Promise<LoadedPicture> {
  const frame = await readRawFile(decoder, reference, 1);
  const usual = usualBands(reference.shown);
  const { length } = frame.planes;
  const bands = usual.length === length ? usual : Array.from({ length }, (_, i) => `band ${i + 1}`);
  try {
    const frames = { bands, stretch: resolveStretch(reference.shown, bands), field };
    const { record, ...about } = recordOf(frame, frames, reference.name);
    return { record: toRgb(record, frames), ...about };
  } catch (error) {
    throw asImageError(reference, error, ['stretch']);
  }
}

/**
 * Loads a picture of a file or of memory.
 * @throws ImageError if it cannot be read, or does not fit the frames; Error if the system lacks a resource
 */
export async function loadPicture(
  decoder: PictureDecoder,
  image: Exclude<ImageReference, RecordReference>,
  frames: FrameSettings = DEFAULT_PREPROCESSING,
): Promise<LoadedPicture> {
  if (image.kind === 'pixels' || image.kind === 'frame' || image.kind === 'memory')
    return memoryPicture(image, frames);
  if (frames.stretch !== undefined) return await readDeepRecord(decoder, image, frames);
  if (image.kind !== 'bands' && image.shown !== undefined && isFitsName(image.name))
    return await readStretched(decoder, { ...image, shown: image.shown }, frames);
  const { pixels, flags } = await readSquare(decoder, image, frames);
  return { square: pixels, flags };
}
