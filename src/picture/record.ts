/** The sizes that everything in this room agrees on: a galaxy's frame, and the record that is kept of it. */
import { shrinkByTwo } from './shrink.ts';

/** The side of a galaxy's picture in the challenge, in pixels. */
export const FRAME_SIZE = 424;

/** The side of a record, a frame shrunk by two, in pixels. */
export const RECORD_SIZE = FRAME_SIZE / 2;

/** The bytes of a record, `[212, 212, 3]`. */
export const RECORD_BYTES = RECORD_SIZE * RECORD_SIZE * 3;

/** The central square of the frame that the networks of the report see, in pixels of the frame. */
export const NEUTRAL_CROP = 256;

/** The side of the networks' input, in pixels. */
export const VIEW_SIZE = NEUTRAL_CROP / 2;

/**
 * The record of a frame: what the store keeps and what views are drawn from. All views share this one shrinking; it is
 * the only antialiasing they get.
 * @param frame `[424, 424, 3]`
 * @returns `[212, 212, 3]`
 * @example
 * const record = toRecord((await decodeFrame(bytes, '100008.jpg')).pixels);
 */
export function toRecord(frame: Uint8Array): Uint8Array {
  return shrinkByTwo(frame, FRAME_SIZE, FRAME_SIZE);
}
