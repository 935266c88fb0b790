/** Sizes of frames and records, and the conversion of square pictures to both. Views are drawn from records. */
import { resizeSquare } from './resize.ts';
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

/** True for an RGB picture `[side, side, 3]`. */
export const isSquare = ({ length }: Uint8Array): boolean =>
  length > 0 && Number.isInteger(Math.sqrt(length / 3));

/**
 * Side of an RGB picture `[side, side, 3]`, in pixels.
 * @throws RangeError if it is not square
 */
export function squareSide(square: Uint8Array): number {
  if (isSquare(square)) return Math.sqrt(square.length / 3);
  throw new RangeError(`expected [side, side, 3] pixels, got ${square.length} bytes`);
}

/**
 * The record of a square picture, bit-identical to Pillow's `resize((212, 212), BILINEAR)`. Stores keep records, and views are drawn
 * from records without further antialiasing.
 * @param square `[side, side, 3]`
 * @returns `[212, 212, 3]`
 * @throws RangeError if the picture is not square
 */
export function toRecord(square: Uint8Array): Uint8Array {
  const side = squareSide(square);
  if (side === RECORD_SIZE) return square.slice();
  return side === FRAME_SIZE ? shrinkByTwo(square, side, side) : resizeSquare(square, side, RECORD_SIZE);
}

/**
 * A square picture in the size of the challenge's, bit-identical to Pillow's `resize((424, 424), BILINEAR)`.
 * @param square `[side, side, 3]`
 * @returns `[424, 424, 3]`; `square` itself if it has this size
 * @throws RangeError if the picture is not square
 */
export function toFrame(square: Uint8Array): Uint8Array {
  const side = squareSide(square);
  return side === FRAME_SIZE ? square : resizeSquare(square, side, FRAME_SIZE);
}
