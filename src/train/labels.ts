/** Labels and errors in training and validation. A label of NaN is unknown and is skipped. */
import { type LabelledGalaxy, squaredErrors } from '../data/labels.ts';
import { LOSSES } from '../engine/nn/loss.ts';
import { OptionError } from '../errors.ts';
import type { Predicted } from '../model/inference.ts';
import { voteLogLikelihood } from '../model/likelihood.ts';
import { predictedGalaxies } from '../model/temperature.ts';
import type { Tree } from '../tree/tree.ts';
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

/** True if a loss compares counts of votes, not fractions. */
export const needsCounts = (loss: TrainingConfig['loss']): boolean => LOSSES[loss].targets === 'counts';

/** @throws OptionError if the loss needs counts and some galaxies have none */
export function checkCounts(loss: TrainingConfig['loss'], galaxies: readonly LabelledGalaxy[]): void {
  if (!needsCounts(loss)) return;
  const without = galaxies.filter(({ counts }) => counts === undefined).length;
  if (without === 0) return;
  const which =
    without === galaxies.length ? `the ${without} galaxies` : `${without} of ${galaxies.length} galaxies`;
  throw new OptionError('loss', `requires counts of votes, but ${which} have only fractions`, loss);
}

/**
 * Writes counts of votes into rows `[galaxies, columns]`; a question with an unknown count has zeros.
 * @param votesOf default: the counts
 */
export function fillCounts(
  { questions, columns }: Tree,
  galaxies: readonly LabelledGalaxy[],
  rows: Float32Array,
  votesOf = ({ counts }: LabelledGalaxy) => counts!,
): Float32Array {
  galaxies.forEach((galaxy, row) => {
    const own = rows.subarray(row * columns.length, (row + 1) * columns.length);
    own.set(votesOf(galaxy));
    for (const { start, end } of questions)
      if (own.subarray(start, end).some(Number.isNaN)) own.fill(0, start, end);
  });
  return rows;
}

/** -log(p), at most 100, as in PyTorch's BCELoss. */
const negativeLog = (p: number) => Math.min(-Math.log(p), 100);

/**
 * RMSE and loss of predictions, as means over all known cells rather than means over batches.
 * @param loss `bce`: −t·log(p) − (1 − t)·log(1 − p), as in PyTorch's BCELoss; `mse`: (p − t)²; for counts: minus the log-likelihood
 * of a galaxy's votes, as a mean over galaxies
 */
export function scoresOf(
  tree: Tree,
  predicted: Predicted,
  galaxies: readonly LabelledGalaxy[],
  loss: TrainingConfig['loss'],
): { rmse: number; loss: number } {
  const { fractions: predictions } = predicted;
  const labels = fillRows(galaxies, new Float32Array(predictions.length));
  const { sum: squaredError, known } = squaredErrors(labels, predictions);
  const mse = squaredError / known;
  if (needsCounts(loss)) {
    const likelihood = predictedGalaxies(tree, predicted).reduce(
      (sum, each, row) => sum + voteLogLikelihood(tree, galaxies[row]!.counts!, each),
      0,
    );
    return { rmse: Math.sqrt(mse), loss: -likelihood / galaxies.length };
  }
  if (loss === 'mse') return { rmse: Math.sqrt(mse), loss: mse };
  const entropy = labels.reduce((sum, label, i) => {
    const p = predictions[i]!;
    return Number.isNaN(label) ? sum : sum + label * negativeLog(p) + (1 - label) * negativeLog(1 - p);
  }, 0);
  return { rmse: Math.sqrt(mse), loss: entropy / known };
}
