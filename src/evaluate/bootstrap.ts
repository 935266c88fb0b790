/** The bootstrap over galaxies (Efron & Tibshirani 1993): how much a score varies with the choice of galaxies. */
import { Random } from '../random/philox.ts';
import type { GalaxyErrors } from './rmse.ts';

/** A confidence interval. */
export interface Interval {
  low: number;
  high: number;
  /** 0.95 for 95 %. */
  level: number;
}

/** Options of the bootstrap. */
export interface Resampling {
  /** Number of resamples. Default 1,000. */
  resamples?: number;
  /** Default 0. The same seed draws the same galaxies for every statistic. */
  seed?: number;
}

const LEVEL = 0.95;

/**
 * Draws N galaxies with replacement from N, many times, and takes means. All columns share the draws, so that they can be
 * compared galaxy by galaxy.
 * @param columns one or more values of each galaxy, `[columns][N]`
 * @param weights of the galaxies, `[N]`. Default: all 1
 * @returns `[columns][resamples]`
 * @throws RangeError if there is no column or resample, or the columns are empty or differ in length
 */
export function resampledMeans(
  columns: readonly ArrayLike<number>[],
  { resamples = 1000, seed = 0 }: Resampling = {},
  weights: ArrayLike<number> = new Float64Array(columns[0]?.length ?? 0).fill(1),
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
    let weight = 0;
    for (let i = 0; i < galaxies; i++) {
      drawn[i] = random.below(galaxies);
      weight += weights[drawn[i]!]!;
    }
    columns.forEach((column, c) => {
      let sum = 0;
      for (let i = 0; i < galaxies; i++) sum += column[drawn[i]!]! * weights[drawn[i]!]!;
      means[c]![resample] = sum / weight;
    });
  }
  return means;
}

/** The value below which a share of sorted values lies, interpolated linearly like numpy's `quantile`. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

/**
 * The percentile interval, the middle 95 % of a resampled score; slightly too narrow for tens of galaxies.
 * @param scores the score of each resample; not changed
 */
export function percentileInterval(scores: Float64Array): Interval {
  const sorted = scores.slice().sort();
  const tail = (1 - LEVEL) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail), level: LEVEL };
}

/**
 * The interval of a pooled RMSE; null for a single galaxy.
 * @throws RangeError if there is no galaxy
 */
export function rmseInterval(
  { meanSquares, weights }: GalaxyErrors,
  resampling?: Resampling,
): Interval | null {
  const [means] = resampledMeans([meanSquares], resampling, weights);
  return meanSquares.length === 1 ? null : percentileInterval(means!.map(Math.sqrt));
}

/** A mean over galaxies. */
export interface GalaxyMean {
  /** Null if there is no galaxy. */
  mean: number | null;
  /** Null for fewer than two galaxies. */
  interval: Interval | null;
  galaxies: number;
}

/**
 * The mean of a value over galaxies, with its interval.
 * @param values one for each galaxy
 * @example meanOverGalaxies([1, 3]).mean // 2
 */
export function meanOverGalaxies(values: readonly number[], resampling?: Resampling): GalaxyMean {
  const galaxies = values.length;
  if (galaxies === 0) return { mean: null, interval: null, galaxies };
  const mean = values.reduce((sum, value) => sum + value, 0) / galaxies;
  if (galaxies === 1) return { mean, interval: null, galaxies };
  const [means] = resampledMeans([values], resampling);
  return { mean, interval: percentileInterval(means!), galaxies };
}
