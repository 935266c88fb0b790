/** The 37 columns of the challenge's tables, one per answer, derived from {@link DECISIONS}. */
import { DECISIONS } from './decisions.ts';

/** One answer of the tree and its column. */
export interface Column {
  /** 0-based place among the 37. */
  readonly index: number;
  /** Number of the question, 1…11. */
  readonly question: number;
  /** Number of the answer within its question, from 1. */
  readonly answer: number;
  /** Kaggle's name, `Class4.1`. */
  readonly name: string;
  /** For people, `spiral: yes`. */
  readonly label: string;
  /** Number of the question that follows this answer, or null at the end of the route. */
  readonly next: number | null;
}

/** All 37 columns, in Kaggle's order. @example COLUMNS[7].label // 'spiral: yes' */
export const COLUMNS: readonly Column[] = DECISIONS.flatMap(({ number, topic, answers }) =>
  answers.map(([text, next], i) => ({
    question: number,
    answer: i + 1,
    name: `Class${number}.${i + 1}`,
    label: `${topic}: ${text}`,
    next,
  })),
).map((column, index) => ({ index, ...column }));

/** 37. @example new Float64Array(galaxies.length * COLUMN_COUNT) */
export const COLUMN_COUNT = COLUMNS.length;

/**
 * The first line of solutions and submissions, `GalaxyID,Class1.1,…,Class11.6`, without a line end.
 * @example CSV_HEADER.split(',').length // 38
 */
export const CSV_HEADER = ['GalaxyID', ...COLUMNS.map(({ name }) => name)].join(',');

const BY_NAME = new Map(COLUMNS.map((column) => [column.name, column]));

/**
 * The column of a name, with or without `Class`; undefined where there is none.
 *
 * @example
 * columnNamed('4.1')?.label; // 'spiral: yes'
 * columnNamed('Class4.1')?.index; // 7
 */
export function columnNamed(name: string): Column | undefined {
  return BY_NAME.get(name.startsWith('Class') ? name : `Class${name}`);
}

/**
 * How many rows `[N, 37]` holds.
 * @throws RangeError where the length is no multiple of 37
 */
export function rowCount(fractions: ArrayLike<number>): number {
  const rows = fractions.length / COLUMN_COUNT;
  if (!Number.isInteger(rows)) {
    throw new RangeError(`expected rows of ${COLUMN_COUNT} fractions, got ${fractions.length} numbers`);
  }
  return rows;
}

/**
 * The fractions of galaxies or predictions as one table, `[N, 37]`.
 * @example joinedFractions([{ fractions: truth.subarray(0, 37) }]).length // 37
 */
export function joinedFractions(rows: readonly { readonly fractions: ArrayLike<number> }[]): Float64Array {
  const joined = new Float64Array(rows.length * COLUMN_COUNT);
  rows.forEach(({ fractions }, row) => {
    joined.set(fractions, row * COLUMN_COUNT);
  });
  return joined;
}
