/** Writes submissions; `readSolutions` reads them. */
import type { FileHandle } from 'node:fs/promises';
import { type Prediction, SUBMISSION_HEADER, submissionLine } from '../../data/submission.ts';
import { writeAtomically } from '../files/atomic.ts';

const CHUNK_CHARACTERS = 1 << 20;

/** Rows on their way into a file. */
class Rows {
  private pending = SUBMISSION_HEADER;

  constructor(private readonly file: FileHandle) {}

  async add(prediction: Prediction): Promise<void> {
    this.pending += submissionLine(prediction);
    if (this.pending.length >= CHUNK_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    await this.file.writeFile(this.pending);
    this.pending = '';
  }
}

/** A prediction that may tell how far to trust it. */
export interface UncertainPrediction extends Prediction {
  /** The uncertainty of each fraction `[37]`. */
  readonly spread?: ArrayLike<number>;
}

/**
 * Writes a submission in Kaggle's format, row by row as the predictions come, and atomically: the file appears when all
 * are there, or not at all.
 *
 * @param uncertainty where a second table, in the same format, takes the predictions' `spread`
 * @returns the number of rows
 * @throws RangeError where a fraction is not in 0…1, a galaxy comes twice, or a spread is wanted and not there
 * @example
 * await writeSubmission('submission.csv', predict(await openRun('runs/first'), galaxies)); // or an array
 */
export async function writeSubmission(
  path: string,
  predictions: Iterable<UncertainPrediction> | AsyncIterable<UncertainPrediction>,
  { uncertainty }: { uncertainty?: string } = {},
): Promise<number> {
  const written = new Set<number | string>();
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
  await writeAtomically(path, async (file) => {
    if (uncertainty === undefined) return await write(new Rows(file));
    await writeAtomically(uncertainty, (other) => write(new Rows(file), new Rows(other)));
  });
  return written.size;
}
