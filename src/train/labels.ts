/** Labels and errors in training and validation. A label of NaN is unknown and is skipped. */
import { type LabelledGalaxy, squaredErrors } from '../data/labels.ts';
import type { TrainingConfig } from './config.ts';

export const hasUnknown = (galaxies: readonly LabelledGalaxy[]): boolean =>
  galaxies.some(({ fractions }) => fractions.some(Number.isNaN));

/** Writes the labels of galaxies into rows `[galaxies, columns]`. */
export function fillRows(galaxies: readonly LabelledGalaxy[], rows: Float32Array): Float32Array {
  galaxies.forEach(({ fractions }, row) => {
    rows.set(fractions, row * fractions.length);
  });
  return rows;
}

/** -log(p), at most 100, as in PyTorch's BCELoss. */
const negativeLog = (p: number) => Math.min(-Math.log(p), 100);

/**
 * RMSE and loss of predictions `[galaxies, columns]`, as means over all known cells rather than means over batches.
 * @param loss `bce`: −t·log(p) − (1 − t)·log(1 − p), as in PyTorch's BCELoss; `mse`: (p − t)²
 */
export function scoresOf(
  predictions: Float32Array,
  galaxies: readonly LabelledGalaxy[],
  loss: TrainingConfig['loss'],
): { rmse: number; loss: number } {
  const labels = fillRows(galaxies, new Float32Array(predictions.length));
  const { sum: squaredError, known } = squaredErrors(labels, predictions);
  const mse = squaredError / known;
  if (loss === 'mse') return { rmse: Math.sqrt(mse), loss: mse };
  const entropy = labels.reduce((sum, label, i) => {
    const p = predictions[i]!;
    return Number.isNaN(label) ? sum : sum + label * negativeLog(p) + (1 - label) * negativeLog(1 - p);
  }, 0);
  return { rmse: Math.sqrt(mse), loss: entropy / known };
}
