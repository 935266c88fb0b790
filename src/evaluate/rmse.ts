/** Root mean square errors of vote fractions. Unknown true fractions (NaN) are skipped. */
import { squaredErrors } from '../data/labels.ts';
import { rowCount, type Tree } from '../tree/tree.ts';

/** Errors in units of vote fraction; null if no true fraction is known. */
export interface RmseScores {
  /** Pooled over all known cells, √(Σ(p−t)² / cells): Kaggle's score. */
  rmse: number;
  /** Mean of the columns' RMSEs: never above `rmse` in a complete table, and not the score. */
  rmseMeanOfColumns: number;
  /** Pooled over the columns of a question; index = number − 1. */
  rmseByQuestion: (number | null)[];
  /** By column name, `Class4.1`. */
  rmseByColumn: Record<string, number | null>;
}

/** Squared errors of the galaxies with at least one known fraction, M of N. */
export interface GalaxyErrors {
  /** Mean over the galaxy's known cells, `[M]`. */
  readonly meanSquares: Float64Array;
  /** Known share of the galaxy's cells, `[M]`: as weights of `meanSquares` they give the pooled mean square. */
  readonly weights: Float64Array;
}

/** @throws RangeError if the shapes differ or nothing is known */
function checkTables(tree: Tree, truth: ArrayLike<number>, predictions: ArrayLike<number>): void {
  const rows = rowCount(tree, truth);
  if (predictions.length !== truth.length) {
    throw new RangeError(`expected predictions for ${rows} galaxies, got ${rowCount(tree, predictions)}`);
  }
  if (rows === 0) throw new RangeError('expected at least one galaxy, got none');
  for (let i = 0; i < truth.length; i++) if (!Number.isNaN(truth[i])) return;
  throw new RangeError('expected at least one known vote fraction, got none');
}

/** Σ vᵢwᵢ / Σ wᵢ over i = start … end − 1; weights of 1 give the bits of a plain mean. */
export function weightedMeanOf(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
  start = 0,
  end = values.length,
): number {
  let sum = 0;
  let weight = 0;
  for (let i = start; i < end; i++) {
    sum += values[i]! * weights[i]!;
    weight += weights[i]!;
  }
  return sum / weight;
}

/**
 * RMSE of one galaxy over its known answers; NaN if none is known.
 * @param truth `[columns]`, NaN where unknown
 * @param prediction `[columns]`
 */
export function galaxyRmse(truth: ArrayLike<number>, prediction: ArrayLike<number>): number {
  const { sum, known } = squaredErrors(truth, prediction);
  return Math.sqrt(sum / known);
}

/**
 * All RMSEs of predictions against true fractions.
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`, the same galaxies in the same order
 * @throws RangeError if the shapes differ or nothing is known
 */
export function rmseScores(tree: Tree, truth: ArrayLike<number>, predictions: ArrayLike<number>): RmseScores {
  checkTables(tree, truth, predictions);
  const width = tree.columns.length;
  const squares = new Float64Array(width);
  const known = new Float64Array(width);
  for (let i = 0; i < truth.length; i++) {
    if (Number.isNaN(truth[i])) continue;
    squares[i % width]! += (predictions[i]! - truth[i]!) ** 2;
    known[i % width]!++;
  }
  const meanSquares = squares.map((sum, column) => (known[column] === 0 ? 0 : sum / known[column]!));
  const weights = known.map((count) => count / (truth.length / width));
  const root = (value: number) => (Number.isNaN(value) ? null : Math.sqrt(value));
  const roots = meanSquares.map(Math.sqrt);
  return {
    rmse: Math.sqrt(weightedMeanOf(meanSquares, weights)),
    rmseMeanOfColumns: weightedMeanOf(roots, weights.map(Math.ceil)),
    rmseByQuestion: tree.questions.map(({ start, end }) =>
      root(weightedMeanOf(meanSquares, weights, start, end)),
    ),
    rmseByColumn: Object.fromEntries(
      tree.columns.map(({ name, index }) => [name, known[index] === 0 ? null : roots[index]!]),
    ),
  };
}

/**
 * Each galaxy's mean squared error; their weighted mean is the square of the pooled RMSE. Galaxies without a known fraction
 * are left out.
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`, the same galaxies in the same order
 * @throws RangeError if the shapes differ or nothing is known
 */
export function galaxySquaredErrors(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
): GalaxyErrors {
  checkTables(tree, truth, predictions);
  const width = tree.columns.length;
  const meanSquares: number[] = [];
  const weights: number[] = [];
  for (let first = 0; first < truth.length; first += width) {
    const { sum, known } = squaredErrors(truth, predictions, first, first + width);
    if (known === 0) continue;
    meanSquares.push(sum / known);
    weights.push(known / width);
  }
  return { meanSquares: Float64Array.from(meanSquares), weights: Float64Array.from(weights) };
}

/**
 * The pooled RMSE of predicting each column's mean, the best constant prediction.
 * @param truth `[N, columns]`, NaN where unknown
 * @throws RangeError if nothing is known
 */
export function meanPredictorRmse(tree: Tree, truth: ArrayLike<number>): number {
  checkTables(tree, truth, truth);
  const width = tree.columns.length;
  const known = new Float64Array(width);
  for (let i = 0; i < truth.length; i++) if (!Number.isNaN(truth[i])) known[i % width]!++;
  const means = new Float64Array(width);
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isNaN(truth[i])) means[i % width]! += truth[i]! / known[i % width]!;
  }
  let squares = 0;
  for (let i = 0; i < truth.length; i++) {
    if (!Number.isNaN(truth[i])) squares += (truth[i]! - means[i % width]!) ** 2;
  }
  return Math.sqrt(squares / known.reduce((a, b) => a + b, 0));
}
