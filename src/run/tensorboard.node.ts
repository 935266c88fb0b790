/** A run's folder as one that `tensorboard --logdir` reads. */
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMetrics } from '../events.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { encodeEventFile, epochEvents } from './tensorboard.ts';

/** TensorBoard looks for `tfevents` in names; the number is when the training began, in seconds since 1970. */
const NAME = /^events\.out\.tfevents\.(\d{1,12})\.tuningfork$/;

/** When the training that is in the folder began, if it has an event file. */
async function startOf(folder: string): Promise<number | undefined> {
  const names = await readdir(folder).catch(() => []); // not there yet
  const [first] = names.flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  return first === undefined ? undefined : Number(first);
}

/**
 * Brings a run's event file, `events.out.tfevents.SECONDS.tuningfork`, up to these epochs; call it after each. What is
 * there is added to, because TensorBoard follows an open file and would not see another in its place. Where it is not
 * the beginning of what shall be there, as in a run that goes on from an earlier epoch, the file is replaced whole.
 *
 * @param epochs all lines of `metrics.jsonl`
 * @returns the file's path
 * @throws UserError where it cannot be written
 * @example await writeTensorBoard('runs/first', await readMetrics('runs/first', 24));
 */
export async function writeTensorBoard(folder: string, epochs: readonly EpochMetrics[]): Promise<string> {
  const trained = epochs.reduce((sum, { seconds }) => sum + seconds, 0);
  const startedAt = (await startOf(folder)) ?? Math.floor(Date.now() / 1000 - trained);
  const path = join(folder, `events.out.tfevents.${startedAt}.tuningfork`);
  const wanted = encodeEventFile(startedAt, epochEvents(startedAt, epochs));
  const present = await readFile(path).catch(() => Buffer.alloc(0)); // not there yet
  const isBeginning = present.length > 0 && present.equals(wanted.subarray(0, present.length));
  if (isBeginning) await appendFile(path, wanted.subarray(present.length));
  else await writeFileAtomically(path, wanted);
  return path;
}
