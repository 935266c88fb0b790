/** A galaxy's route through the tree. */
import type { Column, Tree } from './tree.ts';

/**
 * The answer to a question with the largest fraction, as the index of its column; the first of equals.
 * @param fractions `[N, columns]`, or one row
 * @param question its number, from 1
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
 * True if all answers of a question are known (not NaN) in a row.
 * @param fractions `[N, columns]`
 * @param question its number, from 1
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
 * The leading answers, from the first question to the end of the route or to a question whose answers are not all known.
 * @param fractions `[N, columns]` or one row, weighted or conditional: within a question both have the same order
 * @example
 * leadingRoute(GALAXY_ZOO_2, fractions).map(({ label }) => label).join(' → '); // such as 'shape: smooth → roundness: in between → odd: no'
 */
export function leadingRoute(tree: Tree, fractions: ArrayLike<number>, row = 0): Column[] {
  const route: Column[] = [];
  for (let question: number | null = 1; question !== null; question = route[route.length - 1]!.next) {
    if (!isKnown(tree, fractions, question, row)) break;
    route.push(tree.columns[leadingAnswer(tree, fractions, question, row)]!);
  }
  return route;
}
