/** The network's input as it is explained and drawn. */
import { drawViews } from '../picture/draw.ts';
import { NEUTRAL_VIEW, toAffine, type View } from '../picture/view.ts';

/** A view of a record, normalised, `[size, size, 3]`. */
function draw(record: Uint8Array, view: View, size: number): Float32Array {
  const pixels = new Float32Array(size * size * 3);
  drawViews([{ column: 0, record, affine: toAffine(view, size) }], pixels, size, 1);
  return pixels;
}

/**
 * A view as the input of a network, normalised, `[3, size, size]`.
 * @param record `[212, 212, 3]`, of `toRecord`
 */
export function viewOf(record: Uint8Array, view: View, size: number): Float32Array {
  const pixels = draw(record, view, size);
  const planes = size * size;
  return pixels.map((_, i) => pixels[(i % planes) * 3 + Math.floor(i / planes)]!);
}

/**
 * The crop that the network sees in the neutral view, drawn in `size` pixels, `[size, size, 3]`.
 * @param record `[212, 212, 3]`, of `toRecord`
 */
export const drawCrop = (record: Uint8Array, size: number): Uint8Array =>
  Uint8Array.from(draw(record, NEUTRAL_VIEW, size), (value) => Math.round((value + 1) * 127.5));
