/** The steps from a picture to a network's input. They are part of the model: other preprocessing gives other predictions. */
import { FRAME_SIZE, NEUTRAL_CROP, type RecordPixels, VIEW_SIZE } from './record.ts';

/** Plain data that JSON can hold. */
export interface Preprocessing {
  /** Names of the bands, in the order of the input's channels. */
  readonly bands: readonly string[];
  /**
   * How raw values become brightness, as `resolveStretch` writes it; pictures then become records of 16 bits. Without it, pictures
   * have 8 bits: red, green and blue.
   */
  readonly stretch?: string;
  /** Side of a frame on the sky, in arcseconds: pictures are cropped or padded to it. Without it, a frame is a whole picture. */
  readonly field?: number;
  /** Side of the central square that the network sees, as a share of the frame's side: 0 < crop ≤ 1. */
  readonly crop: number;
  /** Side of the network's input, in pixels. */
  readonly size: number;
  /** Input = scale · pixel + offset, for pixels of 0…255, or 0…65535 with a stretch. */
  readonly normalisation: { readonly scale: number; readonly offset: number };
}

/** The most bands of a picture. */
export const MOST_BANDS = 5;

/** The settings that decide how a picture becomes a record. */
export type FrameSettings = Pick<Preprocessing, 'bands' | 'stretch' | 'field'>;

/**
 * The report's preprocessing: RGB, the central 256 of 424 pixels drawn in 128 pixels, values from -1 to 1, which are
 * (x / 255 - 0.5) / 0.5.
 */
export const DEFAULT_PREPROCESSING: Preprocessing = {
  bands: ['red', 'green', 'blue'],
  crop: NEUTRAL_CROP / FRAME_SIZE,
  size: VIEW_SIZE,
  normalisation: { scale: 2 / 255, offset: -1 },
};

/** The brightest value of a record. */
export const brightest = ({ stretch }: Pick<Preprocessing, 'stretch'>): number =>
  stretch === undefined ? 255 : 65535;

/**
 * The default preprocessing with other frames.
 * @param size side of the network's input, in pixels
 * @example preprocessingOf({ bands: ['r'], stretch: 'linear:low=0,high=1' }, 128).normalisation // { scale: 2 / 65535, offset: -1 }
 */
export function preprocessingOf(frames: FrameSettings, size: number): Preprocessing {
  const { bands, stretch, field } = frames;
  return {
    bands,
    ...(stretch !== undefined && { stretch }),
    ...(field !== undefined && { field }),
    crop: DEFAULT_PREPROCESSING.crop,
    size,
    normalisation: { scale: 2 / brightest(frames), offset: -1 },
  };
}

/**
 * The settings of frames in words; equal settings have equal words.
 * @example describeFrames({ bands: ['g', 'r'], stretch: 'sqrt:low=0,high=9' }) // 'bands g,r with stretch sqrt:low=0,high=9'
 */
export const describeFrames = ({ bands, stretch, field }: FrameSettings): string =>
  [
    `bands ${bands}`,
    stretch === undefined ? 'of 8 bits' : `with stretch ${stretch}`,
    ...(field === undefined ? [] : [`of ${field} arcsec`]),
  ].join(' ');

/**
 * A picture in RGB, 8 bits, to look at. Bands are ordered from blue to red, except red, green and blue themselves. One band becomes
 * grey; of two bands, green is the mean.
 * @param pixels `[side, side, bands]`, of a record or, in 8 bits, of a frame
 * @returns `[side, side, 3]`; `pixels` itself if it is RGB of 8 bits
 */
export function toRgb(pixels: RecordPixels, frames: FrameSettings): Uint8Array {
  if (pixels instanceof Uint8Array) return pixels;
  const count = frames.bands.length;
  const isRgb = frames.bands.join() === DEFAULT_PREPROCESSING.bands.join();
  const [red, blue] = isRgb ? [0, 2] : [count - 1, 0];
  const green = count >> 1;
  const rgb = new Uint8ClampedArray((pixels.length / count) * 3); // rounds
  const scale = 255 / brightest(frames);
  for (let from = 0, to = 0; from < pixels.length; from += count, to += 3) {
    rgb[to] = pixels[from + red]! * scale;
    rgb[to + 2] = pixels[from + blue]! * scale;
    const middle = count === 2 ? (pixels[from]! + pixels[from + 1]!) / 2 : pixels[from + green]!;
    rgb[to + 1] = middle * scale;
  }
  return new Uint8Array(rgb.buffer);
}
