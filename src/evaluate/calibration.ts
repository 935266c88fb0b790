/** Calibration: of the galaxies for which a fraction of 0.3 is predicted, do 0.3 of the volunteers give the answer? */

import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

/** One answer's predictions in bins of equal width over 0…1; the arrays have one entry for each bin. */
export interface AnswerCalibration {
  /**
   * The expected calibration error: the bins' |mean predicted − mean true|, weighted by their galaxies (Naeini et al.
   * 2015, with fractions in the place of hits).
   */
  error: number;
  /** Galaxies in each bin. */
  counts: number[];
  /** Their mean predicted fraction; null of an empty bin. */
  predicted: (number | null)[];
  /** Their mean true fraction; null of an empty bin. */
  observed: (number | null)[];
}

/** Calibration of all answers. */
export interface Calibration {
  /** The mean of the 37 answers' errors. */
  error: number;
  /** How many bins there are; bin i holds predictions in [i / bins, (i + 1) / bins), the last one 1 as well. */
  bins: number;
  /** By column name, `Class4.1`. */
  byColumn: Record<string, AnswerCalibration>;
}

/** A column's mean of predictions or of truths, for each bin. */
const meansOf = (sums: Float64Array, counts: readonly number[]) =>
  counts.map((count, bin) => (count === 0 ? null : sums[bin]! / count));

/**
 * Calibration of each answer's fraction. A prediction beyond 0…1 counts in the first or the last bin.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order
 * @param bins 1 or more
 * @example
 * calibrate(truth, predictions).byColumn['Class4.1']; // such as { …, counts: [112, 30, 21, 12, 9, 8, 11, 9, 12, 7] }
 */
export function calibrate(truth: ArrayLike<number>, predictions: ArrayLike<number>, bins = 10): Calibration {
  const rows = rowCount(GALAXY_ZOO_2, truth);
  const byColumn = GALAXY_ZOO_2.columns.map(({ index }): AnswerCalibration => {
    const counts = new Array<number>(bins).fill(0);
    const predicted = new Float64Array(bins);
    const observed = new Float64Array(bins);
    for (let i = index; i < rows * GALAXY_ZOO_2.columns.length; i += GALAXY_ZOO_2.columns.length) {
      const bin = Math.min(bins - 1, Math.max(0, Math.floor(predictions[i]! * bins)));
      counts[bin]!++;
      predicted[bin]! += predictions[i]!;
      observed[bin]! += truth[i]!;
    }
    // count / N · |mean predicted − mean true| = |sum predicted − sum true| / N
    const error = predicted.reduce((sum, value, bin) => sum + Math.abs(value - observed[bin]!), 0) / rows;
    return { error, counts, predicted: meansOf(predicted, counts), observed: meansOf(observed, counts) };
  });
  return {
    error: byColumn.reduce((sum, { error }) => sum + error, 0) / GALAXY_ZOO_2.columns.length,
    bins,
    byColumn: Object.fromEntries(GALAXY_ZOO_2.columns.map(({ name, index }) => [name, byColumn[index]!])),
  };
}
