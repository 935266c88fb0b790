/** The steps from a picture to a network's input. They are part of the model: other preprocessing gives other predictions. */
import { FRAME_SIZE, NEUTRAL_CROP, VIEW_SIZE } from './record.ts';

/** Plain data that JSON can hold. */
export interface Preprocessing {
  /** Names of the bands, in the order of the input's channels. */
  readonly bands: readonly string[];
  /** Side of the central square that the network sees, as a share of the frame's side: 0 < crop ≤ 1. */
  readonly crop: number;
  /** Side of the network's input, in pixels. */
  readonly size: number;
  /** Input = scale · pixel + offset, for pixels of 0…255. */
  readonly normalisation: { readonly scale: number; readonly offset: number };
}

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
