/** Root mean square errors of vote fractions. */

import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

/** Errors in units of vote fraction. */
export interface RmseScores {
  /** Pooled over all galaxies and columns, √(Σ(p−t)² / 37N): Kaggle's score. */
  rmse: number;
  /** Mean of the 37 columns' RMSEs: never above `rmse`, and not the score. */
  rmseMeanOfColumns: number;
  /** Pooled over the columns of a question; index = number − 1. */
  rmseByQuestion: number[];
  /** By column name, `Class4.1`. */
  rmseByColumn: Record<string, number>;
}

function checkSameShape(truth: ArrayLike<number>, predictions: ArrayLike<number>): number {
  const rows = rowCount(GALAXY_ZOO_2, truth);
  if (predictions.length !== truth.length) {
    throw new RangeError(
      `expected predictions for ${rows} galaxies, got ${rowCount(GALAXY_ZOO_2, predictions)}`,
    );
  }
  if (rows === 0) throw new RangeError('expected at least one galaxy, got none');
  return rows;
}

function mean(values: ArrayLike<number>, start = 0, end = values.length): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i]!;
  return sum / (end - start);
}

/**
 * All RMSEs of predictions against true fractions.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order
 * @throws RangeError where the shapes differ or N is 0
 * @example
 * rmseScores(truth, predictions).rmse; // such as 0.0801
 */
export function rmseScores(truth: ArrayLike<number>, predictions: ArrayLike<number>): RmseScores {
  const rows = checkSameShape(truth, predictions);
  const squares = new Float64Array(GALAXY_ZOO_2.columns.length);
  for (let i = 0; i < truth.length; i++)
    squares[i % GALAXY_ZOO_2.columns.length]! += (predictions[i]! - truth[i]!) ** 2;
  const meanSquares = squares.map((sum) => sum / rows);
  const roots = meanSquares.map(Math.sqrt);
  return {
    rmse: Math.sqrt(mean(meanSquares)),
    rmseMeanOfColumns: mean(roots),
    rmseByQuestion: GALAXY_ZOO_2.questions.map(({ start, end }) => Math.sqrt(mean(meanSquares, start, end))),
    rmseByColumn: Object.fromEntries(GALAXY_ZOO_2.columns.map(({ name, index }) => [name, roots[index]!])),
  };
}

/**
 * Each galaxy's mean squared error over its 37 columns. The pooled RMSE is the root of their mean, so that whatever draws
 * galaxies anew needs one number of each.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order
 * @returns `[N]`
 * @throws RangeError where the shapes differ or N is 0
 * @example
 * galaxySquaredErrors(truth, predictions)[0]; // such as 0.0064: the first galaxy's RMSE is 0.08
 */
export function galaxySquaredErrors(truth: ArrayLike<number>, predictions: ArrayLike<number>): Float64Array {
  const errors = new Float64Array(checkSameShape(truth, predictions));
  for (let row = 0, i = 0; row < errors.length; row++) {
    let squares = 0;
    for (let column = 0; column < GALAXY_ZOO_2.columns.length; column++, i++)
      squares += (predictions[i]! - truth[i]!) ** 2;
    errors[row] = squares / GALAXY_ZOO_2.columns.length;
  }
  return errors;
}

/**
 * The pooled RMSE of predicting, for every galaxy, the mean of these very fractions: the best that a constant can do.
 *
 * @param truth `[N, 37]`
 * @throws RangeError where N is 0
 * @example
 * meanPredictorRmse(truth); // 0.16 or so on the challenge's data
 */
export function meanPredictorRmse(truth: ArrayLike<number>): number {
  const rows = checkSameShape(truth, truth);
  const means = new Float64Array(GALAXY_ZOO_2.columns.length);
  for (let i = 0; i < truth.length; i++) means[i % GALAXY_ZOO_2.columns.length]! += truth[i]! / rows;
  let squares = 0;
  for (let i = 0; i < truth.length; i++)
    squares += (truth[i]! - means[i % GALAXY_ZOO_2.columns.length]!) ** 2;
  return Math.sqrt(squares / truth.length);
}
