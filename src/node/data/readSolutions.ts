/** Reads tables of vote fractions. */
import { parseSolutions, type Solutions } from '../../data/solutions.ts';
import { enumerate, shorten, UserError } from '../../errors.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import type { Tree } from '../../tree/tree.ts';
import { gunzip } from '../files/gunzip.ts';
import { listSource, readReference, referenceLabel } from '../files/source.ts';

/** @throws UserError if the bytes are no gzip file, or too large */
async function unzipped(bytes: Uint8Array, file: string): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, LONGEST_TEXT);
  } catch (cause) {
    throw new UserError(`${file}: cannot be unzipped: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Reads a table of vote fractions (see `parseSolutions`): solutions, predictions or a submission.
 * @param path a `.csv` or `.csv.gz`, or a zip or folder that contains exactly one
 * @param options `kaggle`: refuse IDs that are not positive integers
 * @throws UserError that names file, line and column of the first fault
 * @example
 * const truth = await readSolutions(GALAXY_ZOO_2, 'training_solutions_rev1.zip');
 */
export async function readSolutions(
  tree: Tree,
  path: string,
  options: { kaggle?: boolean } = {},
): Promise<Solutions> {
  const tables = await listSource(path, ['.csv', '.csv.gz']);
  if (tables.length > 1) {
    const names = tables.map(({ name }) => shorten(name, 100));
    throw new UserError(`${path}: expected one .csv, got ${tables.length}: ${enumerate(names)}`);
  }
  const file = referenceLabel(tables[0]!);
  const stored = await readReference(tables[0]!);
  const bytes = file.toLowerCase().endsWith('.gz') ? await unzipped(stored, file) : stored;
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new UserError(`${file}: expected UTF-8, got UTF-16`);
  return parseSolutions(tree, new TextDecoder().decode(bytes), file, options);
}
