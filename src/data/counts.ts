/** Counts of votes: checks them, turns them into fractions, and rebuilds them from fractions. */
import { andMore } from '../errors.ts';
import { conditionalFractions } from '../tree/conditional.ts';
import { sumOf, sumOfParents } from '../tree/sums.ts';
import type { Tree } from '../tree/tree.ts';
import { isCount } from './labels.ts';
import { faultOfCells, type TableColumns } from './tables/table.ts';

/** True if columns hold counts rather than fractions: whole numbers, some above 1. */
export function areCounts(columns: readonly Float64Array[]): boolean {
  const isWhole = (value: number) => Number.isNaN(value) || Number.isInteger(value);
  return (
    columns.every((cells) => cells.every(isWhole)) &&
    columns.some((cells) => cells.some((value) => value > 1))
  );
}

/**
 * Checks counts.
 * @param counts `[N, columns]`, NaN where unknown
 * @returns the number of rows in which a question has more votes than people led to it
 * @throws UserError that names the place of the first count that is negative or not whole, or of the first such row, unless the survey's
 * counts are rounded
 */
export function checkCounts(
  { data, questions, columns: answers }: Tree,
  counts: Float64Array,
  names: readonly (string | undefined)[],
  columns: TableColumns,
): number {
  const width = answers.length;
  let exceeding = 0;
  const isWrong = (count: number) => !Number.isNaN(count) && !isCount(count);
  const first = counts.findIndex(isWrong);
  if (first !== -1) {
    const wrong = counts.filter(isWrong);
    const more = andMore(wrong.length - 1, 'cell is no count', 'cells are no counts');
    const problem = `${names[first % width]}: expected a count, got ${wrong[0]}${more}`;
    throw faultOfCells(columns.fault(Math.floor(first / width), problem), wrong);
  }
  for (let row = 0; row < columns.rows; row++) {
    const first = row * width;
    for (const question of questions) {
      const { topic, start, end } = question;
      const people = sumOfParents(question, counts, first, Number.POSITIVE_INFINITY);
      const votes = sumOf(counts, first + start, first + end);
      if (!(votes > people)) continue;
      if (!data.roundedCounts)
        throw columns.fault(row, `question '${topic}': has ${votes} votes, but only ${people} led to it`);
      exceeding++;
      break;
    }
  }
  return exceeding;
}

/**
 * Counts as conditional fractions: each count's share of its question's votes. A question that nobody was asked has shares of 0;
 * one that was asked without an answer is unknown.
 * @param counts `[N, columns]`
 */
export function sharesOf({ columns, questions }: Tree, counts: Float64Array): Float64Array {
  const shares = new Float64Array(counts.length);
  for (let first = 0; first < counts.length; first += columns.length) {
    for (const question of questions) {
      const { start, end } = question;
      const votes = sumOf(counts, first + start, first + end);
      const isAsked = sumOfParents(question, counts, first) !== 0;
      for (let column = first + start; column < first + end; column++) {
        shares[column] = isAsked ? counts[column]! / votes : 0;
      }
    }
  }
  return shares;
}

/** A rebuilt count is whole if the exact product is at most this far from it. */
const WHOLE_TOLERANCE = 0.1;

/** Numbers of rows, and of those in which all rebuilt counts lie within 0.1 of whole numbers. */
interface WholeRows {
  readonly rows: number;
  readonly whole: number;
}

/** Whole rows in all; and for each question, of the rows in which somebody was asked it and its fractions are known. */
export interface Wholeness extends WholeRows {
  readonly questions: readonly (WholeRows & { readonly topic: string })[];
}

/**
 * Rebuilds counts from fractions and the number of people, down the tree: an answer's conditional fraction, times the number of people
 * who were asked its question, rounded. The people asked are the counts of the answers that lead there. A question never gets more votes
 * than people: its count that was rounded up most is lowered.
 * @param fractions `[N, columns]`, cumulative, NaN where unknown
 * @param people `[N]`, the people who were asked the first question
 * @returns counts `[N, columns]`, NaN where unknown
 */
export function rebuildCounts(
  tree: Tree,
  fractions: Float64Array,
  people: Float64Array,
): { counts: Float64Array; wholeness: Wholeness } {
  const width = tree.columns.length;
  const counts = new Float64Array(fractions.length);
  const questions = tree.questions.map(({ topic }) => ({ topic, rows: 0, whole: 0 }));
  let wholeRows = 0;
  people.forEach((all, row) => {
    const first = row * width;
    const own = fractions.subarray(first, first + width);
    const conditional = conditionalFractions(tree, own);
    let isWholeRow = true;
    for (const [i, question] of tree.questions.entries()) {
      const { start, end } = question;
      const number = sumOfParents(question, counts, first, all);
      const cells = counts.subarray(first + start, first + end);
      const isEmpty = own.subarray(start, end).every((value) => value === 0);
      if (number === 0 || isEmpty) continue;
      const exact = conditional.subarray(start, end).map((share) => share * number);
      cells.set(exact.map(Math.round));
      const excess = () => cells.reduce((sum, count) => sum + count, 0) - number;
      const raised = (place: number) => cells[place]! - exact[place]!;
      while (excess() > 0) {
        const most = cells.reduce((best, _, place) => (raised(place) > raised(best) ? place : best), 0);
        cells[most]!--;
      }
      if (cells.some(Number.isNaN)) continue;
      const isWhole = exact.every((value, place) => Math.abs(value - cells[place]!) <= WHOLE_TOLERANCE);
      questions[i]!.rows++;
      questions[i]!.whole += Number(isWhole);
      isWholeRow &&= isWhole;
    }
    wholeRows += Number(isWholeRow);
  });
  return { counts, wholeness: { rows: people.length, whole: wholeRows, questions } };
}
