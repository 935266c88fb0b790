/**
 * Weighted and conditional vote fractions.
 *
 * The challenge's tables hold weighted fractions: the share of all volunteers who came to a question and gave an answer.
 * The conditional fraction is the share among those who came to it, so that, down the tree,
 *
 *     weighted = conditional × weighted fraction of the parent answer (1 for Q1 and Q6)
 */
import type { Tree } from './tree.ts';

function checkRow({ columns }: Tree, row: ArrayLike<number>): void {
  if (row.length !== columns.length)
    throw new RangeError(`expected ${columns.length} fractions, got ${row.length}`);
  for (let column = 0; column < columns.length; column++) {
    if (!Number.isFinite(row[column])) {
      throw new RangeError(`${columns[column]!.name}: expected a finite number, got ${row[column]}`);
    }
  }
}

/**
 * Each answer's share within its own question: value / sum of the question's values, negative values counting as 0.
 * Every question comes out as a distribution, whatever goes in. A question without a positive value (nobody came to it,
 * so nothing is known) becomes uniform, the distribution that assumes least.
 *
 * @param weighted one row of fractions `[columns]`; the scale of each question is free
 * @returns conditional fractions `[columns]`: not negative, each question sums to 1
 * @throws RangeError where the row is not one finite number for each column
 * @example
 * conditionalFractions(GALAXY_ZOO_2, fractions)[7]; // the share of "spiral: yes" among those who were asked for spiral arms
 */
export function conditionalFractions(tree: Tree, weighted: ArrayLike<number>): Float64Array {
  checkRow(tree, weighted);
  const conditional = new Float64Array(tree.columns.length);
  for (const { start, end } of tree.questions) {
    let largest = 0;
    for (let column = start; column < end; column++) largest = Math.max(largest, weighted[column]!);
    if (largest === 0) {
      conditional.fill(1 / (end - start), start, end);
      continue;
    }
    // Divided by the largest first, so that no sum overflows or vanishes.
    let sum = 0;
    for (let column = start; column < end; column++) {
      conditional[column] = Math.max(0, weighted[column]!) / largest;
      sum += conditional[column]!;
    }
    for (let column = start; column < end; column++) conditional[column]! /= sum;
  }
  return conditional;
}

/**
 * Multiplies conditional fractions down the tree.
 *
 * @param conditional one row `[columns]`; each question should sum to 1
 * @returns weighted fractions `[columns]`
 * @throws RangeError where the row is not one finite number for each column
 * @example
 * weightedFractions(GALAXY_ZOO_2, conditionalFractions(GALAXY_ZOO_2, row)); // `row` again, where it obeyed the sums
 */
export function weightedFractions(tree: Tree, conditional: ArrayLike<number>): Float64Array {
  checkRow(tree, conditional);
  const weighted = new Float64Array(tree.columns.length);
  for (const { start, end, parents } of tree.questions) {
    const scale = parents.length === 0 ? 1 : parents.reduce((sum, parent) => sum + weighted[parent]!, 0);
    for (let column = start; column < end; column++) weighted[column] = conditional[column]! * scale!;
  }
  return weighted;
}

/**
 * The consistent tree that a row of any numbers means: the shares within each question are kept (see
 * {@link conditionalFractions}) and weighted anew from the top. No result is negative and every sum holds to rounding
 * (1e-15); a row that is already so is returned as it was. It maps onto the consistent rows, and is not the nearest of them.
 *
 * @param row `[columns]`, such as the output of a network without a tree head
 * @returns weighted fractions `[columns]`
 * @throws RangeError where the row is not one finite number for each column
 * @example
 * brokenSums(projectOntoTree(GALAXY_ZOO_2, predictions.slice(0, 37))); // []
 */
export function projectOntoTree(tree: Tree, row: ArrayLike<number>): Float64Array {
  return weightedFractions(tree, conditionalFractions(tree, row));
}
