/** Writes submissions; `readSolutions` reads them. */
import type { FileHandle } from 'node:fs/promises';
import { type Prediction, submissionHeader, submissionLine } from '../../data/submission.ts';
import type { Tree } from '../../tree/tree.ts';
import { writeAtomically } from '../files/atomic.ts';

const CHUNK_CHARACTERS = 1 << 20;

/** Rows of a file, written in large pieces. */
class Rows {
  private pending: string;

  constructor(
    private readonly file: FileHandle,
    private readonly tree: Tree,
    private readonly blanks: boolean,
  ) {
    this.pending = submissionHeader(tree);
  }

  async add(prediction: Prediction): Promise<void> {
    this.pending += submissionLine(this.tree, prediction, this.blanks);
    if (this.pending.length >= CHUNK_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.pending);
    this.pending = '';
  }
}

/** A prediction with the uncertainty of each fraction `[columns]`, if it is known. */
export interface UncertainPrediction extends Prediction {
  readonly spread?: ArrayLike<number>;
}

/**
 * Writes a submission in Kaggle's format, row by row as the predictions come, and atomically: the file appears when all
 * are there, or not at all. `blanks` writes unknown fractions (NaN) as empty cells.
 * @param uncertainty path of a second table, in the same format, of the predictions' `spread`
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
  const write = async (rows: Rows, spreads?: Rows) => {
    for await (const prediction of predictions) {
      const { id, spread } = prediction;
      if (written.has(id)) throw new RangeError(`galaxy ${id} is predicted twice`);
      written.add(id);
      await rows.add(prediction);
      if (spreads === undefined) continue;
      if (spread === undefined) throw new RangeError(`galaxy ${id}: has no spread: was it one view?`);
      await spreads.add({ id, fractions: spread });
    }
    await rows.flush();
    await spreads?.flush();
  };
  const rowsOf = (file: FileHandle) => new Rows(file, tree, blanks);
  await writeAtomically(path, async (file) => {
    if (uncertainty === undefined) return await write(rowsOf(file));
    await writeAtomically(uncertainty, (other) => write(rowsOf(file), rowsOf(other)));
  });
  return written.size;
}
