/** How a table of votes was understood, for a note to the user. */
import { enumerate } from '../errors.ts';
import type { FractionKind } from '../tree/tree.ts';
import { KIND_NAMES, type VoteKind } from './answerColumns.ts';
import type { Wholeness } from './counts.ts';

/** How a table was understood. */
export interface TableReading {
  readonly idColumn: string;
  readonly kind: VoteKind | 'classes';
  /** The convention of its fractions. */
  readonly convention?: FractionKind;
  /** The columns of answers or classes. */
  readonly answers: readonly string[];
  /** The classes by their numbers, if cells are numbers: `0 spiral`. */
  readonly numbered?: readonly string[];
  /** The classes that occur in no row, if there are any. */
  readonly absent?: readonly string[];
  readonly ignored: readonly string[];
  /** Number of unknown cells in the columns of answers. */
  readonly unknown: number;
  /** The user's values of unknown cells, and the number of cells that have each. */
  readonly missing?: Readonly<Record<string, number>>;
  /** Number of rows in which a question has more votes than people led to it, as rounded counts may; if there are any. */
  readonly exceeding?: number;
  /** Number of rows in which the fractions of a question do not have the sum of their convention, if there are any. */
  readonly odd?: number;
  /** How well counts could be rebuilt, with the column of the number of people. */
  readonly rebuilt?: Wholeness & { readonly people: string };
}

/** A number with its noun. */
const counted = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;

function describeRebuilt({ people, rows, whole, questions }: NonNullable<TableReading['rebuilt']>): string {
  const share = ({ rows, whole }: { rows: number; whole: number }) => (rows === 0 ? 1 : whole / rows);
  const worst = questions.reduce((a, b) => (share(b) < share(a) ? b : a));
  const about = `counts rebuilt with ${people} are not whole in ${rows - whole} of ${rows} rows`;
  return share(worst) === 1
    ? about
    : `${about} (most often '${worst.topic}': ${worst.rows - worst.whole} of ${worst.rows})`;
}

/** @example describeUnknown(105, { '-99': 90 }) // '105 cells unknown (90 are -99)' */
function describeUnknown(unknown: number, missing: TableReading['missing'] = {}): string {
  const values = Object.entries(missing).map(([value, cells]) => `${counted(cells, 'is', 'are')} ${value}`);
  return `${counted(unknown, 'cell', 'cells')} unknown${values.length > 0 ? ` (${values.join(', ')})` : ''}`;
}

/** The fault of the sums that `TableReading.odd` counts, by convention. */
const ODD_SUMS: Readonly<Record<FractionKind, string>> = {
  cumulative: 'the fractions of a question do not add up to those that lead to it',
  conditional: 'the fractions of a question do not add up to 1',
};

/**
 * How a table was understood, in one line.
 * @example
 * readingInWords({ idColumn: 'objid', kind: 'counts', answers: ['smooth', 'disk'], ignored: ['ra'], unknown: 0 });
 * // 'counts of 2 answers, IDs from objid; 1 other column ignored: ra'
 */
export function readingInWords({
  idColumn,
  kind,
  convention,
  answers,
  numbered,
  absent,
  ignored,
  unknown,
  missing,
  exceeding,
  odd,
  rebuilt,
}: TableReading): string {
  const labels =
    kind === 'classes'
      ? `classes from ${answers.join(' and ')}`
      : `${convention ? `${convention} ` : ''}${KIND_NAMES[kind]} of ${counted(answers.length, 'answer', 'answers')}`;
  return [
    `${labels}, IDs from ${idColumn}`,
    ...(numbered ? [`numbers mean ${enumerate(numbered, 12)}`] : []),
    ...(absent ? [`no galaxy is ${enumerate(absent)}`] : []),
    ...(unknown > 0 || missing ? [describeUnknown(unknown, missing)] : []),
    ...(ignored.length > 0
      ? [`${counted(ignored.length, 'other column', 'other columns')} ignored: ${enumerate(ignored)}`]
      : []),
    ...(exceeding
      ? [`in ${counted(exceeding, 'row', 'rows')} a question has more votes than led to it`]
      : []),
    ...(odd ? [`in ${counted(odd, 'row', 'rows')} ${ODD_SUMS[convention!]}`] : []),
    ...(rebuilt ? [describeRebuilt(rebuilt)] : []),
  ].join('; ');
}

/** The line about a table's file. @example describeReading('votes.csv', reading) // 'votes.csv: counts of 2 answers, …' */
export const describeReading = (file: string, reading: TableReading): string =>
  `${file}: ${readingInWords(reading)}`;
