/** Example galaxies: best, worst and least certain predictions. */
import type { Prediction } from '../data/submission.ts';
import { gatherRows } from '../evaluate/align.ts';
import { galaxyRmse } from '../evaluate/rmse.ts';
import { conditionalFractions, cumulativeFractions } from '../tree/conditional.ts';
import { leadingRoute } from '../tree/route.ts';
import { joinedFractions, rowCount, type Tree } from '../tree/tree.ts';
import type { AnswerRow } from './page.ts';

/** One galaxy with its votes and its prediction. */
export interface GalaxyExample {
  readonly id: string;
  /** Its picture as a data: URI. */
  readonly image?: string;
  /** True fractions, `[columns]`, NaN where unknown. */
  readonly truth: ArrayLike<number>;
  /** `[columns]` */
  readonly prediction: ArrayLike<number>;
}

/** Examples by kind, the most extreme first. No galaxy is both among the best and the worst. */
export interface Examples<Example> {
  /** Lowest RMSE. */
  readonly best: readonly Example[];
  /** Highest RMSE. */
  readonly worst: readonly Example[];
  /** Highest entropy of the prediction. */
  readonly uncertain: readonly Example[];
}

/**
 * Entropy of a volunteer's predicted route through the tree: Σ −w·ln c over answers, with cumulative fraction w and conditional
 * fraction c (chain rule: Cover & Thomas, Elements of Information Theory, theorem 2.2.1), if answers are independent.
 * @param prediction cumulative fractions `[columns]`
 * @returns nats; 0 if each answer is certain
 */
export function routeEntropy(tree: Tree, prediction: ArrayLike<number>): number {
  const conditional = conditionalFractions(tree, prediction);
  const weighted = cumulativeFractions(tree, conditional); // satisfies the tree's sums, which a prediction may break
  return conditional.reduce(
    (entropy, share, i) => (share > 0 ? entropy - weighted[i]! * Math.log(share) : entropy),
    0,
  );
}

const rowOf = ({ columns }: Tree, table: ArrayLike<number>, row: number): Float64Array =>
  gatherRows(table, columns.length, [row]);

/**
 * Chooses rows to show.
 * @param truth `[N, columns]`, NaN where unknown; a galaxy without a known fraction is neither best nor worst
 * @param predictions `[N, columns]`, the same galaxies in the same order
 * @param count the most examples of each kind
 * @throws RangeError if the shapes differ
 */
export function chooseExamples(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  count: number,
): Examples<number> {
  const rows = rowCount(tree, truth);
  if (rowCount(tree, predictions) !== rows) {
    throw new RangeError(`expected predictions for ${rows} galaxies, got ${rowCount(tree, predictions)}`);
  }
  const all = Array.from({ length: rows }, (_, row) => row);
  const errors = all.map((row) => galaxyRmse(rowOf(tree, truth, row), rowOf(tree, predictions, row)));
  const entropies = all.map((row) => routeEntropy(tree, rowOf(tree, predictions, row)));
  const ascending = all.filter((row) => !Number.isNaN(errors[row])).sort((a, b) => errors[a]! - errors[b]!);
  const half = Math.ceil(ascending.length / 2);
  return {
    best: ascending.slice(0, Math.min(count, half)),
    worst: ascending.slice(Math.max(ascending.length - count, half)).reverse(),
    uncertain: all.toSorted((a, b) => entropies[b]! - entropies[a]!).slice(0, count),
  };
}

/** Examples of each kind on a run's page. */
const COUNT = 12;

/**
 * The examples of a run's page.
 * @param galaxies with their true fractions, NaN where unknown
 * @param predictions `[N, columns]`, of the galaxies in their order
 * @param picture a galaxy's picture as a data: URI
 * @throws RangeError if the shapes differ; errors of `picture`
 */
export async function galaxyExamples<Galaxy extends Prediction>(
  tree: Tree,
  galaxies: readonly Galaxy[],
  predictions: ArrayLike<number>,
  picture: (galaxy: Galaxy) => Promise<string | undefined>,
): Promise<Examples<GalaxyExample>> {
  const truth = joinedFractions(tree, galaxies);
  const { best, worst, uncertain } = chooseExamples(tree, truth, predictions, COUNT);
  const example = async (row: number): Promise<GalaxyExample> => {
    const galaxy = galaxies[row]!;
    return {
      id: galaxy.id,
      truth: galaxy.fractions,
      prediction: rowOf(tree, predictions, row),
      image: await picture(galaxy),
    };
  };
  const all = (rows: readonly number[]) => Promise.all(rows.map(example));
  return { best: await all(best), worst: await all(worst), uncertain: await all(uncertain) };
}

/**
 * The answers on the leading routes of the votes and the prediction, in the order of the tree.
 * @param truth `[columns]`, NaN where unknown
 * @param prediction `[columns]`
 */
export function routeAnswers(
  tree: Tree,
  truth: ArrayLike<number>,
  prediction: ArrayLike<number>,
): AnswerRow[] {
  const [truths, predictions] = [truth, prediction].map((row) => new Set(leadingRoute(tree, row)));
  return tree.columns
    .filter((column) => truths!.has(column) || predictions!.has(column))
    .map((column) => ({
      answer: column.label,
      truth: Number.isNaN(truth[column.index]) ? null : truth[column.index]!,
      predicted: prediction[column.index]!,
      leadsTruth: truths!.has(column),
      leadsPrediction: predictions!.has(column),
    }));
}
