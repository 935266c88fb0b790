/**
 * Weighted and conditional vote fractions.
 *
 * Tables have weighted fractions: the share of all volunteers who reached a question and gave an answer. The conditional
 * fraction is the share among those who reached it, so that, down the tree,
 *
 *     weighted = conditional × sum of the parents' weighted fractions (1 without parents)
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
 * Each answer's share within its question: value / sum of the question's values. Negative values count as 0. A question
 * without a positive value, which nobody reached, becomes uniform.
 * @param weighted one row of fractions `[columns]`; the scale of each question is free
 * @returns conditional fractions `[columns]`: not negative, each question sums to 1
 * @throws RangeError if the row is not one finite number for each column
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
    // Divide by the largest first, so that no sum overflows or underflows.
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
 * @param conditional one row `[columns]`; each question should sum to 1
 * @returns weighted fractions `[columns]`
 * @throws RangeError if the row is not one finite number for each column
 */
export function weightedFractions(tree: Tree, conditional: ArrayLike<number>): Float64Array {
  checkRow(tree, conditional);
  const weighted = new Float64Array(tree.columns.length);
  for (const { start, end, parents } of tree.questions) {
    const scale = parents.length === 0 ? 1 : parents.reduce((sum, parent) => sum + weighted[parent]!, 0);
    for (let column = start; column < end; column++) weighted[column] = conditional[column]! * scale;
  }
  return weighted;
}

/**
 * Makes a row satisfy the tree's sums, to rounding (1e-15): it keeps the shares within each question (see
 * {@link conditionalFractions}) and weights them again from the top. A row that satisfies the sums is unchanged. The result is
 * not the nearest consistent row.
 * @param row `[columns]`, such as the output of a network without a tree head
 * @returns weighted fractions `[columns]`, not negative
 * @throws RangeError if the row is not one finite number for each column
 */
export function projectOntoTree(tree: Tree, row: ArrayLike<number>): Float64Array {
  return weightedFractions(tree, conditionalFractions(tree, row));
}
