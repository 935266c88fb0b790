/** Statistics of a picture's raw values. */

export interface ValueStatistics {
  /** Null if every value is NaN; likewise `max`. */
  readonly min: number | null;
  readonly max: number | null;
  /** In float64, without NaN. */
  readonly sum: number;
  /** Number of values that are NaN. */
  readonly nan: number;
}

/** @example valueStatistics([1, Number.NaN, 3]) // { min: 1, max: 3, sum: 4, nan: 1 } */
export function valueStatistics(values: ArrayLike<number>): ValueStatistics {
  let [min, max, sum, nan] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      nan++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return nan === values.length ? { min: null, max: null, sum, nan } : { min, max, sum, nan };
}
