/** Writes submissions; `readSolutions` reads them. */
import type { FileHandle } from 'node:fs/promises';
import { type Prediction, submissionHeader, submissionLine, tableLine } from '../../data/submission.ts';
import type { Tree } from '../../tree/tree.ts';
import { writeAtomically } from '../files/atomic.ts';

/** Rows are written in pieces of about this length. */
const CHUNK_CHARACTERS = 1 << 20;

/** A prediction with the uncertainty of each fraction `[columns]`, if it is known. */
type UncertainPrediction = Prediction & { readonly spread?: ArrayLike<number> };

/**
 * Writes a submission in Kaggle's format, row by row as the predictions arrive. The file appears only when it is complete.
 * `blanks` writes unknown fractions (NaN) as empty cells.
 * @param uncertainty path of a second table, in the same format, of the predictions' `spread`. It belongs to cumulative
 * fractions, even if the tree's tables are conditional
 * @returns the number of rows
 * @throws RangeError if a fraction is not in 0…1, an ID occurs twice, or a spread is wanted and missing
 */
export async function writeSubmission(
  tree: Tree,
  path: string,
  predictions: Iterable<UncertainPrediction> | AsyncIterable<UncertainPrediction>,
  { uncertainty, blanks = false }: { uncertainty?: string; blanks?: boolean } = {},
): Promise<number> {
  const written = new Set<string>();
  const write = async (table: FileHandle, spreadTable?: FileHandle) => {
    let rows = submissionHeader(tree);
    let spreads = submissionHeader(tree);
    const flush = async () => {
      await table.writeFile(rows);
      await spreadTable?.writeFile(spreads);
      [rows, spreads] = ['', ''];
    };
    for await (const prediction of predictions) {
      const { id, spread } = prediction;
      if (written.has(id)) throw new RangeError(`galaxy ${id} is predicted twice`);
      written.add(id);
      rows += submissionLine(tree, prediction, blanks);
      if (spreadTable) {
        if (spread === undefined) throw new RangeError(`galaxy ${id}: has no spread: was it one view?`);
        spreads += tableLine(tree, { id, fractions: spread }, blanks);
      }
      if (rows.length >= CHUNK_CHARACTERS) await flush();
    }
    await flush();
  };
  await writeAtomically(path, async (table) => {
    if (uncertainty === undefined) await write(table);
    else await writeAtomically(uncertainty, (spreadTable) => write(table, spreadTable));
  });
  return written.size;
}
