/**
 * The input pipeline of the report's first version (August 2024), in every bit: Pillow's rotate (nearest neighbour),
 * centre crop of 256, bilinear resize to 128, horizontal flip.
 */
import { FRAME_SIZE, NEUTRAL_CROP, VIEW_SIZE } from './record.ts';
import { shrinkByTwo } from './shrink.ts';

/** A view of the August pipeline. It needs the original frame, and batches of 128 pixels. */
export interface AugustView {
  pipeline: 'august';
  /** Counter-clockwise, in degrees. */
  angle: number;
  flip: boolean;
}

/** Python's round(value, 15), which Pillow applies to sines and cosines: right angles become exact. */
function round15(value: number): number {
  return Math.round(value * 1e15) / 1e15;
}

/** 16.16 fixed point, the coordinates of Pillow's affine transform. */
function fixed(value: number): number {
  return Math.floor(value * 65536 + 0.5);
}

/**
 * The central crop of the rotated frame. Its corners are 181 pixels from the centre and the frame's edges 212, so it
 * contains none of the black that Pillow fills in.
 * Source: Pillow, PIL/Image.py `rotate` and src/libImaging/Geometry.c `affine_fixed`. Pillow has other code for multiples
 * of 90°, with the same result.
 * @param frame `[424, 424, 3]`
 * @returns `[256, 256, 3]`
 */
function rotateAndCrop(frame: Uint8Array, angle: number): Uint8Array {
  const radians = -(angle % 360) * (Math.PI / 180);
  const [cosine, sine] = [round15(Math.cos(radians)), round15(Math.sin(radians))];
  const centre = FRAME_SIZE / 2;
  const x0 = cosine * -centre + sine * -centre + centre;
  const y0 = -sine * -centre + cosine * -centre + centre;
  const [xu, xv, yu, yv] = [fixed(cosine), fixed(sine), fixed(-sine), fixed(cosine)];
  const firstX = fixed(x0 + cosine * 0.5 + sine * 0.5);
  const firstY = fixed(y0 - sine * 0.5 + cosine * 0.5);
  const margin = (FRAME_SIZE - NEUTRAL_CROP) / 2;
  const crop = new Uint8Array(NEUTRAL_CROP * NEUTRAL_CROP * 3);
  let to = 0;
  for (let v = margin; v < margin + NEUTRAL_CROP; v++) {
    for (let u = margin; u < margin + NEUTRAL_CROP; u++, to += 3) {
      const x = (firstX + xu * u + xv * v) >> 16;
      const y = (firstY + yu * u + yv * v) >> 16;
      const from = (y * FRAME_SIZE + x) * 3;
      crop[to] = frame[from]!;
      crop[to + 1] = frame[from + 1]!;
      crop[to + 2] = frame[from + 2]!;
    }
  }
  return crop;
}

/** Mirrors left and right in place; `pixels` is `[size, size, 3]`. */
function flipRows(pixels: Uint8Array, size: number): void {
  for (let row = 0; row < size; row++) {
    for (let left = row * size * 3, right = left + (size - 1) * 3; left < right; left += 3, right -= 3) {
      for (let channel = 0; channel < 3; channel++) {
        const kept = pixels[left + channel];
        pixels[left + channel] = pixels[right + channel]!;
        pixels[right + channel] = kept!;
      }
    }
  }
}

/**
 * A frame as the August pipeline draws it, before normalisation.
 * @param frame `[424, 424, 3]`
 * @param angle counter-clockwise, in degrees; any finite number
 * @returns `[128, 128, 3]`
 * @throws RangeError if the frame has another size, or the angle is not finite
 */
export function augustPixels(frame: Uint8Array, angle: number, flip: boolean): Uint8Array {
  if (frame.length !== FRAME_SIZE * FRAME_SIZE * 3) {
    throw new RangeError(
      `augustPixels: [${FRAME_SIZE}, ${FRAME_SIZE}, 3] expected, got ${frame.length} bytes`,
    );
  }
  if (!Number.isFinite(angle)) throw new RangeError(`augustPixels: bad angle ${angle}`);
  const pixels = shrinkByTwo(rotateAndCrop(frame, angle), NEUTRAL_CROP, NEUTRAL_CROP);
  if (flip) flipRows(pixels, VIEW_SIZE);
  return pixels;
}
