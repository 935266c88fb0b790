/** Which of the 37 answers is explained. */
import { UserError } from '../errors.ts';
import { leadingRoute } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { type Column, columnNamed } from '../tree/tree.ts';

/** One answer; the one that decides, picture by picture; or all 37. */
export type AnswerChoice = Column | 'auto' | 'all';

/**
 * What `--answer` asks for.
 * @throws UserError where there is no such answer
 * @example parseAnswer('4.1') // { label: 'spiral: yes', … }
 */
export function parseAnswer(text: string): AnswerChoice {
  if (text === 'auto' || text === 'all') return text;
  const column = columnNamed(GALAXY_ZOO_2, text);
  if (column === undefined) {
    throw new UserError(`--answer ${text}: expected auto, all or an answer of the tree, 1.1 … 11.6`);
  }
  return column;
}

/** Whether a question's answers lead to different questions: bar, bulge, roundness and counts of arms do not. */
function branches({ question }: Column): boolean {
  return (
    new Set(GALAXY_ZOO_2.columns.filter((each) => each.question === question).map(({ next }) => next)).size >
    1
  );
}

/**
 * The answer that makes a galaxy what it is: on its leading route, the last one to a question at which the tree branches.
 * These are 1 (smooth, disk, star), 2 (edge-on), 4 (spiral) and, where it is answered yes, 6 (odd): "odd: no" is said of nearly all
 * and says nothing of what a galaxy looks like.
 * @param fractions [37]
 * @example decidingAnswer(fractions).label // such as 'spiral: yes'
 */
export function decidingAnswer(fractions: ArrayLike<number>): Column {
  return leadingRoute(GALAXY_ZOO_2, fractions).findLast(
    (column) => branches(column) && column.name !== 'Class6.2',
  )!;
}

/** The answers that a choice means for a picture of these fractions. @example chosenAnswers('all', fractions).length // 37 */
export function chosenAnswers(choice: AnswerChoice, fractions: ArrayLike<number>): readonly Column[] {
  if (choice === 'all') return GALAXY_ZOO_2.columns;
  return [choice === 'auto' ? decidingAnswer(fractions) : choice];
}
