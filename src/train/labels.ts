/** Labels and errors in training and validation. A label of NaN is unknown and is skipped. */
import { type LabelledGalaxy, squaredErrors } from '../data/labels.ts';

export const hasUnknown = (galaxies: readonly LabelledGalaxy[]): boolean =>
  galaxies.some(({ fractions }) => fractions.some(Number.isNaN));

/** Writes the labels of galaxies into rows `[galaxies, columns]`. */
export function fillRows(galaxies: readonly LabelledGalaxy[], rows: Float32Array): Float32Array {
  galaxies.forEach(({ fractions }, row) => {
    rows.set(fractions, row * fractions.length);
  });
  return rows;
}

/** The RMSE of predictions `[galaxies, columns]`: one mean over all known cells, not a mean of batches. */
export function rmseOf(predictions: Float32Array, galaxies: readonly LabelledGalaxy[]): number {
  const labels = fillRows(galaxies, new Float32Array(predictions.length));
  const { sum, known } = squaredErrors(labels, predictions);
  return Math.sqrt(sum / known);
}
