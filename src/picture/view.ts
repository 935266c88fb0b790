/** Views of a galaxy: rotation, mirroring, zoom, shift, colour and blur. */
import type { Colour } from './colour.ts';
import { FRAME_SIZE, NEUTRAL_CROP, RECORD_SIZE } from './record.ts';

/** A view. The crop is rotated about its own centre, then mirrored. */
export interface View {
  /** Counter-clockwise rotation of the picture, in degrees. */
  angle: number;
  /** Mirror left and right. */
  flip: boolean;
  /** Side of the crop, in pixels of the 424-pixel frame: 256 is neutral, less zooms in. */
  cropSize: number;
  /** Shift of the crop's centre to the right, in pixels of the frame. */
  shiftX: number;
  /** Shift of the crop's centre down, in pixels of the frame. */
  shiftY: number;
  /** Colour factors, applied to the whole record before it is cropped. */
  colour?: Colour;
  /** Strength of the blur of the whole record, 0 to 1, after its colours have changed; see `blurRecord`. */
  blur?: number;
}

/** The central 256 pixels, unchanged. */
export const NEUTRAL_VIEW: Readonly<View> = {
  angle: 0,
  flip: false,
  cropSize: NEUTRAL_CROP,
  shiftX: 0,
  shiftY: 0,
};

/**
 * A map from the pixels of a view to positions in a record. The pixel in column u and row v shows the position
 * x = xu·u + xv·v + x0, y = yu·u + yv·v + y0. In both pictures, (0, 0) is the centre of the first pixel.
 */
export interface Affine {
  xu: number;
  xv: number;
  x0: number;
  yu: number;
  yv: number;
  y0: number;
}

/**
 * The map that draws `view` into size × size pixels.
 *
 * place = centre + s · [cos -sin; sin cos] · d, with d = (u, v) - (size - 1) / 2, whose first coordinate is negated in a flip,
 * s = cropSize / 2 / size record pixels per view pixel, and centre = (212 - 1) / 2 + shift / 2. This turns the picture
 * counter-clockwise, as Pillow's `rotate` does.
 * @param size side of the drawn view, in pixels
 * @throws RangeError if a number is not finite, or a size not positive
 * @example toAffine(NEUTRAL_VIEW, 128); // { xu: 1, xv: 0, x0: 42, yu: 0, yv: 1, y0: 42 }
 */
export function toAffine(view: View, size: number): Affine {
  const { angle, flip, cropSize, shiftX, shiftY } = view;
  if (!(Number.isFinite(angle + shiftX + shiftY) && cropSize > 0 && cropSize < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`view: expected finite numbers and cropSize > 0, got ${JSON.stringify(view)}`);
  }
  if (!(Number.isInteger(size) && size > 0)) throw new RangeError(`view: bad size ${size}`);
  const toRecordPixels = RECORD_SIZE / FRAME_SIZE;
  const scale = (cropSize * toRecordPixels) / size;
  const cosine = Math.cos((angle * Math.PI) / 180) * scale;
  const sine = Math.sin((angle * Math.PI) / 180) * scale;
  const mirror = flip ? -1 : 1;
  const [xu, xv, yu, yv] = [mirror * cosine, 0 - sine, mirror * sine, cosine]; // 0 - sine is never -0
  const middle = (size - 1) / 2;
  const x0 = (RECORD_SIZE - 1) / 2 + shiftX * toRecordPixels - (xu + xv) * middle;
  const y0 = (RECORD_SIZE - 1) / 2 + shiftY * toRecordPixels - (yu + yv) * middle;
  return { xu, xv, x0, yu, yv, y0 };
}
