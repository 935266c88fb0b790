/** How well predictions keep the sums of the decision tree. */
import { brokenSums } from '../tree/sums.ts';
import { rowCount, type Tree } from '../tree/tree.ts';

/** Errors of the questions' sums (see `brokenSums`). */
export interface TreeSums {
  /** The share of rows with a sum that is off by more than `tolerance`. */
  brokenRows: number;
  tolerance: number;
  /** Mean |sum − expected| over rows and questions. */
  meanError: number;
}

/** A hundredth of the volunteers; heads that follow the tree are off by rounding alone. */
const TOLERANCE = 0.01;

/**
 * Checks the sums of a table; sums with an unknown cell (NaN) are skipped.
 * @param fractions `[N, columns]`
 * @throws RangeError if the length is not a multiple of the tree's columns
 */
export function treeSums(tree: Tree, fractions: ArrayLike<number>, tolerance = TOLERANCE): TreeSums {
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
