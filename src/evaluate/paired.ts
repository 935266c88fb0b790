/** Two sets of predictions of the same galaxies: which is better, by how much, and how significantly. */
import { Random } from '../random/philox.ts';
import type { Tree } from '../tree/tree.ts';
import { type Interval, percentileInterval, type Resampling, resampledMeans } from './bootstrap.ts';
import { galaxySquaredErrors, weightedMeanOf } from './rmse.ts';

/** Result of `comparePredictions`, from the first set's point of view. */
export interface PairedComparison {
  /** The other one's pooled RMSE. */
  rmse: number;
  /** Pooled RMSE minus the other's: negative if the first is better. */
  difference: number;
  /** Of the difference, by the bootstrap over galaxies; null for a single galaxy. */
  differenceInterval: Interval | null;
  /** Probability of a difference at least this large, in either direction, by chance alone: see `signFlipTest`. */
  pValue: number;
  /** Number of random flips; the p-value is never below 1 / (flips + 1). */
  flips: number;
  /** Galaxies whose squared error is smaller than with the other. */
  better: number;
  /** Galaxies whose squared error is larger. */
  worse: number;
  /** Galaxies whose squared error is the same. */
  equal: number;
}

/** Options of the p-value. */
export interface SignFlips {
  /** Default 9,999. */
  flips?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * The p-value of paired differences by random sign flips (Fisher's randomisation test).
 *
 * If two networks are equally good, the sign of each galaxy's difference is like the toss of a coin, whatever its size. The
 * p-value is the share of random flips whose sum is at least as far from 0 as the observed one. It assumes nothing about the
 * distribution of the errors. The observed signs count as one draw (Phipson & Smyth 2010), so that p is never 0.
 *
 * This also tests the pooled RMSE: flips keep the sum of both networks' squared errors, and for a fixed sum the difference of
 * the roots grows with the difference of the squares.
 * @param differences squared errors of one minus those of the other, `[N]`
 * @returns 1/(flips + 1)…1; 1 if nothing differs
 * @throws RangeError if there are no flips
 */
export function signFlipTest(
  differences: ArrayLike<number>,
  { flips = 9999, seed = 0 }: SignFlips = {},
): number {
  if (!(Number.isInteger(flips) && flips > 0)) {
    throw new RangeError(`signFlipTest: expected 1 flip or more, got ${flips}`);
  }
  // A flipped sum is Σd − 2 Σ(flipped). Zeros change nothing, and one random integer gives 32 signs.
  const values = Float64Array.from(differences).filter((difference) => difference !== 0);
  const sum = values.reduce((a, b) => a + b, 0);
  const scale = values.reduce((a, b) => a + Math.abs(b), 0);
  // Sums that differ only by the order of addition count as equal.
  const observed = Math.abs(sum) - 1e-12 * scale;
  let asFar = 1;
  for (let flip = 0; flip < flips; flip++) {
    const random = new Random(seed, 'signs', flip);
    let flipped = 0;
    for (let start = 0; start < values.length; start += 32) {
      const end = Math.min(start + 32, values.length);
      let signs = random.integer();
      for (let i = start; i < end; i++) {
        flipped += values[i]! * (signs & 1); // a product: an unpredictable branch is slower
        signs >>>= 1;
      }
    }
    if (Math.abs(sum - 2 * flipped) >= observed) asFar++;
  }
  return asFar / (flips + 1);
}

/**
 * Compares two sets of predictions of the same galaxies.
 *
 * This shows which of two networks is better on galaxies of this kind, if neither was trained on these. It does not show which
 * settings are better: training runs differ even if only their seeds do. For that, compare several seeds of each
 * (`tuningfork compare`).
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`
 * @param others `[N, columns]`, the other network's predictions of the same galaxies in the same order
 * @throws RangeError if the shapes differ or nothing is known
 */
export function comparePredictions(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  others: ArrayLike<number>,
  options: Resampling & SignFlips = {},
): PairedComparison {
  const { meanSquares: errors, weights } = galaxySquaredErrors(tree, truth, predictions);
  const { meanSquares: otherErrors } = galaxySquaredErrors(tree, truth, others);
  const differences = errors.map((error, i) => (error - otherErrors[i]!) * weights[i]!);
  const [means, otherMeans] = resampledMeans([errors, otherErrors], options, weights);
  const root = (values: Float64Array) => Math.sqrt(weightedMeanOf(values, weights));
  const better = differences.filter((difference) => difference < 0).length;
  const worse = differences.filter((difference) => difference > 0).length;
  const { flips = 9999 } = options;
  return {
    rmse: root(otherErrors),
    difference: root(errors) - root(otherErrors),
    differenceInterval:
      errors.length === 1
        ? null
        : percentileInterval(means!.map((mean, i) => Math.sqrt(mean) - Math.sqrt(otherMeans![i]!))),
    pValue: signFlipTest(differences, { ...options, flips }),
    flips,
    better,
    worse,
    equal: errors.length - better - worse,
  };
}
