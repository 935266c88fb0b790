/**
 * The distribution of a galaxy's vote fractions, from the concentrations of a network with the head `dirichlet`.
 *
 * A network gives a Dirichlet distribution for the shares of each question. The share of one answer then has a beta distribution
 * with parameters α and A - α, A = Σ α. A conditional fraction is such a share, so its distribution is exact. A cumulative fraction
 * is a product of shares down the tree, f = p · (sum of the parents' f). Its mean and its variance are exact, and so is its
 * distribution where everybody is asked the question; below, the distribution is the beta distribution with this mean and variance,
 * which is close to that of a product of beta variables (Fan 1991, Communications in Statistics 20, 4043). Several views are a
 * mixture with equal weights, whose mean and variance are exact too.
 *
 * Of N people who see the galaxy, the number who give an answer is binomial if the fraction is known, so it is beta-binomial.
 */
import type { FractionKind, Tree } from '../tree/tree.ts';
import { betaBinomialCdf, betaQuantile } from './beta.ts';

/** Beta distributions of the fractions of a galaxy, `[columns]` each. */
export interface Posterior {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** The probabilities of the intervals. */
export const LEVELS = [0.5, 0.8, 0.95] as const;

/** A level as a percentage, in keys and names of columns. @example percentOf(0.95) // '95' */
export const percentOf = (level: number): string => String(Math.round(100 * level));

/** Central intervals of a galaxy's answers. */
export interface AnswerIntervals {
  readonly level: (typeof LEVELS)[number];
  /** `[columns]`, both ends inclusive. */
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Adds the first two moments of the fractions under one view's concentrations to `means` and `squares`, times `weight`. */
function addMoments(
  tree: Tree,
  concentrations: ArrayLike<number>,
  kind: FractionKind,
  weight: number,
  means: Float64Array,
  squares: Float64Array,
): void {
  const width = tree.columns.length;
  const mean = new Float64Array(width);
  /** E[f g] of each pair of fractions; only those of earlier columns are needed further down. */
  const products = new Float64Array(width * width);
  for (const { start, end, parents } of tree.questions) {
    let all = 0;
    for (let i = start; i < end; i++) all += concentrations[i]!;
    const isWhole = kind === 'conditional' || parents.length === 0;
    /** E[reach], E[reach²], and E[reach · f] for an earlier column. */
    const reach = isWhole ? 1 : parents.reduce((sum, parent) => sum + mean[parent]!, 0);
    const withReach = (column: number) =>
      isWhole ? mean[column]! : parents.reduce((sum, parent) => sum + products[parent * width + column]!, 0);
    const reachSquare = isWhole ? 1 : parents.reduce((sum, parent) => sum + withReach(parent), 0);
    for (let i = start; i < end; i++) {
      const share = concentrations[i]! / all;
      mean[i] = share * reach;
      for (let j = 0; j < start; j++)
        products[i * width + j] = products[j * width + i] = share * withReach(j);
      for (let j = start; j <= i; j++) {
        const pair = (share * (concentrations[j]! + (i === j ? 1 : 0))) / (all + 1);
        products[i * width + j] = products[j * width + i] = pair * reachSquare;
      }
      means[i]! += weight * mean[i]!;
      squares[i]! += weight * products[i * width + i]!;
    }
  }
}

/**
 * The distribution of a galaxy's fractions.
 * @param concentrations `[views, columns]`
 * @param kind cumulative or conditional fractions. Default: those of the survey's tables
 * @example
 * const { a, b } = posteriorOf(classesTree(['spiral', 'smooth']), [3, 5]);
 * [a[0], b[0]]; // [3, 5]
 */
export function posteriorOf(
  tree: Tree,
  concentrations: ArrayLike<number>,
  kind: FractionKind = tree.data.fractions,
): Posterior {
  const width = tree.columns.length;
  const views = concentrations.length / width;
  const [means, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let view = 0; view < views; view++) {
    const own = Array.from({ length: width }, (_, i) => concentrations[view * width + i]!);
    addMoments(tree, own, kind, 1 / views, means, squares);
  }
  // a + b of the beta distribution with this mean m and variance v is m (1 - m) / v - 1.
  const sums = means.map((mean, i) => (mean * (1 - mean)) / (squares[i]! - mean * mean) - 1);
  return { a: means.map((mean, i) => mean * sums[i]!), b: means.map((mean, i) => (1 - mean) * sums[i]!) };
}

/** The probabilities below and up to the ends of a central interval. */
const tails = (level: number) => [(1 - level) / 2, (1 + level) / 2] as const;

/** Central intervals of the fractions. */
export const fractionIntervals = ({ a, b }: Posterior): AnswerIntervals[] =>
  LEVELS.map((level) => {
    const [below, upTo] = tails(level);
    return {
      level,
      low: a.map((each, i) => betaQuantile(below, each, b[i]!)),
      high: a.map((each, i) => betaQuantile(upTo, each, b[i]!)),
    };
  });

/**
 * The central interval of a whole number whose probability is nearest to a level. Quantiles alone would contain too much: on average,
 * half of the probability of each end.
 * @param cumulative probabilities of 0 … k
 */
function centralInterval(cumulative: Float64Array, level: number): readonly [number, number] {
  const [below, upTo] = tails(level);
  const low = cumulative.findIndex((each) => each > below);
  const found = cumulative.findIndex((each) => each >= upTo);
  const high = found < 0 ? cumulative.length - 1 : found;
  const error = ([from, to]: readonly [number, number]) =>
    Math.abs(cumulative[to]! - (cumulative[from - 1] ?? 0) - level);
  return (
    [
      [low, high],
      [low + 1, high],
      [low, high - 1],
      [low + 1, high - 1],
    ] as const
  )
    .filter(([from, to]) => from <= to)
    .reduce((best, each) => (error(each) < error(best) ? each : best));
}

/**
 * Central intervals of the numbers of votes, each with the probability nearest to its level; a single number may have more.
 * @param people who are asked, `[columns]`: for cumulative fractions those who see the galaxy, for conditional ones those who are
 * asked the question. If the number is unknown (NaN), so is the interval
 */
export function voteIntervals({ a, b }: Posterior, people: ArrayLike<number>): AnswerIntervals[] {
  const distributions = Array.from(a, (each, i) =>
    Number.isNaN(people[i]) ? undefined : betaBinomialCdf(people[i]!, each, b[i]!),
  );
  return LEVELS.map((level) => {
    const ends = distributions.map(
      (cumulative) => (cumulative && centralInterval(cumulative, level)) ?? [Number.NaN, Number.NaN],
    );
    return {
      level,
      low: Float64Array.from(ends, ([low]) => low!),
      high: Float64Array.from(ends, ([, high]) => high!),
    };
  });
}
