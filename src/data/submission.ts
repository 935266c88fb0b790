/** Tables of predictions in the format of Kaggle's `central_pixel_benchmark.csv`: every line ends in CRLF. */
import { conditionalFractions } from '../tree/conditional.ts';
import type { Tree } from '../tree/tree.ts';
import { ID_COLUMN } from './idColumn.ts';
import type { Solutions } from './votes.ts';

/** Cumulative vote fractions `[columns]` of a galaxy; NaN where unknown. */
export interface Prediction {
  readonly id: string;
  readonly fractions: ArrayLike<number>;
}

/** The rows of a table; their fractions are views of the table's. */
export function tableRows({ columns }: Tree, { ids, fractions }: Omit<Solutions, 'file'>) {
  const width = columns.length;
  return ids.map((id, row) => ({ id, fractions: fractions.subarray(row * width, (row + 1) * width) }));
}

/** The first line of a submission. */
export const submissionHeader = ({ columns }: Tree): string =>
  `${[ID_COLUMN, ...columns.map(({ name }) => name)].join(',')}\r\n`;

/**
 * The shortest decimal that reads back as the same float32. It has nine digits at most; any decimal of six digits or fewer
 * survives float32, so rounding to six finds all shorter ones.
 * @example shortestFloat32(Math.fround(0.1)) // '0.1', where String gives '0.10000000149011612'
 */
export function shortestFloat32(value: number): string {
  const target = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(target.toPrecision(digits));
    if (Math.fround(short) === target) return String(short);
  }
  return String(Number(target.toPrecision(9)));
}

/** An ID as a CSV cell: quoted if it would not read back as it is. @example idCell('M51, Whirlpool') // '"M51, Whirlpool"' */
export const idCell = (id: string): string =>
  /[",\r\n]|^\s|\s$/.test(id) ? `"${id.replaceAll('"', '""')}"` : id;

/**
 * The fractions of a submission, in the convention of the survey's tables, `tree.data.fractions`; see {@link tableCells}.
 * @throws RangeError as there
 */
export function submissionCells(tree: Tree, { id, fractions }: Prediction, blanks = false) {
  const convert = tree.data.fractions === 'conditional';
  const values = convert ? conditionalFractions(tree, fractions) : fractions;
  return tableCells(tree, { id, fractions: values }, blanks);
}

/**
 * The values of a row as they are, rounded to float32.
 * @param blanks unknown fractions (NaN) become null, an empty cell
 * @throws RangeError if the number of fractions is not that of the tree's columns, or one is not 0…1 as a float32
 */
export function tableCells(
  { columns }: Tree,
  { id, fractions }: Prediction,
  blanks = false,
): (number | null)[] {
  if (fractions.length !== columns.length) {
    throw new RangeError(`galaxy ${id}: expected ${columns.length} fractions, got ${fractions.length}`);
  }
  return columns.map(({ name, index }) => {
    const value = Math.fround(fractions[index]!);
    if (value >= 0 && value <= 1) return value;
    if (blanks && Number.isNaN(value)) return null;
    throw new RangeError(`galaxy ${id}: ${name}: expected 0…1, got ${fractions[index]}`);
  });
}

/**
 * One line of a submission; see {@link submissionCells}.
 * @throws RangeError as there
 * @example submissionLine(GALAXY_ZOO_2, { id: '100018', fractions }) // '100018,0.4684812,0.506185,…\r\n'
 */
export function submissionLine(tree: Tree, prediction: Prediction, blanks = false): string {
  const cells = submissionCells(tree, prediction, blanks).map((cell) =>
    cell === null ? '' : shortestFloat32(cell),
  );
  return `${[idCell(prediction.id), ...cells].join(',')}\r\n`;
}
