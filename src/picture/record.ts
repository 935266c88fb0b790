/** Sizes of a galaxy's frame, and of its record: the smaller picture that views are drawn from. */
import { shrinkByTwo } from './shrink.ts';

/** Side of a galaxy's picture in the challenge, in pixels. */
export const FRAME_SIZE = 424;

/** Side of a record, in pixels: half a frame. */
export const RECORD_SIZE = FRAME_SIZE / 2;

/** Pixels of a record, `[212, 212]`. */
export const RECORD_PIXELS = RECORD_SIZE * RECORD_SIZE;

/** Bytes of a record of 8 bits, `[212, 212, 3]`. */
export const RECORD_BYTES = RECORD_PIXELS * 3;

/** The values of a record `[212, 212, bands]`: RGB of 8 bits, or stretched values of 16 bits. */
export type RecordPixels = Uint8Array | Uint16Array;

/** Side of the central square that the report's networks see, in pixels of the frame. */
export const NEUTRAL_CROP = 256;

/** Side of the input of the report's networks, in pixels. */
export const VIEW_SIZE = NEUTRAL_CROP / 2;

/**
 * Halves a frame. Stores keep records, and views are drawn from records without further antialiasing.
 * @param frame `[424, 424, 3]`
 * @returns `[212, 212, 3]`
 */
export function toRecord(frame: Uint8Array): Uint8Array {
  return shrinkByTwo(frame, FRAME_SIZE, FRAME_SIZE);
}
