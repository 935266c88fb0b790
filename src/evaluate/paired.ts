/** Two sets of predictions of the same galaxies: which is better, by how much, and whether chance would do the same. */
import { Random } from '../random/philox.ts';
import { type Interval, percentileInterval, type Resampling, resampledMeans } from './bootstrap.ts';
import { galaxySquaredErrors } from './rmse.ts';

/** What {@link comparePredictions} finds; `better` and the signs are from the first one's point of view. */
export interface PairedComparison {
  /** The other one's pooled RMSE. */
  rmse: number;
  /** Pooled RMSE minus the other's: below 0 where the first is better. */
  difference: number;
  /** Of the difference, by the bootstrap over galaxies; null of a single galaxy. */
  differenceInterval: Interval | null;
  /** How often chance alone gives a difference as large as this, in either direction: see {@link signFlipTest}. */
  pValue: number;
  /** How many random flips the p-value was counted among; it is never below 1 / (flips + 1). */
  flips: number;
  /** Galaxies whose squared error is smaller than with the other. */
  better: number;
  /** Galaxies whose squared error is larger. */
  worse: number;
  /** Galaxies whose squared error is the same. */
  equal: number;
}

/** How the p-value is counted. */
export interface SignFlips {
  /** Default 9,999. */
  flips?: number;
  /** Default 0. */
  seed?: number;
}

/**
 * The p-value of paired differences by flipping their signs at random (Fisher's randomisation test).
 *
 * Why it is valid: if the two networks are equally good in the sense that, of any galaxy's pair of errors, either network
 * could as well have made either error, then the sign of each difference is a fair coin, whatever its size, and
 * independent of the others. All 2^N choices of signs are then equally likely, and the observed one is one of them: how
 * many of random flips give a sum as far from 0 is counted. Nothing is assumed of the errors' distribution, which is
 * far from normal. The observed signs count as one of the draws (Phipson & Smyth 2010), so that p is never 0 and at most
 * a share p of tests of equal networks falls to p or below.
 *
 * To test the sum of squared errors is to test the pooled RMSE: swapping errors within galaxies keeps the sum of both
 * networks' squared errors, and with that sum fixed the difference of the roots grows with the difference of the squares.
 *
 * @param differences squared error of the one minus that of the other, `[N]`
 * @returns in 1/(flips + 1)…1; 1 where there is no difference
 * @throws RangeError where there are no flips
 * @example
 * signFlipTest([0.1, 0.2, -0.1, 0.3, 0.2, 0.1]); // 0.1258
 */
export function signFlipTest(
  differences: ArrayLike<number>,
  { flips = 9999, seed = 0 }: SignFlips = {},
): number {
  if (!(Number.isInteger(flips) && flips > 0)) {
    throw new RangeError(`signFlipTest: expected 1 flip or more, got ${flips}`);
  }
  // A flipped sum is Σd − 2 Σ of those that flip. Zeros change nothing, and 32 signs come of one random integer.
  const values = Float64Array.from(differences).filter((difference) => difference !== 0);
  const sum = values.reduce((a, b) => a + b, 0);
  const scale = values.reduce((a, b) => a + Math.abs(b), 0);
  // Sums that are equal but for the order they were added in count as equal.
  const observed = Math.abs(sum) - 1e-12 * scale;
  let asFar = 1;
  for (let flip = 0; flip < flips; flip++) {
    const random = new Random(seed, 'signs', flip);
    let flipped = 0;
    for (let start = 0; start < values.length; start += 32) {
      const end = Math.min(start + 32, values.length);
      let signs = random.integer();
      for (let i = start; i < end; i++) {
        flipped += values[i]! * (signs & 1); // a product, because a branch that nobody can foresee is slower
        signs >>>= 1;
      }
    }
    if (Math.abs(sum - 2 * flipped) >= observed) asFar++;
  }
  return asFar / (flips + 1);
}

/**
 * Compares two sets of predictions on the same galaxies.
 *
 * What it answers: is this network better than that one on galaxies of this kind? It does not tell whether one recipe of
 * training is better than another: two trainings that differ only in their seeds differ too, and on many galaxies
 * significantly so. For that, train several seeds of each (`tuningfork compare`). And it is only fair if neither network
 * was trained on any of these galaxies.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`
 * @param others `[N, 37]`, the other's predictions of the same galaxies in the same order
 * @throws RangeError where the shapes differ or N is 0
 * @example
 * const { difference, pValue } = comparePredictions(truth, predictions, theirs); // such as -0.0013 and 0.13
 */
export function comparePredictions(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  others: ArrayLike<number>,
  options: Resampling & SignFlips = {},
): PairedComparison {
  const errors = galaxySquaredErrors(truth, predictions);
  const otherErrors = galaxySquaredErrors(truth, others);
  const differences = errors.map((error, i) => error - otherErrors[i]!);
  const [means, otherMeans] = resampledMeans([errors, otherErrors], options);
  const root = (values: Float64Array) => Math.sqrt(values.reduce((a, b) => a + b, 0) / values.length);
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
