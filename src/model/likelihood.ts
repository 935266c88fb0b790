/**
 * The log-likelihood of a galaxy's votes under a prediction. With concentrations α, the votes of a question are
 * Dirichlet-multinomial; without, they are multinomial with the predicted shares. The formulas are in `engine/nn/loss.ts`.
 */
import { conditionalFractions } from '../tree/conditional.ts';
import { sumOf } from '../tree/sums.ts';
import type { Tree } from '../tree/tree.ts';

/** A predicted galaxy: its cumulative fractions `[columns]`, and its concentrations `[columns]` if there are any. */
export interface PredictedGalaxy {
  readonly fractions: ArrayLike<number>;
  readonly concentrations?: ArrayLike<number>;
}

/** The smallest share. A share of 0 would make a vote impossible. */
const SMALLEST_SHARE = 1e-12;

/** log x (x + 1) ⋯ (x + k - 1) for a whole number k. */
function logRising(x: number, k: number): number {
  let sum = 0;
  for (let j = 0; j < k; j++) sum += Math.log(x + j);
  return sum;
}

/**
 * The log-likelihood of a galaxy's votes, summed over its questions. A question with an unknown count (NaN) adds nothing.
 * @param counts numbers of votes `[columns]`
 * @example voteLogLikelihood(classesTree(['spiral', 'smooth']), [1, 1], { fractions: [0.5, 0.5] }) // log 0.5
 */
export function voteLogLikelihood(
  tree: Tree,
  counts: ArrayLike<number>,
  { fractions, concentrations }: PredictedGalaxy,
): number {
  const shares = concentrations ? undefined : conditionalFractions(tree, fractions);
  let all = 0;
  for (const { start, end } of tree.questions) {
    const votes = sumOf(counts, start, end);
    if (Number.isNaN(votes)) continue;
    all += logRising(1, votes);
    if (concentrations) all -= logRising(sumOf(concentrations, start, end), votes);
    for (let i = start; i < end; i++) {
      const count = counts[i]!;
      all -= logRising(1, count);
      if (shares) all += count * Math.log(Math.max(shares[i]!, SMALLEST_SHARE));
      else all += logRising(concentrations![i]!, count);
    }
  }
  return all;
}
