/** How well predictions keep the sums of the decision tree. */

import { brokenSums, meanSumError } from '../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

/** How far a question's answers are from the sum they owe (see `brokenSums`). */
export interface TreeSums {
  /** The share of rows in which some sum is off by more than `tolerance`. */
  brokenRows: number;
  tolerance: number;
  /** The mean of |sum − expected| over rows and questions. */
  meanError: number;
}

/** A hundredth of the volunteers: what a network gives that goes down the tree is off by rounding alone, far less. */
const TOLERANCE = 0.01;

/**
 * Checks the sums of predictions.
 *
 * @param predictions `[N, 37]`
 * @throws RangeError where the length is no multiple of 37
 * @example
 * treeSums(predictions); // such as { brokenRows: 0.99, tolerance: 0.01, meanError: 0.02 } of a network with sigmoids
 */
export function treeSums(predictions: ArrayLike<number>, tolerance = TOLERANCE): TreeSums {
  const broken = new Set(brokenSums(GALAXY_ZOO_2, predictions, tolerance).map(({ row }) => row));
  const rows = rowCount(GALAXY_ZOO_2, predictions);
  return { brokenRows: broken.size / rows, tolerance, meanError: meanSumError(GALAXY_ZOO_2, predictions) };
}
