/** The sums that every row of weighted vote fractions obeys: each question's answers add up to its parent's fraction, or to 1. */
import { COLUMN_COUNT, rowCount } from './columns.ts';
import { QUESTIONS } from './questions.ts';

/** A sum that a row breaks: `difference` is sum − expected. */
export interface BrokenSum {
  readonly row: number;
  /** Number of the question, 1…11. */
  readonly question: number;
  readonly sum: number;
  readonly expected: number;
  readonly difference: number;
}

/**
 * Lists the broken sums, by row and then by question. A sum that is not a number counts as broken.
 *
 * @param fractions weighted vote fractions `[N, 37]`
 * @param tolerance the largest |difference| that is let pass. The challenge's own tables keep theirs to 1e-6, their
 *   rounding.
 * @throws RangeError where the length is no multiple of 37
 * @example
 * brokenSums(fractions).map(({ row, question, difference }) => `row ${row}: Q${question} is off by ${difference}`);
 */
export function brokenSums(fractions: ArrayLike<number>, tolerance = 1e-5): BrokenSum[] {
  const broken: BrokenSum[] = [];
  const rows = rowCount(fractions);
  for (let row = 0; row < rows; row++) {
    const first = row * COLUMN_COUNT;
    for (const { number, start, end, parent } of QUESTIONS) {
      const expected = parent === null ? 1 : fractions[first + parent];
      let sum = 0;
      for (let column = start; column < end; column++) sum += fractions[first + column];
      const difference = sum - expected;
      if (!(Math.abs(difference) <= tolerance)) {
        broken.push({ row, question: number, sum, expected, difference });
      }
    }
  }
  return broken;
}

/**
 * How far a question's answers are from the sum they owe: the mean of |sum − expected| over rows and questions.
 *
 * @param fractions weighted vote fractions `[N, 37]`
 * @throws RangeError where the length is no multiple of 37
 * @example
 * meanSumError(predictions); // 0.02 or so of a network with sigmoids, 0 of one that goes down the tree
 */
export function meanSumError(fractions: ArrayLike<number>): number {
  const sum = brokenSums(fractions, 0).reduce((all, { difference }) => all + Math.abs(difference), 0);
  return sum / (rowCount(fractions) * QUESTIONS.length);
}
