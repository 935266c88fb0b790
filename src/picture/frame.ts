/** Frames of raw values, and the records from which views are drawn. */
import type { FitsImage } from '../files/fits/image.ts';
import { pixelScale } from '../files/fits/wcs.ts';
import { type PictureFlag, pictureFlags } from './flags.ts';
import { brightest, type FrameSettings, MOST_BANDS } from './preprocessing.ts';
import type { ReadHdu } from './readHdus.ts';
import { RECORD_SIZE } from './record.ts';
import { triangleTaps } from './resize.ts';
import { stretchPlanes } from './stretch.ts';
import { ImageError } from './unreadable.ts';

/** A picture's raw values. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** One for each band, `[height, width]`, the uppermost row first. A value that is not finite is unknown. */
  readonly planes: readonly ArrayLike<number>[];
  /** Arcseconds per pixel. */
  readonly pixelScale?: number;
  /** Of its FITS files, if the first image was read. */
  readonly hdus?: readonly ReadHdu[];
}

/** A record of 16 bits. */
export interface DeepRecord {
  /** `[212, 212, bands]` */
  record: Uint16Array;
  flags: readonly PictureFlag[];
  /** As those of the frame. */
  hdus?: readonly ReadHdu[];
}

/**
 * The frame of a FITS image: `[height, width]`, or `[bands, height, width]`. Its rows are reversed: FITS stores the lowest first.
 * @param file its name, for messages
 * @throws ImageError if the image has other axes, or its bands are the last of them
 * @example
 * const cards = ['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 2', 'NAXIS1  = 3', 'NAXIS2  = 1', 'END'];
 * const text = `${cards.map((card) => card.padEnd(80)).join('').padEnd(2880)}abc`;
 * const image = await readFitsImage(await readFits(new TextEncoder().encode(text), { file: 'abc.fits' }));
 * fitsFrame(image, 'abc.fits').width // 3
 */
export function fitsFrame({ hdu, pixels }: FitsImage, file: string): Frame {
  const [width = 0, height = 0, ...others] = hdu.shape.toReversed();
  const cube = others.filter((side) => side !== 1);
  if (cube.length === 1 && cube[0]! > MOST_BANDS && width <= MOST_BANDS) {
    const got = `NAXIS1 = ${width}, NAXIS2 = ${height}, NAXIS3 = ${cube[0]}`;
    const remedy = 'numpy.moveaxis(data, -1, 0) puts the last axis of an array first';
    throw new ImageError(file, `expected the bands as the third axis, NAXIS3, got ${got}; ${remedy}`);
  }
  if (hdu.shape.length < 2 || cube.length > 1) {
    const got = `[${hdu.shape.join(', ')}]`;
    throw new ImageError(file, `expected a picture [height, width] or [bands, height, width], got ${got}`);
  }
  const upright = (band: number) => {
    const plane = new Float64Array(width * height);
    for (let row = 0; row < height; row++) {
      const start = (band * height + height - 1 - row) * width;
      plane.set(pixels.subarray(start, start + width), row * width);
    }
    return plane;
  };
  const planes = Array.from({ length: cube[0] ?? 1 }, (_, band) => upright(band));
  return { width, height, planes, pixelScale: pixelScale(hdu.header) };
}

/**
 * One frame from bands that have a file each.
 * @param parts one for each band, with the name of its file
 * @throws ImageError if a file has several bands, or two have different sizes
 */
export function joinBands(
  parts: readonly { file: string; frame: Frame }[],
  bands: readonly string[],
  name: string,
): Frame {
  const [first] = parts;
  for (const [i, { file, frame }] of parts.entries()) {
    if (frame.planes.length !== 1) {
      throw new ImageError(name, `${file}: expected one band, ${bands[i]}, got ${frame.planes.length}`);
    }
    const { width, height } = first!.frame;
    if (frame.width !== width || frame.height !== height) {
      const [one, other] = [
        `${bands[0]} (${first!.file}) has ${width}×${height} pixels`,
        `${bands[i]} (${file}) ${frame.width}×${frame.height}`,
      ];
      throw new ImageError(name, `bands of different sizes: ${one}, ${other}`);
    }
  }
  const planes = parts.flatMap(({ frame }) => frame.planes);
  return { ...first!.frame, planes, hdus: parts.flatMap(({ frame: { hdus = [] } }) => hdus) };
}

