/**
 * The input pipeline of the report's first version (August 2024), bit for bit: Pillow's rotate (nearest neighbour),
 * centre crop of 256, bilinear resize to 128, horizontal flip.
 */
import { FRAME_SIZE, NEUTRAL_CROP } from './record.ts';
import { shrinkByTwo } from './shrink.ts';

/** A view of the August pipeline. It is drawn from the original frame, in 128 × 128 pixels. */
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
 * The central crop of the rotated frame, mirrored in a flip. Its corners are 181 pixels from the centre and the frame's edges
 * 212, so it contains none of the black that Pillow fills in. Flipping before the resize gives the same bits as after it,
 * because the resize is symmetric.
 * Source: Pillow, PIL/Image.py `rotate` and src/libImaging/Geometry.c `affine_fixed`. Pillow has other code for multiples
 * of 90°, with the same result.
 * @param frame `[424, 424, 3]`
 * @returns `[256, 256, 3]`
 */
function rotateAndCrop(frame: Uint8Array, angle: number, flip: boolean): Uint8Array {
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
    for (let column = margin; column < margin + NEUTRAL_CROP; column++, to += 3) {
      const u = flip ? FRAME_SIZE - 1 - column : column;
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
  return shrinkByTwo(rotateAndCrop(frame, angle, flip), NEUTRAL_CROP, NEUTRAL_CROP);
}
