/** Galaxies worth a look: predicted best, worst, and with the least certainty. */

import { conditionalFractions, weightedFractions } from '../tree/conditional.ts';
import { leadingRoute } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';
import type { AnswerRow } from './page.ts';

/**
 * RMSE of one galaxy over the 37 answers.
 * @param truth `[37]`
 * @param prediction `[37]`
 * @example galaxyRmse(truth, prediction) // 0.08
 */
export function galaxyRmse(truth: ArrayLike<number>, prediction: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < GALAXY_ZOO_2.columns.length; i++) squares += (prediction[i]! - truth[i]!) ** 2;
  return Math.sqrt(squares / GALAXY_ZOO_2.columns.length);
}

/**
 * How open a prediction leaves what a volunteer would answer, down the tree: Σ −w·ln c over answers, w the weighted
 * and c the conditional fraction, which is the entropy of a volunteer's way through it (the chain rule; Cover & Thomas,
 * Elements of Information Theory, theorem 2.2.1; each question taken as answered for itself).
 *
 * @param prediction weighted fractions `[37]`
 * @returns nats, 0 where each answer is certain
 * @example routeEntropy(prediction) // 2.1
 */
export function routeEntropy(prediction: ArrayLike<number>): number {
  const conditional = conditionalFractions(GALAXY_ZOO_2, prediction);
  const weighted = weightedFractions(GALAXY_ZOO_2, conditional); // with the tree's sums, which a prediction may break
  let entropy = 0;
  for (let i = 0; i < GALAXY_ZOO_2.columns.length; i++) {
    if (conditional[i]! > 0) entropy -= weighted[i]! * Math.log(conditional[i]!);
  }
  return entropy;
}

/** Rows of a table, the best first; none twice between best and worst. */
export interface ExampleRows {
  /** Rows with the least RMSE, ascending. */
  best: number[];
  /** With the greatest, descending. */
  worst: number[];
  /** With the greatest entropy of the prediction, descending. */
  uncertain: number[];
}

/**
 * Chooses galaxies to show.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order
 * @param count of each kind, where there are so many
 * @throws RangeError where the shapes differ
 * @example
 * const { worst } = chooseExamples(truth, predictions, 12);
 * worst.map((row) => ids[row]); // GalaxyIDs
 */
export function chooseExamples(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  count: number,
): ExampleRows {
  const rows = rowCount(GALAXY_ZOO_2, truth);
  if (rowCount(GALAXY_ZOO_2, predictions) !== rows) {
    throw new RangeError(
      `expected predictions for ${rows} galaxies, got ${rowCount(GALAXY_ZOO_2, predictions)}`,
    );
  }
  const rowOf = (table: ArrayLike<number>, row: number) =>
    Float64Array.from(
      { length: GALAXY_ZOO_2.columns.length },
      (_, i) => table[row * GALAXY_ZOO_2.columns.length + i]!,
    );
  const all = Array.from({ length: rows }, (_, row) => row);
  const errors = all.map((row) => galaxyRmse(rowOf(truth, row), rowOf(predictions, row)));
  const entropies = all.map((row) => routeEntropy(rowOf(predictions, row)));
  const ascending = all.toSorted((a, b) => errors[a]! - errors[b]!);
  return {
    best: ascending.slice(0, Math.min(count, Math.ceil(rows / 2))),
    worst: ascending.slice(Math.max(rows - count, Math.ceil(rows / 2))).reverse(),
    uncertain: all.toSorted((a, b) => entropies[b]! - entropies[a]!).slice(0, count),
  };
}

/**
 * The answers on the way that most volunteers took, and on the one predicted, in the order of the tree.
 *
 * @param truth `[37]`
 * @param prediction `[37]`
 * @example routeAnswers(truth, prediction)[0] // { answer: 'shape: smooth', truth: 0.62, predicted: 0.48, … }
 */
export function routeAnswers(truth: ArrayLike<number>, prediction: ArrayLike<number>): AnswerRow[] {
  const routes = [truth, prediction].map((row) => leadingRoute(GALAXY_ZOO_2, row));
  const onRoute = new Set(routes.flat().map(({ index }) => index));
  return GALAXY_ZOO_2.columns
    .filter(({ index }) => onRoute.has(index))
    .map(({ index, label }) => ({
      answer: label,
      truth: truth[index]!,
      predicted: prediction[index]!,
      leadsTruth: routes[0]!.some((column) => column.index === index),
      leadsPrediction: routes[1]!.some((column) => column.index === index),
    }));
}
