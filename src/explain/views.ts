/** Draws views of a record with a model's preprocessing. */
import { testViews } from '../picture/augmentation.ts';
import { drawViews } from '../picture/draw.ts';
import { type Preprocessing, toRgb } from '../picture/preprocessing.ts';
import type { RecordPixels } from '../picture/record.ts';
import { toAffine, type View } from '../picture/view.ts';

/** A view of a record, normalised, `[size, size, bands]`. */
function draw(preprocessing: Preprocessing, record: RecordPixels, view: View, size: number): Float32Array {
  const pixels = new Float32Array(size * size * preprocessing.bands.length);
  drawViews([{ column: 0, record, affine: toAffine(view, size) }], pixels, size, 1, preprocessing);
  return pixels;
}

/**
 * A view as the input of a network, normalised, `[bands, size, size]`.
 * @param record `[212, 212, bands]`
 */
export function viewOf(preprocessing: Preprocessing, record: RecordPixels, view: View): Float32Array {
  const pixels = draw(preprocessing, record, view, preprocessing.size);
  const plane = preprocessing.size ** 2;
  const bands = preprocessing.bands.length;
  return pixels.map((_, i) => pixels[(i % plane) * bands + Math.floor(i / plane)]!);
}

/** The neutral view, drawn in `size` pixels, normalised, `[size, size, bands]`. @param record `[212, 212, bands]` */
export function neutralView(
  preprocessing: Preprocessing,
  record: RecordPixels,
  size = preprocessing.size,
): Float32Array {
  const [neutral] = testViews(1, preprocessing);
  return draw(preprocessing, record, neutral!, size);
}

/**
 * The crop that the network sees in the neutral view, drawn in `size` pixels, RGB of 8 bits, `[size, size, 3]`.
 * @param record `[212, 212, bands]`
 */
export function drawCrop(preprocessing: Preprocessing, record: RecordPixels, size: number): Uint8Array {
  const { scale, offset } = preprocessing.normalisation;
  const drawn = neutralView(preprocessing, record, size);
  const stored = drawn.map((value) => Math.round((value - offset) / scale));
  return toRgb(
    record instanceof Uint8Array ? Uint8Array.from(stored) : Uint16Array.from(stored),
    preprocessing,
  );
}
