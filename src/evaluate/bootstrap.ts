/** The bootstrap over galaxies (Efron & Tibshirani 1993): how far a score would scatter with other galaxies of this kind. */
import { Random } from '../random/philox.ts';

/** Where a score lies with the given confidence. */
export interface Interval {
  low: number;
  high: number;
  /** 0.95 for 95 %. */
  level: number;
}

/** How galaxies are drawn anew. */
export interface Resampling {
  /** How many times all galaxies are drawn anew. Default 1,000. */
  resamples?: number;
  /** Default 0; the same seed draws the same galaxies, whatever is measured on them. */
  seed?: number;
}

const LEVEL = 0.95;

/**
 * Draws N galaxies of N with replacement, again and again, and takes the means of their values. All columns see the same
 * draws, so that differences between them are differences on the same galaxies.
 *
 * @param columns one or more values of each galaxy, `[columns][N]`
 * @returns `[columns][resamples]`
 * @throws RangeError where there is no column, the columns differ in length or are empty, or there are no resamples
 * @example
 * const [means] = resampledMeans([galaxySquaredErrors(truth, predictions)]);
 * percentileInterval(means.map(Math.sqrt)); // such as { low: 0.1021, high: 0.1098, level: 0.95 }
 */
export function resampledMeans(
  columns: readonly ArrayLike<number>[],
  { resamples = 1000, seed = 0 }: Resampling = {},
): Float64Array[] {
  const galaxies = columns[0]?.length ?? 0;
  if (galaxies === 0 || columns.some(({ length }) => length !== galaxies)) {
    const lengths = columns.map(({ length }) => length).join(', ');
    throw new RangeError(
      `resampledMeans: expected columns of one length, 1 or more, got ${lengths || 'none'}`,
    );
  }
  if (!(Number.isInteger(resamples) && resamples > 0)) {
    throw new RangeError(`resampledMeans: expected 1 resample or more, got ${resamples}`);
  }
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(galaxies);
  for (let resample = 0; resample < resamples; resample++) {
    const random = new Random(seed, 'bootstrap', resample);
    for (let i = 0; i < galaxies; i++) drawn[i] = random.below(galaxies);
    columns.forEach((column, c) => {
      let sum = 0;
      for (let i = 0; i < galaxies; i++) sum += column[drawn[i]!]!;
      means[c]![resample] = sum / galaxies;
    });
  }
  return means;
}

/** The value below which a share of sorted values lies, interpolated linearly, as numpy's `quantile` does. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/**
 * The middle 95 % of a resampled score (the percentile interval). With some tens of galaxies it is a little too narrow, as
 * the percentile method is: it knows no other galaxies than these.
 *
 * @param scores the score of each resample; not changed
 * @example
 * percentileInterval(Float64Array.of(1, 2, 3)); // { low: 1.05, high: 2.95, level: 0.95 }
 */
export function percentileInterval(scores: Float64Array): Interval {
  const sorted = scores.slice().sort();
  const tail = (1 - LEVEL) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), level: LEVEL };
}

/**
 * The interval of a pooled RMSE; null of a single galaxy, which tells nothing of others.
 *
 * @param squaredErrors mean squared error of each galaxy, `[N]`
 * @throws RangeError where N is 0
 * @example
 * rmseInterval(galaxySquaredErrors(truth, predictions)); // such as { low: 0.1021, high: 0.1098, level: 0.95 }
 */
export function rmseInterval(squaredErrors: ArrayLike<number>, resampling?: Resampling): Interval | null {
  const [means] = resampledMeans([squaredErrors], resampling);
  return squaredErrors.length === 1 ? null : percentileInterval(means!.map(Math.sqrt));
}
