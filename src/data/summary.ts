/** Describes tables: the types, the meaning and the range of their columns. */
import { parseNumber } from '../files/decimal.ts';
import type { Tree } from '../tree/tree.ts';
import { classColumns, findKinds, usualPeopleColumn, type VoteKind } from './answerColumns.ts';
import { areCounts } from './counts.ts';
import { usualIdColumns } from './idColumn.ts';
import { isMissing, type Table, type TableColumn } from './tables/table.ts';

/**
 * `id`: IDs of galaxies, or names of their pictures; a kind of votes: an answer of a survey's tree; `class`: answers to the only question of
 * a tree; `people`: the number of people who classified a galaxy; `ignored`: not used.
 */
export type ColumnRole = 'id' | VoteKind | 'class' | 'people' | 'ignored';

export interface ColumnSummary {
  readonly name: string;
  /** As the file declares it; else `int64`, `float64`, `bool` or `text`, as pandas would read it. */
  readonly type: string;
  readonly role: ColumnRole;
  /** Number of missing cells; null if cells hold lists or groups. */
  readonly missing: number | null;
  /** Of numbers; null for other columns. An integer beyond 2⁵³ is a string, so that it keeps all digits. */
  readonly min: number | string | null;
  readonly max: number | string | null;
}

export interface TableSummary {
  readonly format: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
  /** The column of IDs, or of names of pictures; null if none has a usual name. */
  readonly idColumn: string | null;
  /** The survey whose answers are columns or classes, by the name of its tree; null if there is none. */
  readonly survey: string | null;
}

const INTEGER = /^[+-]?\d+$/;
const BOOLEAN = /^(?:true|false)$/i;

/** Declared types of texts in ECSV, Parquet and FITS. */
const TEXT_TYPE = /^(?:str|string|utf8|text|enum|uuid|\d*A\d*)$/i;

/** The type of a column's cells, none of them missing, as pandas would read them. */
export function typeOfCells(cells: readonly string[]): 'int64' | 'float64' | 'bool' | 'text' {
  // An integer with leading zeros is an ID: it would lose them.
  if (cells.every((cell) => INTEGER.test(cell) && !/^[+-]?0\d/.test(cell))) return 'int64';
  if (cells.every((cell) => !Number.isNaN(parseNumber(cell)) && !/^[+-]?0\d/.test(cell))) return 'float64';
  return cells.every((cell) => BOOLEAN.test(cell)) ? 'bool' : 'text';
}

const exact = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

/** The smallest and the largest number. */
function rangeOf(cells: readonly string[]): Pick<ColumnSummary, 'min' | 'max'> {
  if (cells.every((cell) => INTEGER.test(cell))) {
    let [min, max] = [BigInt(cells[0]!), BigInt(cells[0]!)];
    for (const cell of cells) {
      const value = BigInt(cell);
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min: exact(min), max: exact(max) };
  }
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const cell of cells) {
    const value = parseNumber(cell);
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const inJson = (value: number) => (Number.isFinite(value) ? value : String(value));
  return { min: inJson(min), max: inJson(max) };
}

/** The type, the missing cells and the range of a column. @param all its cells; undefined if they hold lists or groups */
function describeCells({ type }: TableColumn, all: readonly string[] | undefined) {
  if (all === undefined) return { type: type ?? 'list', missing: null, min: null, max: null };
  const cells = all.filter((cell) => !isMissing(cell));
  const found = typeOfCells(cells);
  const isNumber =
    cells.length > 0 && (found === 'int64' || found === 'float64') && !TEXT_TYPE.test(type ?? '');
  const range = isNumber ? rangeOf(cells) : { min: null, max: null };
  return {
    type: type ?? (cells.length === 0 ? 'text' : found),
    missing: all.length - cells.length,
    ...range,
  };
}

/** Cells by column, without columns of lists or groups. */
async function readCells(table: Table) {
  const names = table.columns.map(({ name }) => name);
  const cells = new Map<string, readonly string[]>();
  let rows = 0;
  const read = async (texts: readonly string[]) => {
    const columns = await table.read({ texts });
    rows = columns.rows;
    for (const [name, column] of columns.texts) cells.set(name, column);
  };
  try {
    await read(names);
  } catch (error) {
    for (const name of names) await read([name]).catch(() => {}); // a column of lists or groups
    if (cells.size === 0) throw error;
  }
  return { cells, rows };
}

/**
 * Reads a table and describes its columns.
 * @param trees the surveys whose answers are recognised; of several, the one with the most columns in the table is reported
 * @throws UserError if the table cannot be read
 * @example (await summariseTable(await openTable(bytes, 'votes.csv'), SURVEYS)).idColumn // 'GalaxyID'
 */
export async function summariseTable(table: Table, trees: readonly Tree[]): Promise<TableSummary> {
  const { format, columns } = table;
  const { cells, rows } = await readCells(table);
  const names = new Set(columns.map(({ name }) => name));
  const numbers = (name: string) => Float64Array.from(cells.get(name) ?? [], parseNumber);
  const roles = new Map<string, ColumnRole>();
  let survey: string | null = null;
  let most = 0;
  for (const tree of trees) {
    const found = findKinds(tree, names);
    if (found.length === 0 || tree.columns.length <= most) continue;
    most = tree.columns.length;
    survey = tree.data.name;
    roles.clear();
    for (const { kind, names: answers, isPlain } of found) {
      const holdsCounts = isPlain && kind === 'fractions' && areCounts(answers.map(numbers));
      for (const answer of answers) roles.set(answer, holdsCounts ? 'counts' : kind);
    }
  }
  for (const tree of trees) {
    if (survey !== null) break;
    for (const { name } of await classColumns(tree, table)) {
      roles.set(name, 'class');
      survey = tree.data.name;
    }
  }
  const people = usualPeopleColumn(table);
  if (people !== undefined) roles.set(people, 'people');
  const idColumns = usualIdColumns(table);
  for (const name of idColumns) roles.set(name, 'id');
  return {
    format,
    rows,
    columns: columns.map((column) => {
      const { name } = column;
      const { type, ...range } = describeCells(column, cells.get(name));
      return { name, type, role: roles.get(name) ?? 'ignored', ...range };
    }),
    idColumn: idColumns[0] ?? null,
    survey,
  };
}
