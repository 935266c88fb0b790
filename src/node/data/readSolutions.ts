/** Reads tables of vote fractions. */
import { openTable } from '../../data/tables/open.ts';
import { readVotes, type Solutions, type VoteOptions } from '../../data/votes.ts';
import { enumerate, shorten, UserError } from '../../errors.ts';
import type { Tree } from '../../tree/tree.ts';
import { gunzip } from '../files/gunzip.ts';
import { listSource, readReference, referenceLabel } from '../files/source.ts';

/** The endings of tables' names. Their content decides the format. */
const ENDINGS = ['.csv', '.tsv', '.ecsv', '.parquet', '.fits', '.fit'].flatMap((ending) => [
  ending,
  `${ending}.gz`,
]);

/**
 * Reads a table of votes (see `readVotes`): solutions, predictions or a submission.
 * @param path a table, gzipped or not, or a zip or folder that holds exactly one
 * @throws UserError that names file, place and column of the first fault
 * @example
 * const truth = await readSolutions(GALAXY_ZOO_2, 'training_solutions_rev1.zip');
 */
export async function readSolutions(tree: Tree, path: string, options: VoteOptions = {}): Promise<Solutions> {
  const tables = await listSource(path, ENDINGS);
  if (tables.length > 1) {
    const names = tables.map(({ name }) => shorten(name, 100));
    throw new UserError(`${path}: expected one table, got ${tables.length}: ${enumerate(names)}`);
  }
  const file = referenceLabel(tables[0]!);
  const table = await openTable(await readReference(tables[0]!), file, gunzip);
  return await readVotes(tree, table, options);
}
