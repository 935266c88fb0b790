/**
 * Tables of vote fractions in the layout of Kaggle's `training_solutions_rev1.csv`: true ones, and predictions and
 * submissions alike.
 *
 * Read by hand rather than through a CSV library: every cell is a number or a name without commas or line ends, so a
 * quote can only stand around a whole cell. That makes 80,000 rows a matter of half a second.
 */
import { LocatedError, shorten, UserError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import { numberedLines } from '../files/lines.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { parseGalaxyId } from './galaxyId.ts';

/** A checked table; row i is galaxy `ids[i]`. */
export interface Solutions {
  /** The file's name, for messages. */
  readonly file: string;
  /** GalaxyIDs in the order of the file, each once. */
  readonly ids: readonly number[];
  /** Weighted vote fractions `[N, 37]`, 0…1, in the order of the tree's columns. */
  readonly fractions: Float64Array;
}

const ID_COLUMN = 'GalaxyID';
/** The most characters of a line: a thousand for each cell, and what is no table is not taken apart. */
const LONGEST_LINE = 40_000;

function splitCells(line: string): string[] {
  const cells = line.split(',');
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!.trim();
    cells[i] =
      cell.length > 1 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1).trim() : cell;
  }
  return cells;
}

/** Names for a message: all of a few, some of many. */
function enumerate(names: readonly string[], shown = 4): string {
  const rest = names.length - shown;
  return rest > 0 ? `${names.slice(0, shown).join(', ')} and ${rest} more` : names.join(', ');
}

/** For the GalaxyID and then each column of the tree, which cell of a line holds it. */
function readHeader(cells: readonly string[], refuse: (problem: string) => LocatedError): number[] {
  const names = [ID_COLUMN, ...GALAXY_ZOO_2.columns.map(({ name }) => name)];
  if (!cells.some((cell) => names.includes(cell))) {
    const expected = `${enumerate(names, 2)} (separated by commas)`;
    throw refuse(`expected the header ${expected}, got ${enumerate(cells.map((cell) => shorten(cell)))}`);
  }
  const missing = names.filter((name) => !cells.includes(name));
  if (missing.length > 0) throw refuse(`missing column ${enumerate(missing)}`);
  const unknown = cells.filter((cell) => !names.includes(cell)).map((cell) => `'${shorten(cell)}'`);
  if (unknown.length > 0) throw refuse(`unknown column ${enumerate(unknown)}`);
  const repeated = cells.filter((cell, i) => cells.indexOf(cell) !== i);
  if (repeated.length > 0) throw refuse(`repeated column ${enumerate(repeated)}`);
  return names.map((name) => cells.indexOf(name));
}

/**
 * Reads and checks a table. Columns may stand in any order; cells may be quoted; lines end in LF or CRLF; a byte-order
 * mark and blank lines are passed over. Nothing is rounded or clamped: a value beyond 0…1 is an error.
 *
 * @param text the whole file
 * @param file its name, for messages
 * @throws LocatedError at the first fault; UserError where there are no rows
 * @example
 * const { ids, fractions } = parseSolutions(text, 'training_solutions_rev1.csv');
 * fractions[7]; // Class4.1 of galaxy ids[0]
 */
export function parseSolutions(text: string, file: string): Solutions {
  let order: number[] | undefined;
  const ids: number[] = [];
  let fractions = new Float64Array(1024 * GALAXY_ZOO_2.columns.length);
  const lineOf = new Map<number, number>();
  for (const [line, content] of numberedLines(text)) {
    const refuse = (problem: string) => new LocatedError(file, line, problem);
    if (content.length > LONGEST_LINE) {
      throw refuse(
        `expected ${GALAXY_ZOO_2.columns.length + 1} cells, got a line of ${content.length} characters`,
      );
    }
    if (order === undefined && content.trim().includes('\r')) {
      throw refuse('expected lines that end in LF or CRLF, got CR alone');
    }
    const cells = splitCells(content);
    if (order === undefined) {
      order = readHeader(cells, refuse);
      continue;
    }
    if (cells.length !== order.length) throw refuse(`expected ${order.length} cells, got ${cells.length}`);

    const idCell = cells[order[0]!];
    const id = parseGalaxyId(idCell!);
    if (id === undefined)
      throw refuse(`${ID_COLUMN}: expected a positive integer, got '${shorten(idCell!)}'`);
    const before = lineOf.get(id);
    if (before !== undefined) throw refuse(`${ID_COLUMN} ${id} stands in line ${before} already`);
    lineOf.set(id, line);
    const row = ids.push(id) - 1;
    if (fractions.length === row * GALAXY_ZOO_2.columns.length) {
      const longer = new Float64Array(2 * fractions.length);
      longer.set(fractions);
      fractions = longer;
    }

    for (const { index, name } of GALAXY_ZOO_2.columns) {
      const cell = cells[order[1 + index]!];
      const value = parseDecimal(cell!);
      if (!(value >= 0 && value <= 1)) {
        const got = Number.isNaN(value) ? `'${shorten(cell!)}'` : cell;
        throw refuse(`${name}: expected 0…1, got ${cell === '' ? 'an empty cell' : got}`);
      }
      fractions[row * GALAXY_ZOO_2.columns.length + index] = value;
    }
  }
  if (order === undefined) throw new UserError(`${file}: is empty`);
  if (ids.length === 0) throw new UserError(`${file}: holds a header and no rows`);
  return { file, ids, fractions: fractions.slice(0, ids.length * GALAXY_ZOO_2.columns.length) };
}
