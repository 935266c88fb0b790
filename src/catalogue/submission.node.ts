/** Writes submissions; `readSolutions` reads them. */
import { writeAtomically } from '../files/atomic.node.ts';
import { type Prediction, SUBMISSION_HEADER, submissionLine } from './submission.ts';

const CHUNK_CHARACTERS = 1 << 20;

/**
 * Writes a submission in Kaggle's format, row by row as the predictions come, and atomically: the file appears when all
 * are there, or not at all.
 *
 * @returns the number of rows
 * @throws RangeError where a fraction is not in 0…1 or a galaxy comes twice
 * @example
 * await writeSubmission('submission.csv', predictions); // an array, or an async generator
 */
export async function writeSubmission(
  path: string,
  predictions: Iterable<Prediction> | AsyncIterable<Prediction>,
): Promise<number> {
  const written = new Set<number | string>();
  await writeAtomically(path, async (file) => {
    let pending = SUBMISSION_HEADER;
    for await (const prediction of predictions) {
      if (written.has(prediction.id)) throw new RangeError(`galaxy ${prediction.id} is predicted twice`);
      written.add(prediction.id);
      pending += submissionLine(prediction);
      if (pending.length >= CHUNK_CHARACTERS) {
        await file.writeFile(pending);
        pending = '';
      }
    }
    await file.writeFile(pending);
  });
  return written.size;
}
