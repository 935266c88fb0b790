/** Central intervals of a galaxy's vote fractions and of the votes of N people. */
import { conformalIntervals } from './conformal.ts';
import type { PredictedGalaxy } from './likelihood.ts';
import type { Model } from './model.ts';
import { type AnswerIntervals, fractionIntervals, posteriorOf, voteIntervals } from './posterior.ts';

/** True if a model gives intervals: it predicts concentrations, or has conformal intervals. */
export const hasIntervals = ({ network, conformal }: Pick<Model, 'network' | 'conformal'>): boolean =>
  network.head === 'dirichlet' || conformal !== undefined;

/** A galaxy's intervals. */
export interface GalaxyIntervals {
  /**
   * For the fractions, in the convention of the survey's tables. From concentrations: for the fraction that infinitely many votes
   * would give. Conformal: for the fraction that the volunteers will give.
   */
  readonly fractions: readonly AnswerIntervals[];
  /** For the numbers of votes, if there are concentrations and the number of people is given. */
  readonly votes?: readonly AnswerIntervals[];
}

/**
 * The intervals of a prediction.
 * @param prediction its concentrations may have several rows, one for each view
 * @param people who vote, `[columns]`; see {@link voteIntervals}
 * @throws RangeError if the model gives no intervals
 */
export function intervalsOf(
  { tree, conformal }: Pick<Model, 'tree' | 'conformal'>,
  { fractions, concentrations }: PredictedGalaxy,
  people?: ArrayLike<number>,
): GalaxyIntervals {
  if (concentrations !== undefined) {
    const posterior = posteriorOf(tree, concentrations);
    const votes = people && voteIntervals(posterior, people);
    return { fractions: fractionIntervals(posterior), ...(votes && { votes }) };
  }
  if (conformal === undefined) throw new RangeError('the model has neither concentrations nor intervals');
  return { fractions: conformalIntervals(tree, conformal, fractions) };
}
