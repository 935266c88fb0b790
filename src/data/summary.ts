/** Describes tables: the types, the meaning and the range of their columns. */
import { LocatedError, UserError } from '../errors.ts';
import { parseNumber } from '../files/decimal.ts';
import type { PictureFile } from '../files/reference.ts';
import { SURVEYS } from '../tree/surveys.ts';
import type { Tree } from '../tree/tree.ts';
import { classColumns, closestSurvey, findKinds, usualPeopleColumn, type VoteKind } from './answerColumns.ts';
import { areCounts } from './counts.ts';
import { usualIdColumns } from './idColumn.ts';
import type { GalaxyImage } from './images.ts';
import { type CatalogueSource, joinCatalogue } from './join.ts';
import type { TableReading } from './tableReading.ts';
import { isMissing, MissingValues, type Table, type TableColumn } from './tables/table.ts';
import { type Examination, examineVotes, type VoteOptions } from './votes.ts';

/**
 * `id`: IDs of galaxies, or names of their pictures; a kind of votes: an answer of a survey's tree; `class`: answers to the only question of
 * a tree; `people`: the number of people who classified a galaxy; `path`: paths of pictures; `ignored`: not used.
 */
export type ColumnRole = 'id' | VoteKind | 'class' | 'people' | 'path' | 'ignored';

export interface ColumnSummary {
  readonly name: string;
  /** As the file declares it; else `int64`, `float64`, `bool` or `text`, as pandas would read it; `unknown` if the rows cannot be read. */
  readonly type: string;
  readonly role: ColumnRole;
  /** Number of missing cells; null if cells hold lists or groups, or the rows cannot be read. */
  readonly missing: number | null;
  /** Of numbers; null for other columns. An integer beyond 2⁵³ is a string, so that it keeps all digits. */
  readonly min: number | string | null;
  readonly max: number | string | null;
}

export interface TableSummary {
  readonly format: string;
  /** Null if the rows cannot be read. */
  readonly rows: number | null;
  readonly columns: readonly ColumnSummary[];
  /** The column of IDs, or of names of pictures; null if none has a usual name. Of several, the first without a fault. */
  readonly idColumn: string | null;
  /** The columns that may hold the IDs. Training takes the one with the pictures' names. */
  readonly idColumns: readonly string[];
  /** The survey whose answers are columns or classes, by the name of its tree; null if there is none. */
  readonly survey: string | null;
  /** How training understands the table; null if it has no labels, or training would refuse it. */
  readonly reading: TableReading | null;
  /** Numbers of rows with and without a picture, and of pictures without a row; if pictures are given and one matches. */
  readonly pictures?: {
    readonly rowsWithImage: number;
    readonly rowsWithoutImage: number;
    readonly imagesWithoutRow: number;
  };
  /** The reasons for which training would refuse the table. */
  readonly problems: readonly UserError[];
}

export interface SummaryOptions extends Omit<VoteOptions, 'pictures' | 'complete' | 'kaggle'> {
  readonly images?: {
    /** Their path, for messages. */
    readonly folder: string;
    readonly pictures: readonly GalaxyImage<PictureFile>[];
  };
}

const INTEGER = /^[+-]?\d+$/;
const BOOLEAN = /^(?:true|false)$/i;

/** Declared types of texts in ECSV, Parquet and FITS. */
const TEXT_TYPE = /^(?:str|string|utf8|text|enum|uuid|\d*A\d*)$/i;

