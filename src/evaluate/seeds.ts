/** Differences between variants that are trained with several seeds and scored on the same galaxies. */
import { Random } from '../random/philox.ts';
import { type Interval, percentileInterval, type Resampling, resampledMeans } from './bootstrap.ts';
import type { GalaxyErrors } from './rmse.ts';

/** How much the RMSE of one variant varies with the seed. */
export interface SeedSpread {
  /** Standard deviation, pooled over variants: √(Σ(x − mean of its variant)² / freedom). */
  deviation: number;
  /** Degrees of freedom: number of runs minus number of variants. */
  freedom: number;
}

/**
 * Pools the spread over seeds of all variants, assuming that it is the same for all.
 * @param variants the RMSE of each run, `[variants][seeds]`
 * @returns null if no variant has two runs
 * @example seedSpread([[0.1, 0.2], [0.3, 0.5]]) // { deviation: 0.1118…, freedom: 2 }
 */
export function seedSpread(variants: readonly (readonly number[])[]): SeedSpread | null {
  let squares = 0;
  let freedom = 0;
  for (const values of variants) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    squares += values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    freedom += values.length - 1;
  }
  return freedom === 0 ? null : { deviation: Math.sqrt(squares / freedom), freedom };
}

/** Draws from Student's t distribution: normal / √(χ² / freedom). */
function studentT(random: Random, freedom: number): number {
  const normal = random.normal();
  let squares = 0;
  for (let i = 0; i < freedom; i++) squares += random.normal() ** 2;
  return normal / Math.sqrt(squares / freedom);
}

/**
 * The 95 % interval of the mean RMSE of some runs minus that of others, over the choice of galaxies and seeds. Each resample
 * draws galaxies with replacement. It also draws the effect of other seeds: a number from Student's t distribution, times
 * spread · √(1/n + 1/m) for n and m runs.
 * @param runs the galaxies' errors of each run; all runs were scored on the same galaxies
 * @param others the same for the other variant
 * @throws RangeError if there is no run, or the numbers of galaxies differ
 */
export function differenceInterval(
  runs: readonly GalaxyErrors[],
  others: readonly GalaxyErrors[],
  { deviation, freedom }: SeedSpread,
  resampling: Resampling = {},
): Interval {
  const all = [...runs, ...others];
  const means = resampledMeans(
    all.map(({ meanSquares }) => meanSquares),
    resampling,
    all[0]?.weights,
  );
  const meanRmse = (columns: readonly Float64Array[], resample: number) =>
    columns.reduce((sum, column) => sum + Math.sqrt(column[resample]!), 0) / columns.length;
  const scale = deviation * Math.sqrt(1 / runs.length + 1 / others.length);
  const differences = means[0]!.map((_, resample) => {
    const own = meanRmse(means.slice(0, runs.length), resample);
    const bySeed = scale * studentT(new Random(resampling.seed ?? 0, 'seeds', resample), freedom);
    return own - meanRmse(means.slice(runs.length), resample) + bySeed;
  });
  return percentileInterval(differences);
}
