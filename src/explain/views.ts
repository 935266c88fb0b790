/** Draws views of a record with a model's preprocessing. */
import { testViews } from '../picture/augmentation.ts';
import { drawViews } from '../picture/draw.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import { toAffine, type View } from '../picture/view.ts';

/** A view of a record, normalised, `[size, size, 3]`. */
function draw({ normalisation }: Preprocessing, record: Uint8Array, view: View, size: number): Float32Array {
  const pixels = new Float32Array(size * size * 3);
  drawViews([{ column: 0, record, affine: toAffine(view, size) }], pixels, size, 1, normalisation);
  return pixels;
}

/**
 * A view as the input of a network, normalised, `[3, size, size]`.
 * @param record `[212, 212, 3]`, of `toRecord`
 */
export function viewOf(preprocessing: Preprocessing, record: Uint8Array, view: View): Float32Array {
  const pixels = draw(preprocessing, record, view, preprocessing.size);
  const planes = preprocessing.size ** 2;
  return pixels.map((_, i) => pixels[(i % planes) * 3 + Math.floor(i / planes)]!);
}

/**
 * The crop that the network sees in the neutral view, drawn in `size` pixels, `[size, size, 3]`.
 * @param record `[212, 212, 3]`, of `toRecord`
 */
export function drawCrop(preprocessing: Preprocessing, record: Uint8Array, size: number): Uint8Array {
  const { scale, offset } = preprocessing.normalisation;
  const [neutral] = testViews(1, preprocessing);
  return Uint8Array.from(draw(preprocessing, record, neutral!, size), (value) =>
    Math.round((value - offset) / scale),
  );
}