/**
 * Side of the square of sky that a record shows, in pixels of its picture.
 * @throws ImageError if there is a field and the picture's scale is unknown
 */
export function frameSide(
  { width, height, pixelScale }: Pick<Frame, 'width' | 'height' | 'pixelScale'>,
  { field }: FrameSettings,
  file: string,
): number {
  if (field === undefined) return Math.min(width, height);
  if (pixelScale === undefined) {
    const reason = `its pixel scale is unknown; a field of ${field} arcsec needs it`;
    throw new ImageError(file, reason, ['pixelScale']);
  }
  return field / pixelScale;
}

/** The largest side of a padded picture, in pixels. */
const LARGEST_SIDE = 16_384;

/** The central square of a plane, `[side, side]`; NaN outside the plane. */
function centralSquare({ width, height }: Frame, plane: ArrayLike<number>, side: number): Float64Array {
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const square = new Float64Array(side * side).fill(Number.NaN);
  for (let row = Math.max(0, -top); row < Math.min(side, height - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(side, width - left); column++) {
      square[row * side + column] = plane[(top + row) * width + left + column]!;
    }
  }
  return square;
}

/** Resamples a square to the side of a record. */
function resample(square: Float64Array, side: number, from: number, range: number): Float64Array {
  const taps = triangleTaps(side, RECORD_SIZE, from, range);
  const rows = new Float64Array(side * RECORD_SIZE);
  for (let row = 0; row < side; row++) {
    for (const [i, { start, weights }] of taps.entries()) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * square[row * side + start + k]!;
      rows[row * RECORD_SIZE + i] = sum;
    }
  }
  const result = new Float64Array(RECORD_SIZE * RECORD_SIZE);
  for (const [i, { start, weights }] of taps.entries()) {
    for (let k = 0; k < weights.length; k++) {
      const row = (start + k) * RECORD_SIZE;
      for (let column = 0; column < RECORD_SIZE; column++) {
        result[i * RECORD_SIZE + column]! += weights[k]! * rows[row + column]!;
      }
    }
  }
  return result;
}

/**
 * The record of a frame: its central square, stretched, then resampled (bilinear, antialiased). Pixels without a value, and
 * those outside the frame, have the brightness of the sky.
 * @param file its name, for messages
 * @throws ImageError if the frame has a different number of bands, a band has no value, or the field needs a pixel scale
 * @example
 * const frame = { width: 64, height: 64, planes: [new Float32Array(64 * 64).fill(0.5)] };
 * recordOf(frame, { bands: ['r'], stretch: 'linear:low=0,high=1' }, 'grey').record[0] // 32768
 */
export function recordOf(frame: Frame, settings: FrameSettings, file: string): DeepRecord {
  const { width, height, planes } = frame;
  const { bands: names, stretch } = settings;
  if (planes.length !== names.length) {
    const expected = names.length === 1 ? `one band, ${names}` : `${names.length} bands, ${names}`;
    const options = planes.length === 1 ? ['bands', 'bandFiles'] : ['bands'];
    throw new ImageError(file, `expected ${expected}, got ${planes.length}`, options);
  }
  const range = frameSide(frame, settings, file);
  const side = Math.ceil(range);
  if (!(side >= 1 && side <= Math.max(LARGEST_SIDE, width, height))) {
    throw new ImageError(file, `expected a field of 1 to ${LARGEST_SIDE} pixels, got ${range}`);
  }
  const squares = planes.map((plane) => centralSquare(frame, plane, side));
  const empty = squares.findIndex((square) => !square.some(Number.isFinite));
  if (empty >= 0) throw new ImageError(file, `band ${names[empty]} has no value: all its pixels are NaN`);
  stretchPlanes(squares, stretch!, names);
  const record = new Uint16Array(RECORD_SIZE * RECORD_SIZE * names.length);
  for (const [band, square] of squares.entries()) {
    const values = resample(square, side, (side - range) / 2, range);
    for (let i = 0; i < values.length; i++) {
      record[i * names.length + band] = Math.round(brightest(settings) * values[i]!);
    }
  }
  const bands = planes.map((values) => ({ values }));
  const flags = pictureFlags({ width, height, bands, ...(settings.field !== undefined && { side: range }) });
  return { record, flags, hdus: frame.hdus };
}
