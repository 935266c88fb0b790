/** The sums of cumulative vote fractions: each question's answers add up to the fractions of its parents, or to 1. */
import { type Question, rowCount, type Tree } from './tree.ts';

/** The sum of `values[start … end − 1]`. */
export function sumOf(values: ArrayLike<number>, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += values[i]!;
  return sum;
}

/**
 * The sum of a question's parents: the share, or the number, of the people who are asked it.
 * @param values cumulative fractions or counts `[N, columns]`
 * @param first start of the row
 * @param all the result without parents
 */
export function sumOfParents(
  { parents }: Pick<Question, 'parents'>,
  values: ArrayLike<number>,
  first = 0,
  all = 1,
): number {
  if (parents.length === 0) return all;
  let sum = 0;
  for (const parent of parents) sum += values[first + parent]!;
  return sum;
}

/** A broken sum; `difference` is sum − expected. */
interface BrokenSum {
  readonly row: number;
  /** Number of the question, from 1. */
  readonly question: number;
  readonly sum: number;
  readonly expected: number;
  readonly difference: number;
}

/**
 * Lists the broken sums, by row and then by question. A sum with an unknown cell (NaN) counts as broken.
 * @param fractions cumulative vote fractions `[N, columns]`
 * @param tolerance largest allowed |difference|; the challenge's own tables are rounded to 1e-6
 * @throws RangeError if the length is not a multiple of the tree's columns
 */
export function brokenSums(tree: Tree, fractions: ArrayLike<number>, tolerance = 1e-5): BrokenSum[] {
  const broken: BrokenSum[] = [];
  const rows = rowCount(tree, fractions);
  for (let row = 0; row < rows; row++) {
    const first = row * tree.columns.length;
    for (const question of tree.questions) {
      const { number, start, end } = question;
      const expected = sumOfParents(question, fractions, first);
      const sum = sumOf(fractions, first + start, first + end);
      const difference = sum - expected;
      if (!(Math.abs(difference) <= tolerance)) {
        broken.push({ row, question: number, sum, expected, difference });
      }
    }
  }
  return broken;
}

/** How well a table satisfies the sums. */
export interface TreeSums {
  /** The share of rows with a sum that is off by more than `tolerance`. */
  brokenRows: number;
  tolerance: number;
  /** Mean |sum − expected| over rows and questions. */
  meanError: number;
}

/**
 * Measures how well a table satisfies the sums; sums with an unknown cell (NaN) are skipped.
 * @param fractions `[N, columns]`
 * @param tolerance default: a hundredth of the volunteers; heads that follow the tree deviate only by rounding
 * @throws RangeError if the length is not a multiple of the tree's columns
 */
export function treeSums(tree: Tree, fractions: ArrayLike<number>, tolerance = 0.01): TreeSums {
  const rows = rowCount(tree, fractions);
  const unknown = new Array<number>(rows).fill(0);
  const broken = new Set<number>();
  let error = 0;
  for (const { row, difference } of brokenSums(tree, fractions, 0)) {
    if (Number.isNaN(difference)) {
      unknown[row]!++;
      continue;
    }
    error += Math.abs(difference);
    if (Math.abs(difference) > tolerance) broken.add(row);
  }
  const sums = rows * tree.questions.length - unknown.reduce((a, b) => a + b, 0);
  const judged = unknown.filter((count) => count < tree.questions.length).length;
  return { brokenRows: broken.size / judged, tolerance, meanError: error / sums };
}
