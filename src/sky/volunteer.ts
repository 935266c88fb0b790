/**
 * One person who votes: keen to see structure or not, careful or careless.
 *
 * Galaxy Zoo 2 (Willett et al. 2013, section 3.2) counts a person who keeps disagreeing with the others for less, with weight
 * (consistency / 0.6)^8.5 below 0.6 and 1 above: some votes of the tables are worth next to nothing.
 */
import type { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed } from '../tree/tree.ts';
import type { Survey } from './survey.ts';

/** Answers that see something where others do not: these go with how keen a person is. */
const STRUCTURE = ['1.2', '3.1', '4.1', '6.1'].map((name) => columnNamed(GALAXY_ZOO_2, name)!.index);

/** How people differ. */
const PEOPLE = {
  /** Standard deviation of the logarithm of the keenness to see structure. */
  keenness: 0.6,
  /** Share of the questions that anybody answers with a slip of the hand. */
  slips: 0.003,
  /**
   * Share of those who call everything a star or artifact. The challenge's tables are full of fractions of Class1.3 that are
   * less than a vote in 45 and have none elsewhere: the people who count for little clicked there.
   */
  careless: 0.02,
  /** Of their consistency over what is asked for, which is anything in 0…1. */
  weightExponent: 8.5,
};

export interface Volunteer {
  /** How much likelier than others to see structure: a factor of its odds. */
  readonly keenness: number;
  /** Calls everything a star or artifact. */
  readonly isCareless: boolean;
  /** What a vote counts, 0…1. */
  readonly weight: number;
}

/** Somebody who comes by. */
export function drawVolunteer(random: Random): Volunteer {
  const keenness = Math.exp(PEOPLE.keenness * random.normal());
  const isCareless = random.uniform() < PEOPLE.careless;
  return { keenness, isCareless, weight: isCareless ? random.uniform() ** PEOPLE.weightExponent : 1 };
}

const STAR_OR_ARTIFACT = columnNamed(GALAXY_ZOO_2, '1.3')!.index;

const LEANS = GALAXY_ZOO_2.columns.map(({ index }) => STRUCTURE.includes(index));

/** A column of the question, drawn with chances in proportion to its odds and the person's leaning. */
function answer(
  { tree, evidence }: Survey,
  person: Volunteer,
  question: number,
  odds: Float64Array,
  random: Random,
): number {
  const { start, end } = tree.questions[question - 1]!;
  if (random.uniform() < PEOPLE.slips) return start + random.below(end - start);
  const leaning = (column: number) => odds[column]! * (LEANS[column] ? person.keenness : 1);
  const weight = (column: number) => evidence[column]!.reduce((sum, each) => sum + leaning(each), 0);
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
 * The columns of a person's answers, question by question, from the first to the end of the route.
 *
 * @param odds of the answers of Galaxy Zoo 2, for an ordinary person; their scale within a question is free
 */
export function walkTree(survey: Survey, person: Volunteer, odds: Float64Array, random: Random): number[] {
  const { tree, evidence } = survey;
  if (person.isCareless) {
    // Without such an answer, the last one of the first question.
    const careless = evidence.findIndex((columns) => columns.includes(STAR_OR_ARTIFACT));
    return [careless >= 0 && tree.columns[careless]!.question === 1 ? careless : tree.questions[0]!.end - 1];
  }
  const answers: number[] = [];
  for (let question: number | null = 1; question !== null; ) {
    const column = answer(survey, person, question, odds, random);
    answers.push(column);
    question = tree.columns[column]!.next;
  }
  return answers;
}
