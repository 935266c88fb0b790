/**
 * Cumulative and conditional vote fractions, and the share of volunteers who reach a question.
 *
 * The conditional fraction of an answer is its share of those who were asked the question; the cumulative fraction is its share of
 * all volunteers. Down the tree,
 *
 *     reach(question)    = sum of the cumulative fractions of the question's parents (1 without parents)
 *     cumulative(answer) = conditional(answer) × reach(its question)
 *
 * Kaggle's tables are cumulative; those of Hart et al. 2016 and vote counts are conditional (`TreeData.fractions`). Functions here
 * and elsewhere take cumulative fractions unless they say otherwise.
 */
import { sumOfParents } from './sums.ts';
import type { Tree } from './tree.ts';

function checkRow({ columns }: Tree, row: ArrayLike<number>): void {
  if (row.length !== columns.length)
    throw new RangeError(`expected ${columns.length} fractions, got ${row.length}`);
  for (let column = 0; column < columns.length; column++) {
    if (Math.abs(row[column]!) === Number.POSITIVE_INFINITY) {
      throw new RangeError(`${columns[column]!.name}: expected a finite number, got ${row[column]}`);
    }
  }
}

/**
 * Each answer's share within its question: value / sum of the question's values. Negative values count as 0. A question
 * without a positive value, which nobody reached, becomes uniform; one with an unknown value (NaN) becomes unknown.
 * @param cumulative one row of fractions `[columns]`; the scale of each question is free
 * @returns conditional fractions `[columns]`: not negative, each known question sums to 1
 * @throws RangeError if the row is not one number for each column, or one is infinite
 * @example
 * conditionalFractions(GALAXY_ZOO_2, fractions)[7]; // the share of "spiral: yes" among those who were asked for spiral arms
 */
export function conditionalFractions(tree: Tree, cumulative: ArrayLike<number>): Float64Array {
  checkRow(tree, cumulative);
  const conditional = new Float64Array(tree.columns.length);
  for (const { start, end } of tree.questions) {
    let largest = 0;
    for (let column = start; column < end; column++) largest = Math.max(largest, cumulative[column]!);
    if (largest === 0) {
      conditional.fill(1 / (end - start), start, end);
      continue;
    }
    // Divide by the largest first, so that no sum overflows or underflows.
    let sum = 0;
    for (let column = start; column < end; column++) {
      conditional[column] = Math.max(0, cumulative[column]!) / largest;
      sum += conditional[column]!;
    }
    for (let column = start; column < end; column++) conditional[column]! /= sum;
  }
  return conditional;
}

/**
 * Multiplies conditional fractions down the tree. A fraction below an unknown one (NaN) is unknown.
 * @param conditional one row `[columns]`; each question should sum to 1, or to 0 if nobody reached it
 * @returns cumulative fractions `[columns]`
 * @throws RangeError if the row is not one number for each column, or one is infinite
 * @example cumulativeFractions(classesTree(['spiral', 'smooth']), [0.25, 0.75])[1] // 0.75
 */
export function cumulativeFractions(tree: Tree, conditional: ArrayLike<number>): Float64Array {
  checkRow(tree, conditional);
  const cumulative = new Float64Array(tree.columns.length);
  for (const question of tree.questions) {
    const { start, end } = question;
    const reach = sumOfParents(question, cumulative);
    for (let column = start; column < end; column++) cumulative[column] = conditional[column]! * reach;
  }
  return cumulative;
}

/**
 * The probability with which each question is reached: the share of volunteers who are asked it (the formula is above). It is 1
 * for Kaggle's question 6, whose fractions sum to 1 in the challenge's tables.
 * @param cumulative one row of fractions `[columns]`; `cumulativeFractions` makes it from conditional ones
 * @returns `[questions]`; NaN where a parent's fraction is unknown
 * @throws RangeError if the row is not one number for each column, or one is infinite
 * @example reachProbabilities(GALAXY_ZOO_2, fractions)[6]; // the share of "shape: smooth": these volunteers are asked for the roundness
 */
export function reachProbabilities(tree: Tree, cumulative: ArrayLike<number>): Float64Array {
  checkRow(tree, cumulative);
  return Float64Array.from(tree.questions, (question) => sumOfParents(question, cumulative));
}

/**
 * Fractions in the convention of the survey's tables, `tree.data.fractions`.
 * @param cumulative one row of fractions `[columns]`
 * @throws RangeError as {@link conditionalFractions}
 */
export const publishedFractions = (tree: Tree, cumulative: ArrayLike<number>): ArrayLike<number> =>
  tree.data.fractions === 'conditional' ? conditionalFractions(tree, cumulative) : cumulative;

/** The same for the fractions of volunteers: in a conditional table, a question that nobody reached is unknown (NaN). */
export function observedFractions(tree: Tree, cumulative: ArrayLike<number>): ArrayLike<number> {
  if (tree.data.fractions !== 'conditional') return cumulative;
  const conditional = conditionalFractions(tree, cumulative);
  for (const { start, end } of tree.questions) {
    let isReached = false;
    for (let column = start; column < end; column++) isReached ||= cumulative[column] !== 0;
    if (!isReached) conditional.fill(Number.NaN, start, end);
  }
  return conditional;
}

/**
 * Makes a row satisfy the tree's sums, to rounding (1e-15): it keeps the shares within each question (see
 * {@link conditionalFractions}) and weights them again from the top. A row that satisfies the sums is unchanged. The result is
 * not the nearest consistent row.
 * @param row `[columns]`, such as the output of a network without a tree head
 * @returns cumulative fractions `[columns]`, not negative
 * @throws RangeError if the row is not one finite number for each column
 */
export function projectOntoTree(tree: Tree, row: ArrayLike<number>): Float64Array {
  for (const { index, name } of tree.columns)
    if (Number.isNaN(row[index])) throw new RangeError(`${name}: expected a finite number, got NaN`);
  return cumulativeFractions(tree, conditionalFractions(tree, row));
}
