/** Labels and errors in training and validation. A label of NaN is unknown and is skipped. */
import type { LabelledGalaxy } from '../data/labels.ts';

export const hasUnknown = (galaxies: readonly LabelledGalaxy[]): boolean =>
  galaxies.some(({ fractions }) => fractions.some(Number.isNaN));

/** Writes the labels of galaxies into rows `[galaxies, columns]`. */
export function fillRows(galaxies: readonly LabelledGalaxy[], rows: Float32Array): Float32Array {
  galaxies.forEach(({ fractions }, row) => {
    rows.set(fractions, row * fractions.length);
  });
  return rows;
}

/** Σ (prediction - label)² over the known cells, and their number. */
export function squaredErrors(
  predictions: Float32Array,
  labels: Float32Array,
): { squaredError: number; cells: number } {
  let squaredError = 0;
  let cells = 0;
  for (let i = 0; i < labels.length; i++) {
    if (Number.isNaN(labels[i]!)) continue;
    squaredError += (predictions[i]! - labels[i]!) ** 2;
    cells++;
  }
  return { squaredError, cells };
}

/** The RMSE of predictions `[galaxies, columns]`: one mean over all known cells, not a mean of batches. */
export function rmseOf(predictions: Float32Array, galaxies: readonly LabelledGalaxy[]): number {
  const { squaredError, cells } = squaredErrors(
    predictions,
    fillRows(galaxies, new Float32Array(predictions.length)),
  );
  return Math.sqrt(squaredError / cells);
}
