/**
 * Volunteers. They differ in how readily they see structure, and some are careless.
 *
 * Galaxy Zoo 2 (Willett et al. 2013, section 3.2) gives volunteers who often disagree with the others a lower weight:
 * (consistency / 0.6)^8.5 below a consistency of 0.6, and 1 above it. So some votes in the tables count for almost nothing.
 */
import type { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed } from '../tree/tree.ts';
import type { Survey } from './survey.ts';

/** Answers that see structure where others see none. The keenness of a volunteer multiplies their odds. */
const STRUCTURE = ['1.2', '3.1', '4.1', '6.1'].map((name) => columnNamed(GALAXY_ZOO_2, name)!.index);

/** How volunteers differ. */
const VOLUNTEERS = {
  /** Standard deviation of the logarithm of the keenness to see structure. */
  keenness: 0.6,
  /** Share of answers that are slips: any answer, at random. */
  slips: 0.003,
  /**
   * Share of volunteers who call everything a star or artifact. In the challenge's tables, only Class1.3 has many fractions below
   * one vote in 45: volunteers of low weight chose it.
   */
  careless: 0.02,
  /** Exponent of a careless volunteer's weight u^exponent, u uniform in 0…1. */
  weightExponent: 8.5,
};

export interface Volunteer {
  /** Factor of the odds of answers that see structure. */
  readonly keenness: number;
  /** Calls everything a star or artifact. */
  readonly isCareless: boolean;
  /** Weight of each vote, 0…1. */
  readonly weight: number;
}

/** Draws a volunteer at random. */
export function drawVolunteer(random: Random): Volunteer {
  const keenness = Math.exp(VOLUNTEERS.keenness * random.normal());
  const isCareless = random.uniform() < VOLUNTEERS.careless;
  return { keenness, isCareless, weight: isCareless ? random.uniform() ** VOLUNTEERS.weightExponent : 1 };
}

const STAR_OR_ARTIFACT = columnNamed(GALAXY_ZOO_2, '1.3')!.index;

const SEES_STRUCTURE = GALAXY_ZOO_2.columns.map(({ index }) => STRUCTURE.includes(index));

/** Draws an answer to a question, as its column; the probabilities are proportional to the odds times the keenness. */
function answer(
  { tree, evidence }: Survey,
  volunteer: Volunteer,
  question: number,
  odds: Float64Array,
  random: Random,
): number {
  const { start, end } = tree.questions[question - 1]!;
  if (random.uniform() < VOLUNTEERS.slips) return start + random.below(end - start);
  const ownOdds = (column: number) => odds[column]! * (SEES_STRUCTURE[column] ? volunteer.keenness : 1);
  const weight = (column: number) => evidence[column]!.reduce((sum, each) => sum + ownOdds(each), 0);
  let rest = 0;
  for (let column = start; column < end; column++) rest += weight(column);
  rest *= random.uniform();
  for (let column = start; column < end - 1; column++) {
    rest -= weight(column);
    if (rest < 0) return column;
  }
  return end - 1;
}

/**
 * Answers the tree as one volunteer.
 *
 * @param odds of Galaxy Zoo 2's answers for an average volunteer; their scale within a question is free
 * @returns the columns of the answers, from the first question to the end of the route
 */
export function walkTree(survey: Survey, volunteer: Volunteer, odds: Float64Array, random: Random): number[] {
  const { tree, evidence } = survey;
  if (volunteer.isCareless) {
    // If the tree has no such answer, the last one of the first question.
    const careless = evidence.findIndex((columns) => columns.includes(STAR_OR_ARTIFACT));
    return [careless >= 0 && tree.columns[careless]!.question === 1 ? careless : tree.questions[0]!.end - 1];
  }
  const answers: number[] = [];
  for (let question: number | null = 1; question !== null; ) {
    const column = answer(survey, volunteer, question, odds, random);
    answers.push(column);
    question = tree.columns[column]!.next;
  }
  return answers;
}
