/** A galaxy's route through the tree. */
import type { Column, Tree } from './tree.ts';

/**
 * The column of the answer to `question` with the largest fraction; the first of equals.
 *
 * @param fractions `[N, columns]`, or one row
 * @param question number of the question, from 1
 * @param row which row of `fractions`
 * @returns index of the column
 * @example
 * leadingAnswer(GALAXY_ZOO_2, fractions, 1); // smooth is 0, features or disk 1, star or artifact 2
 */
export function leadingAnswer(
  { columns, questions }: Tree,
  fractions: ArrayLike<number>,
  question: number,
  row = 0,
): number {
  const { start, end } = questions[question - 1]!;
  const first = row * columns.length;
  let leading = start;
  for (let column = start + 1; column < end; column++) {
    if (fractions[first + column]! > fractions[first + leading]!) leading = column;
  }
  return leading;
}

/**
 * Tells if all answers of a question are known (not NaN) in a row.
 *
 * @param fractions `[N, columns]`
 * @param question number of the question, from 1
 * @example isKnown(GALAXY_ZOO_2, fractions, 1, row)
 */
export function isKnown(
  { columns, questions }: Tree,
  fractions: ArrayLike<number>,
  question: number,
  row = 0,
): boolean {
  const { start, end } = questions[question - 1]!;
  const first = row * columns.length;
  for (let column = start; column < end; column++) if (Number.isNaN(fractions[first + column])) return false;
  return true;
}

/**
 * The answers that most volunteers gave, one after another: from Q1, the leading answer of each question that it leads to. The
 * route ends before a question whose answers are not all known.
 *
 * @param fractions one row `[columns]`, weighted or conditional: within a question both have the same order
 * @example
 * leadingRoute(GALAXY_ZOO_2, fractions).map(({ label }) => label).join(' → '); // such as 'shape: smooth → roundness: in between → odd: no'
 */
export function leadingRoute(tree: Tree, fractions: ArrayLike<number>): Column[] {
  const route: Column[] = [];
  for (let question: number | null = 1; question !== null; question = route[route.length - 1]!.next) {
    if (!isKnown(tree, fractions, question)) break;
    route.push(tree.columns[leadingAnswer(tree, fractions, question)]!);
  }
  return route;
}
