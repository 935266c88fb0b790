/**
 * The vote fractions of a simulated object, computed as for the challenge's tables: about 45 volunteers answer the decision
 * tree, and their weighted votes become fractions that are multiplied down the tree.
 */
import { Random } from '../random/philox.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import { evidenceOf } from './evidence.ts';
import type { SkyObject } from './object.ts';
import { GALAXY_ZOO_2_SURVEY, type Survey } from './survey.ts';
import { visibilityOf } from './visibility.ts';
import { drawVolunteer, walkTree } from './volunteer.ts';

/** Number of volunteers per object: a truncated normal distribution. Galaxy Zoo 2's median was 44. */
export const VOTERS = { mean: 45, deviation: 6, fewest: 30, most: 60 } as const;

/** Votes by column of the survey's tree. @param isWeighted with the volunteers' weights; otherwise each vote counts 1 */
function countVotes(
  survey: Survey,
  object: SkyObject,
  seed: number,
  index: number,
  isWeighted: boolean,
): Float64Array {
  const random = new Random(seed, 'votes', index);
  const odds = evidenceOf(object, visibilityOf(object)).map(Math.exp);
  const votes = new Float64Array(survey.tree.columns.length);
  const { mean, deviation, fewest, most } = VOTERS;
  const voters = Math.min(most, Math.max(fewest, Math.round(mean + deviation * random.normal())));
  for (let voter = 0; voter < voters; voter++) {
    const volunteer = drawVolunteer(random);
    for (const column of walkTree(survey, volunteer, odds, random))
      votes[column]! += isWeighted ? volunteer.weight : 1;
  }
  return votes;
}

/**
 * The weighted vote fractions of an object.
 *
 * A question that nobody reached has zeros, as in the challenge's tables; its parents' fractions are 0 too. If its answers must
 * sum to 1, like those of the challenge's Q6, the last answer gets 1: nothing odd.
 *
 * @param index number of the object in the sky; each has its own volunteers
 * @param survey default: Galaxy Zoo 2
 * @returns `[columns]`; every sum of the tree holds to rounding
 * @example
 * voteFractions(drawObject(2014, 100001), 2014, 100001)[0]; // the share of volunteers who called it smooth
 */
export function voteFractions(
  object: SkyObject,
  seed: number,
  index: number,
  survey = GALAXY_ZOO_2_SURVEY,
): Float32Array {
  const { tree } = survey;
  const votes = countVotes(survey, object, seed, index, true);
  const conditional = new Float64Array(tree.columns.length);
  for (const { start, end, parents } of tree.questions) {
    const sum = votes.subarray(start, end).reduce((all, each) => all + each, 0);
    if (sum > 0) for (let column = start; column < end; column++) conditional[column] = votes[column]! / sum;
    else if (parents.length === 0) conditional[end - 1] = 1;
  }
  return Float32Array.from(cumulativeFractions(tree, conditional));
}

/**
 * The numbers of votes of the same volunteers, `[columns]`.
 * @example
 * voteCounts(drawObject(2014, 100001), 2014, 100001)[0]; // the number of volunteers who called it smooth
 */
export const voteCounts = (
  object: SkyObject,
  seed: number,
  index: number,
  survey = GALAXY_ZOO_2_SURVEY,
): Float64Array => countVotes(survey, object, seed, index, false);
