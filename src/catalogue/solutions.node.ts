/** Tables of vote fractions from the disk. */
import { UserError } from '../errors.ts';
import { listSource, readReference, referenceLabel } from '../files/source.node.ts';
import { parseSolutions, type Solutions } from './solutions.ts';

/**
 * Reads a table of vote fractions (see {@link parseSolutions}): solutions, predictions or a submission.
 *
 * @param path a `.csv`, or a zip or folder that holds exactly one
 * @throws UserError that names file, line and column of the first fault
 * @example
 * const truth = await readSolutions('training_solutions_rev1.zip');
 */
export async function readSolutions(path: string): Promise<Solutions> {
  const tables = await listSource(path, ['.csv']);
  if (tables.length > 1) {
    const names = tables.map(({ name }) => name).join(', ');
    throw new UserError(`${path}: expected one .csv, got ${tables.length}: ${names}`);
  }
  const text = new TextDecoder().decode(await readReference(tables[0]));
  return parseSolutions(text, referenceLabel(tables[0]));
}
