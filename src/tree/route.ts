/** The way of a galaxy through the tree. */
import { COLUMNS, type Column } from './columns.ts';
import { QUESTIONS } from './questions.ts';

/**
 * The column of the answer to `question` with the largest fraction; the first of equals.
 *
 * @param fractions `[N, 37]`, or one row
 * @param question number of the question, 1…11
 * @param row which row of `fractions`
 * @returns 0…36
 * @example
 * leadingAnswer(fractions, 1); // smooth is 0, features or disk 1, star or artifact 2
 */
export function leadingAnswer(fractions: ArrayLike<number>, question: number, row = 0): number {
  const { start, end } = QUESTIONS[question - 1];
  const first = row * COLUMNS.length;
  let leading = start;
  for (let column = start + 1; column < end; column++) {
    if (fractions[first + column] > fractions[first + leading]) leading = column;
  }
  return leading;
}

/**
 * The answers that most volunteers gave, one after another: from Q1, the leading answer of each question that it leads to.
 *
 * @param fractions one row `[37]`, weighted or conditional: within a question both have the same order
 * @example
 * leadingRoute(row).map(({ label }) => label).join(' → '); // such as 'shape: smooth → roundness: in between → odd: no'
 */
export function leadingRoute(fractions: ArrayLike<number>): Column[] {
  const route: Column[] = [];
  for (let question: number | null = 1; question !== null; question = route[route.length - 1].next) {
    route.push(COLUMNS[leadingAnswer(fractions, question)]);
  }
  return route;
}
