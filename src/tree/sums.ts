/** The sums that every row of weighted vote fractions obeys: each question's answers add up to its parent's fraction, or to 1. */
import { rowCount, type Tree } from './tree.ts';

/** A sum that a row breaks: `difference` is sum − expected. */
export interface BrokenSum {
  readonly row: number;
  /** Number of the question, from 1. */
  readonly question: number;
  readonly sum: number;
  readonly expected: number;
  readonly difference: number;
}

/**
 * Lists the broken sums, by row and then by question. A sum that is not a number counts as broken.
 *
 * @param fractions weighted vote fractions `[N, columns]`
 * @param tolerance the largest |difference| that is let pass. The challenge's own tables keep theirs to 1e-6, their
 *   rounding.
 * @throws RangeError where the length is not a multiple of the tree's columns
 * @example
 * brokenSums(GALAXY_ZOO_2, fractions).map(({ row, question, difference }) => `row ${row}: Q${question} is off by ${difference}`);
 */
export function brokenSums(tree: Tree, fractions: ArrayLike<number>, tolerance = 1e-5): BrokenSum[] {
  const broken: BrokenSum[] = [];
  const rows = rowCount(tree, fractions);
  for (let row = 0; row < rows; row++) {
    const first = row * tree.columns.length;
    for (const { number, start, end, parents } of tree.questions) {
      const expected =
        parents.length === 0 ? 1 : parents.reduce((sum, parent) => sum + fractions[first + parent]!, 0);
      let sum = 0;
      for (let column = start; column < end; column++) sum += fractions[first + column]!;
      const difference = sum - expected!;
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
 * @param fractions weighted vote fractions `[N, columns]`
 * @throws RangeError where the length is not a multiple of the tree's columns
 * @example
 * meanSumError(GALAXY_ZOO_2, predictions); // 0.02 or so of a network with sigmoids, 0 of one that goes down the tree
 */
export function meanSumError(tree: Tree, fractions: ArrayLike<number>): number {
  const sum = brokenSums(tree, fractions, 0).reduce((all, { difference }) => all + Math.abs(difference), 0);
  return sum / (rowCount(tree, fractions) * tree.questions.length);
}
