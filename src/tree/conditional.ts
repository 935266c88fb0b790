/**
 * Weighted and conditional vote fractions.
 *
 * The challenge's tables hold weighted fractions: the share of all volunteers who came to a question and gave an answer.
 * The conditional fraction is the share among those who came to it, so that, down the tree,
 *
 *     weighted = conditional × weighted fraction of the parent answer (1 for Q1 and Q6)
 */
import { COLUMN_COUNT, COLUMNS } from './columns.ts';
import { QUESTIONS } from './questions.ts';

function checkRow(row: ArrayLike<number>): void {
  if (row.length !== COLUMN_COUNT)
    throw new RangeError(`expected ${COLUMN_COUNT} fractions, got ${row.length}`);
  for (let column = 0; column < COLUMN_COUNT; column++) {
    if (!Number.isFinite(row[column])) {
      throw new RangeError(`${COLUMNS[column].name}: expected a finite number, got ${row[column]}`);
    }
  }
}

/**
 * Each answer's share within its own question: value / sum of the question's values, negative values counting as 0.
 * Every question comes out as a distribution, whatever goes in. A question without a positive value (nobody came to it,
 * so nothing is known) becomes uniform, the distribution that assumes least.
 *
 * @param weighted one row of fractions `[37]`; the scale of each question is free
 * @returns conditional fractions `[37]`: not negative, each question sums to 1
 * @throws RangeError where the row is not 37 finite numbers
 * @example
 * conditionalFractions(row)[7]; // the share of "spiral: yes" among those who were asked for spiral arms
 */
export function conditionalFractions(weighted: ArrayLike<number>): Float64Array {
  checkRow(weighted);
  const conditional = new Float64Array(COLUMN_COUNT);
  for (const { start, end } of QUESTIONS) {
    let largest = 0;
    for (let column = start; column < end; column++) largest = Math.max(largest, weighted[column]);
    if (largest === 0) {
      conditional.fill(1 / (end - start), start, end);
      continue;
    }
    // Divided by the largest first, so that no sum overflows or vanishes.
    let sum = 0;
    for (let column = start; column < end; column++) {
      conditional[column] = Math.max(0, weighted[column]) / largest;
      sum += conditional[column];
    }
    for (let column = start; column < end; column++) conditional[column] /= sum;
  }
  return conditional;
}

/**
 * Multiplies conditional fractions down the tree.
 *
 * @param conditional one row `[37]`; each question should sum to 1
 * @returns weighted fractions `[37]`
 * @throws RangeError where the row is not 37 finite numbers
 * @example
 * weightedFractions(conditionalFractions(row)); // `row` again, where it obeyed the sums
 */
export function weightedFractions(conditional: ArrayLike<number>): Float64Array {
  checkRow(conditional);
  const weighted = new Float64Array(COLUMN_COUNT);
  for (const { start, end, parent } of QUESTIONS) {
    const scale = parent === null ? 1 : weighted[parent];
    for (let column = start; column < end; column++) weighted[column] = conditional[column] * scale;
  }
  return weighted;
}

/**
 * The consistent tree that a row of any 37 numbers means: the shares within each question are kept (see
 * {@link conditionalFractions}) and weighted anew from the top. No result is negative and every sum holds to rounding
 * (1e-15); a row that is already so is returned as it was. It maps onto the consistent rows, and is not the nearest of them.
 *
 * @param row `[37]`, such as the output of a network without a tree head
 * @returns weighted fractions `[37]`
 * @throws RangeError where the row is not 37 finite numbers
 * @example
 * brokenSums(projectOntoTree(predictions.slice(0, 37))); // []
 */
export function projectOntoTree(row: ArrayLike<number>): Float64Array {
  return weightedFractions(conditionalFractions(row));
}
