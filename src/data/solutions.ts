/**
 * Tables of vote fractions in the layout of Kaggle's `training_solutions_rev1.csv`: `GalaxyID`, then the columns of the
 * decision tree. Solutions, predictions and submissions are such tables.
 */
import { enumerate, LocatedError, shorten, UserError } from '../errors.ts';
import { csvRecords } from '../files/csv.ts';
import { parseDecimal } from '../files/decimal.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import type { Tree } from '../tree/tree.ts';
import { isKaggleId } from './ids.ts';

/** A checked table; row i is galaxy `ids[i]`. */
export interface Solutions {
  /** The file's name, for messages. */
  readonly file: string;
  /** In the order of the file, each once. */
  readonly ids: readonly string[];
  /** Cumulative vote fractions `[N, columns]`, from 0 to 1, NaN where unknown. */
  readonly fractions: Float64Array;
}

export const ID_COLUMN = 'GalaxyID';

/** Finds the cells of the ID and of each column of the tree in the header. */
function readHeader(
  tree: Tree,
  cells: readonly string[],
  refuse: (problem: string) => LocatedError,
): [id: number, ...columns: number[]] {
  const names = [ID_COLUMN, ...tree.columns.map(({ name }) => name)];
  const got = enumerate(cells.map((cell) => shorten(cell)));
  if (!cells.some((cell) => names.includes(cell))) {
    throw refuse(`expected the header ${enumerate(names, 2)} (separated by commas), got ${got}`);
  }
  const unknown = cells.filter((cell) => !names.includes(cell)).map((cell) => `'${shorten(cell)}'`);
  const missing = names.filter((name) => !cells.includes(name));
  if (missing.length > 0) {
    const others = unknown.length > 0 ? `; unknown column ${enumerate(unknown)}` : '';
    throw refuse(`missing column ${enumerate(missing)}${others}`);
  }
  if (unknown.length > 0) {
    throw refuse(`unknown column ${enumerate(unknown)}; expected ${enumerate(names, 2)} only`);
  }
  const repeated = cells.filter((cell, i) => cells.indexOf(cell) !== i);
  if (repeated.length > 0) throw refuse(`repeated column ${enumerate(repeated)}`);
  return names.map((name) => cells.indexOf(name)) as [number, ...number[]];
}

/**
 * Reads and checks a table. Columns may come in any order; cells may be quoted; lines end in LF or CRLF; a byte-order mark
 * and blank lines are skipped. Nothing is rounded or clamped: a value outside 0…1 is an error. If the survey's tables are
 * conditional (`tree.data.fractions`), their fractions are made cumulative.
 * @param file for messages
 * @param kaggle refuse IDs that are not positive integers
 * @throws LocatedError at the first fault; UserError if there are no rows
 */
export function parseSolutions(
  tree: Tree,
  text: string,
  file: string,
  { kaggle = false }: { kaggle?: boolean } = {},
): Solutions {
  let places: [id: number, ...columns: number[]] | undefined;
  const ids: string[] = [];
  const fractions: number[] = [];
  const lineOf = new Map<string, number>();
  for (const [line, cells] of csvRecords(text, file, tree.columns.length + 1)) {
    const refuse = (problem: string) => new LocatedError(file, line, problem);
    if (places === undefined) {
      if (cells.some((cell) => cell.includes('\r'))) {
        throw refuse('expected lines that end in LF or CRLF, got CR alone');
      }
      places = readHeader(tree, cells, refuse);
      continue;
    }
    if (cells.length !== places.length) throw refuse(`expected ${places.length} cells, got ${cells.length}`);

    const id = cells[places[0]]!;
    if (id === '') throw refuse(`${ID_COLUMN}: expected an ID, got an empty cell`);
    if (kaggle && !isKaggleId(id)) {
      throw refuse(`${ID_COLUMN}: expected a positive integer, got '${shorten(id)}'`);
    }
    const before = lineOf.get(id);
    if (before !== undefined) throw refuse(`${ID_COLUMN} ${id} is already in line ${before}`);
    lineOf.set(id, line);
    ids.push(id);
    for (const { index, name } of tree.columns) {
      const cell = cells[places[1 + index]!]!;
      const value = parseDecimal(cell);
      if (!(value >= 0 && value <= 1)) {
        const got = Number.isNaN(value) ? `'${shorten(cell)}'` : cell;
        throw refuse(`${name}: expected 0…1, got ${cell === '' ? 'an empty cell' : got}`);
      }
      fractions.push(value);
    }
  }
  if (places === undefined) throw new UserError(`${file}: is empty`);
  if (ids.length === 0) throw new UserError(`${file}: has a header but no rows`);
  const table = new Float64Array(fractions);
  if (tree.data.fractions === 'conditional') {
    const width = tree.columns.length;
    for (let first = 0; first < table.length; first += width)
      table.set(cumulativeFractions(tree, table.subarray(first, first + width)), first);
  }
  return { file, ids, fractions: table };
}