/** The type of a column's cells, none of them missing, as pandas would read them. */
export function typeOfCells(cells: readonly string[]): 'int64' | 'float64' | 'bool' | 'text' {
  const isPadded = (cell: string) => /^[+-]?0\d+$/.test(cell); // an ID, which must keep its zeros
  if (cells.every((cell) => INTEGER.test(cell) && !isPadded(cell))) return 'int64';
  if (cells.every((cell) => !Number.isNaN(parseNumber(cell)) && !isPadded(cell))) return 'float64';
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

/** The type, the missing cells and the range of a column. @param all its cells; undefined if they hold lists or groups, or cannot be read */
function describeCells({ type }: TableColumn, all: readonly string[] | undefined) {
  if (all === undefined) return { type: type ?? 'unknown', missing: null, min: null, max: null };
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

/** Cells by column, without columns of lists or groups. @returns the fault if the first row can be read, and another one cannot */
async function readCells(table: Table) {
  const names = table.columns.map(({ name }) => name);
  const cells = new Map<string, readonly string[]>();
  let rows: number | null = null;
  const read = async (texts: readonly string[]) => {
    const columns = await table.read({ texts });
    rows = columns.rows;
    for (const [name, column] of columns.texts) cells.set(name, column);
  };
  try {
    await read(names);
  } catch (fault) {
    if (fault instanceof LocatedError) {
      await table.read({ texts: names, most: 1 });
      return { cells, rows, fault };
    }
    for (const name of names) await read([name]).catch(() => {}); // a column of lists or groups
    if (cells.size === 0) throw fault;
  }
  return { cells, rows };
}

/**
 * The survey that a table is of: the one with the most answers among its columns; else the one whose classes a column has; else
 * {@link closestSurvey}.
 * @param missing values of unknown cells
 */
export async function recogniseSurvey(table: Table, missing?: readonly string[]): Promise<Tree | undefined> {
  const names = new Set(table.columns.map(({ name }) => name));
  const found = SURVEYS.filter((tree) => findKinds(tree, names).length > 0);
  if (found.length > 0) return found.reduce((a, b) => (b.columns.length > a.columns.length ? b : a));
  const values = new MissingValues(missing);
  for (const tree of SURVEYS) if ((await classColumns(tree, table, values)).length > 0) return tree;
  return closestSurvey(table);
}

/** The roles of the columns with labels. */
async function rolesOfLabels(
  tree: Tree,
  table: Table,
  cells: ReadonlyMap<string, readonly string[]>,
  { labels = 'fractions', columns: named, missing }: SummaryOptions,
): Promise<Map<string, ColumnRole>> {
  const roles = new Map<string, ColumnRole>();
  const values = new MissingValues(missing);
  const numbers = (name: string) =>
    Float64Array.from(cells.get(name) ?? [], (cell) => (values.has(cell) ? Number.NaN : parseNumber(cell)));
  const fill = (answers: readonly string[], kind: VoteKind, isPlain: boolean) => {
    const holdsCounts = isPlain && kind === 'fractions' && areCounts(answers.map(numbers));
    for (const answer of answers) roles.set(answer, holdsCounts ? 'counts' : kind);
  };
  if (named) fill([...named.answers.values()], labels, true);
  else {
    const found = findKinds(tree, new Set(table.columns.map(({ name }) => name)));
    for (const { kind, names, isPlain } of found) fill(names, kind, isPlain);
  }
  const classes = named?.classes ?? (roles.size > 0 ? [] : await classColumns(tree, table, values));
  for (const { name } of classes) roles.set(name, 'class');
  return roles;
}

/** Examines a table. If no pictures decide between columns of IDs, a fault in one of them counts only if all have one. */
async function examine(tree: Tree | undefined, table: Table, options: VoteOptions): Promise<Examination> {
  const first = await examineVotes(tree, table, options);
  const [, ...others] = options.idColumn || options.pictures ? [] : usualIdColumns(table);
  if (first.ids) return first;
  for (const idColumn of others) {
    const other = await examineVotes(tree, table, { ...options, idColumn });
    if (other.ids) return other;
  }
  return first;
}

/**
 * Reads a table and describes its columns, and the reasons for which training would refuse it.
 * @param tree of the labels; undefined if the table is not one of labels
 * @param options as of a training
 * @throws UserError if the table cannot be read
 * @example
 * const summary = await summariseTable(table, await recogniseSurvey(table));
 * summary.problems.map(({ message }) => message); // ['votes.csv line 5: Class2.2: expected 0…1, got -99']
 */
export async function summariseTable(
  table: Table,
  tree: Tree | undefined,
  { images, ...options }: SummaryOptions = {},
): Promise<TableSummary> {
  const { file, format, columns } = table;
  const { cells, rows, fault } = await readCells(table);
  const faults: UserError[] = fault ? [fault] : [];
  const { idColumn } = options;
  const usual = idColumn === undefined ? usualIdColumns(table) : [];
  const candidates = columns.some(({ name }) => name === idColumn) ? [idColumn!] : usual;
  const pictures = images && new Set(images.pictures.map(({ id }) => id));
  const { ids, solutions, ...examined }: Examination =
    tree || idColumn !== undefined || usual.length > 0
      ? await examine(tree, table, { ...options, pictures })
      : { faults: [] };
  faults.push(...examined.faults);
  let joined: CatalogueSource | undefined;
  if (images && ids) {
    try {
      const galaxies = { file, ids: ids.ids, fractions: new Float64Array() };
      const { sources } = joinCatalogue([
        { solutions: galaxies, images: images.pictures, folder: images.folder },
      ]);
      joined = sources[0]!;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error);
    }
  }
  const roles = tree ? await rolesOfLabels(tree, table, cells, options) : new Map<string, ColumnRole>();
  const survey = tree && roles.size > 0 ? tree.data.name : null;
  const people = options.columns?.people ?? usualPeopleColumn(table);
  if (people !== undefined) roles.set(people, 'people');
  const idColumns = joined && ids ? [ids.name] : candidates;
  for (const name of idColumns) roles.set(name, 'id');
  return {
    format,
    rows,
    columns: columns.map((column) => {
      const { name } = column;
      const { type, ...range } = describeCells(column, cells.get(name));
      return { name, type, role: roles.get(name) ?? 'ignored', ...range };
    }),
    idColumn: ids?.name ?? idColumns[0] ?? null,
    idColumns,
    survey,
    reading: solutions?.reading ?? null,
    ...(joined && {
      pictures: {
        rowsWithImage: joined.galaxies,
        rowsWithoutImage: joined.rowsWithoutImage.length,
        imagesWithoutRow: joined.imagesWithoutRow,
      },
    }),
    problems: [...new Map(faults.map((each) => [each.message, each])).values()],
  };
}
