/** Calibration: where a network predicts a fraction of 0.3, do 0.3 of the volunteers give the answer on average? */
import { rowCount, type Tree } from '../tree/tree.ts';

/** One answer's predictions in bins of equal width over 0…1; the arrays have one entry per bin. */
export interface AnswerCalibration {
  /**
   * The expected calibration error: the bins' |mean predicted − mean true|, weighted by their galaxies (Naeini et al.
   * 2015, with fractions in place of hits). Null if no true fraction is known.
   */
  error: number | null;
  /** Galaxies in each bin. */
  counts: number[];
  /** Their mean predicted fraction; null in an empty bin. */
  predicted: (number | null)[];
  /** Their mean true fraction; null in an empty bin. */
  observed: (number | null)[];
}

/** Calibration of all answers. */
export interface Calibration {
  /** The mean of the answers' errors. */
  error: number;
  /** Number of bins. Bin i has predictions in [i / bins, (i + 1) / bins); the last one includes 1. */
  bins: number;
  /** By column name, `Class4.1`. */
  byColumn: Record<string, AnswerCalibration>;
}

/** The mean of each bin. */
const meansOf = (sums: Float64Array, counts: readonly number[]) =>
  counts.map((count, bin) => (count === 0 ? null : sums[bin]! / count));

/**
 * Calibration of each answer's fraction. Predictions outside 0…1 count in the first or last bin; cells with an unknown true
 * fraction are skipped.
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`, the same galaxies in the same order
 * @param bins 1 or more
 */
export function calibrate(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  bins = 10,
): Calibration {
  const cells = rowCount(tree, truth) * tree.columns.length;
  const byColumn = tree.columns.map(({ index }): AnswerCalibration => {
    const counts = new Array<number>(bins).fill(0);
    const predicted = new Float64Array(bins);
    const observed = new Float64Array(bins);
    let known = 0;
    for (let i = index; i < cells; i += tree.columns.length) {
      if (Number.isNaN(truth[i])) continue;
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(predictions[i]! * bins)));
      counts[bin]!++;
      predicted[bin]! += predictions[i]!;
      observed[bin]! += truth[i]!;
      known++;
    }
    // count / N · |mean predicted − mean true| = |sum predicted − sum true| / N
    const error = predicted.reduce((sum, value, bin) => sum + Math.abs(value - observed[bin]!), 0) / known;
    return {
      error: known === 0 ? null : error,
      counts,
      predicted: meansOf(predicted, counts),
      observed: meansOf(observed, counts),
    };
  });
  const errors = byColumn.flatMap(({ error }) => error ?? []);
  return {
    error: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    bins,
    byColumn: Object.fromEntries(tree.columns.map(({ name, index }) => [name, byColumn[index]!])),
  };
}
