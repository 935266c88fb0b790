/** Reads tables of votes. */
import { type ColumnNames, parseColumnNames } from '../../data/answerColumns.ts';
import { chooseIds, type IdOptions, idCandidates } from '../../data/idColumn.ts';
import { openTable } from '../../data/tables/open.ts';
import type { Table } from '../../data/tables/table.ts';
import { readVotes, type Solutions, type VoteOptions } from '../../data/votes.ts';
import { enumerate, OptionError, shorten, UserError } from '../../errors.ts';
import { parseJson } from '../../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../../files/read.ts';
import { type FileReference, referenceLabel } from '../../files/reference.ts';
import type { Tree } from '../../tree/tree.ts';
import { nodeFiles } from '../files/files.ts';
import { gunzip } from '../files/gunzip.ts';
import { listSource, readReference } from '../files/source.ts';

/** The endings of tables' names. The content determines the format. */
const ENDINGS = ['.csv', '.tsv', '.ecsv', '.parquet', '.fits', '.fit'].flatMap((ending) => [
  ending,
  `${ending}.gz`,
]);

/** Options of a table of votes; `columns` is a JSON file with the names of its columns (see `parseColumnNames`). */
export type TableOptions = Omit<VoteOptions, 'columns'> & { readonly columns?: string };

/** Options on the labels of a table. */
export type LabelOptions = Pick<
  TableOptions,
  'labels' | 'fractions' | 'idColumn' | 'columns' | 'countsFromFractions' | 'missing'
>;

/** The options on labels among others. */
export const labelOptions = ({
  labels,
  fractions,
  idColumn,
  columns,
  countsFromFractions,
  missing,
}: LabelOptions): LabelOptions => ({ labels, fractions, idColumn, columns, countsFromFractions, missing });

/** @throws OptionError if an option on labels is given where it would be ignored */
export function refuseLabelOptions(options: LabelOptions, problem: string): void {
  const given = Object.entries(labelOptions(options)).find(
    ([, value]) => value !== undefined && value !== false,
  );
  if (given) throw new OptionError(given[0], problem, given[1] === true ? undefined : given[1]);
}

/**
 * Reads the user's names of columns (see `parseColumnNames`).
 * @param path a JSON file; undefined if there is none
 * @throws UserError that names the file and the column at fault
 */
export async function readColumnNames(
  tree: Tree,
  path: string | undefined,
): Promise<ColumnNames | undefined> {
  if (path === undefined) return undefined;
  return parseColumnNames(tree, parseJson(await readText(nodeFiles, path, LONGEST_SETTINGS), path), path);
}

/**
 * The file of a table of votes.
 * @param path a table, gzipped or not, or a zip or folder that holds exactly one
 * @throws UserError if there is no such table, or several
 */
export async function findTable(path: string): Promise<FileReference> {
  const tables = await listSource(path, ENDINGS);
  if (tables.length > 1) {
    const names = tables.map(({ name }) => shorten(name, 100));
    throw new UserError(`${path}: expected one table, got ${tables.length}: ${enumerate(names)}`);
  }
  return tables[0]!;
}

/** Opens a table. @param path as for `findTable` */
async function openTableFile(path: string): Promise<Table> {
  const reference = await findTable(path);
  return openTable(await readReference(reference), referenceLabel(reference), gunzip);
}

/**
 * Reads the IDs of a table, each once.
 * @param path as for `findTable`
 * @throws UserError or OptionError as `chooseIds`
 */
export async function readIds(path: string, options: IdOptions): Promise<readonly string[]> {
  const table = await openTableFile(path);
  const candidates = idCandidates(table, options);
  return chooseIds(table, await table.read({ texts: candidates }), candidates, options).ids;
}

/**
 * Reads a table of votes (see `readVotes`): solutions, predictions or a submission.
 * @param path as for `findTable`
 * @throws UserError that names file, place and column of the first fault
 * @example
 * const truth = await readSolutions(GALAXY_ZOO_2, 'training_solutions_rev1.zip');
 */
export async function readSolutions(
  tree: Tree,
  path: string,
  { columns, ...options }: TableOptions = {},
): Promise<Solutions> {
  const names = await readColumnNames(tree, columns);
  const table = await openTableFile(path);
  return await readVotes(tree, table, { ...options, columns: names });
}

/**
 * Reads a table that this program wrote, or one in its format: predictions, submissions, the labels of a run.
 * @param options as of `readSolutions`
 * @throws UserError as there
 */
export const readOwnTable = (
  tree: Tree,
  path: string,
  options: Pick<TableOptions, 'complete' | 'kaggle'> = {},
): Promise<Solutions> =>
  readSolutions(tree, path, {
    labels: 'fractions',
    fractions: tree.data.fractions,
    anySums: true,
    ...options,
  });
