/** Selects the answers to explain. */
import { OptionError } from '../errors.ts';
import { leadingRoute } from '../tree/route.ts';
import { answerNumber, type Column, columnNamed, type Tree } from '../tree/tree.ts';

/** One answer, each picture's deciding answer, or all. */
export type AnswerChoice = Column | 'auto' | 'all';

/**
 * Parses an answer: `auto`, `all` or a number of the tree, `4.1`.
 * @throws OptionError with the path `answer`, if the tree has no such answer
 */
export function parseAnswer(tree: Tree, text: string): AnswerChoice {
  if (text === 'auto' || text === 'all') return text;
  const column = columnNamed(tree, text);
  if (column !== undefined) return column;
  const [first, last] = [tree.columns[0]!, tree.columns.at(-1)!].map(answerNumber);
  throw new OptionError('answer', `expected auto, all or an answer of the tree, ${first} … ${last}`, text);
}

/** True if a question's answers lead to different questions. */
const branches = ({ columns }: Tree, { question }: Column): boolean =>
  new Set(columns.filter((each) => each.question === question).map(({ next }) => next)).size > 1;

/**
 * The answer that decides the galaxy's kind: on its leading route, the last answer to a question at which the tree branches. An
 * answer that ends the route at a later question which everybody is asked is skipped: "odd: no" applies to nearly all galaxies. In Galaxy
 * Zoo 2 the deciding question is 1 (smooth, disk, star), 2 (edge-on), 4 (spiral) or, if the galaxy is odd, 6.
 * @param fractions `[columns]`
 */
export function decidingAnswer(tree: Tree, fractions: ArrayLike<number>): Column {
  const route = leadingRoute(tree, fractions);
  const isSkipped = ({ question, next }: Column) =>
    next === null && question > 1 && tree.questions[question - 1]!.parents.length === 0;
  return route.findLast((column) => branches(tree, column) && !isSkipped(column)) ?? route.at(-1)!;
}

/** The answers to explain for a picture with these fractions, `[columns]`. */
export function chosenAnswers(
  tree: Tree,
  choice: AnswerChoice,
  fractions: ArrayLike<number>,
): readonly Column[] {
  if (choice === 'all') return tree.columns;
  return [choice === 'auto' ? decidingAnswer(tree, fractions) : choice];
}
