/** A galaxy's route through the tree. */
import { conditionalFractions } from './conditional.ts';
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
 * @param fractions `[N, columns]` or one row, cumulative or conditional: within a question both have the same order
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

/**
 * A route in words. `yes` becomes the topic of its question; `no` is left out, unless nothing else is left; other answers below the
 * second question are named with the topic, unless they mention it.
 * @example
 * routeInWords(GALAXY_ZOO_2, leadingRoute(GALAXY_ZOO_2, fractions)); // 'features or disk, spiral, arm winding tight, arm count 2, bulge obvious'
 */
export function routeInWords({ questions }: Tree, route: readonly Column[]): string {
  const words = route.map(({ question, text }, depth) => {
    const { topic } = questions[question - 1]!;
    if (/^yes$/i.test(text)) return topic;
    if (/^no$/i.test(text)) return '';
    const isClear = depth < 2 || topic.split(' ').some((word) => text.includes(word));
    return isClear ? text : `${topic} ${text}`;
  });
  const said = words.filter((each) => each !== '');
  return (said.length > 0 ? said : route.map(({ label }) => label)).join(', ');
}

/**
 * The probability of a route: the product of the conditional fractions of its answers.
 * @param fractions `[columns]`, cumulative or conditional
 * @example routeProbability(classesTree(['spiral', 'smooth']), leadingRoute(tree, [0.25, 0.75]), [0.25, 0.75]) // 0.75
 */
export function routeProbability(tree: Tree, route: readonly Column[], fractions: ArrayLike<number>): number {
  const conditional = conditionalFractions(tree, fractions);
  return route.reduce((product, { index }) => product * conditional[index]!, 1);
}
