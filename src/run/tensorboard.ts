/** Writes a run's metrics for `tensorboard --logdir`. */
import type { EpochMetrics } from '../events.ts';
import { joinPath } from '../files/path.ts';
import type { Files, OpenFile } from '../platform.ts';
import { encodeEventFile, epochEvents } from './eventFile.ts';

/** TensorBoard reads files with `tfevents` in their names. The number is the start of the training, in seconds since 1970. */
const NAME = /^events\.out\.tfevents\.(\d{1,12})\.tuningfork$/;

/**
 * Updates a run's event file, `events.out.tfevents.SECONDS.tuningfork`. New events are appended, because TensorBoard keeps the file
 * open and would not notice a replacement. After a resume from an earlier epoch, the whole file is replaced.
 * @param epochs all lines of `metrics.jsonl`
 * @returns the file's path
 * @throws UserError if the file cannot be written
 * @example await writeTensorBoard(files, 'runs/first', await readMetrics(files, 'runs/first', 24));
 */
export async function writeTensorBoard(
  files: Files,
  folder: string,
  epochs: readonly EpochMetrics[],
): Promise<string> {
  const [first] = (await files.list(folder)).flatMap((name) => NAME.exec(name)?.[1] ?? []).sort();
  const trained = epochs.reduce((sum, { seconds }) => sum + seconds, 0);
  const startedAt = first === undefined ? Math.floor(Date.now() / 1000 - trained) : Number(first);
  const path = joinPath(folder, `events.out.tfevents.${startedAt}.tuningfork`);
  const wanted = encodeEventFile(startedAt, epochEvents(startedAt, epochs));
  const present = first === undefined ? 0 : await files.open(path, (file) => commonLength(file, wanted));
  if (present > 0) await files.append(path, wanted.subarray(present));
  else await files.write(path, wanted);
  return path;
}

/** The length of a file if it is the beginning of `wanted`; otherwise 0. */
async function commonLength(file: OpenFile, wanted: Uint8Array): Promise<number> {
  if (file.bytes > wanted.length) return 0;
  const present = await file.read(0, file.bytes);
  return present.every((byte, i) => byte === wanted[i]) ? present.length : 0;
}
