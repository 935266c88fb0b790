/** Documents, metrics and galaxy IDs in a run's folder. */
import type { z } from 'zod';
import { ID_COLUMN } from '../data/idColumn.ts';
import { idCell } from '../data/submission.ts';
import { LocatedError, OptionError, shorten } from '../errors.ts';
import { type EpochMetrics, metricsSchema } from '../events.ts';
import { csvRecords } from '../files/csv.ts';
import { parseJson } from '../files/json.ts';
import { numberedLines } from '../files/lines.ts';
import { joinPath } from '../files/path.ts';
import { readSafetensors, readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import type { Files } from '../platform.ts';
import { runPaths } from './paths.ts';

/**
 * Checks that a folder is free for a new run. It may contain the tables and the checkpoint of step 0 that `train` leaves if it is
 * killed while it starts.
 * @throws OptionError that names the file in the way
 */
export async function checkFree(files: Files, folder: string): Promise<void> {
  const { config, best, metrics, last } = runPaths(folder);
  if (await files.exists(config)) {
    const problem = 'already contains a run; continue it with `resume`, or choose another folder';
    throw new OptionError('out', problem, folder);
  }
  const refuse = (file: string) =>
    new OptionError(
      'out',
      `${file} belongs to a run that has lost its config.json; choose another folder`,
      folder,
    );
  for (const file of [best, metrics, joinPath(folder, 'report.html')])
    if (await files.exists(file)) throw refuse(file);
  if ((await files.exists(last)) && (await readSafetensors(files, last)).metadata.step !== '0')
    throw refuse(last);
}

/** Writes a JSON document. */
export const writeDocument = (files: Files, path: string, document: object): Promise<void> =>
  files.write(path, `${JSON.stringify(document)}\n`);

/** @returns undefined if there is no such document @throws UserError that names the file and the fault */
export async function readDocument<Schema extends z.ZodType>(
  files: Files,
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  if (!(await files.exists(path))) return undefined;
  return checked(schema, parseJson(await readText(files, path), path), path);
}

/** Saves the IDs of the training galaxies. A score on these galaxies says little about others. */
export function writeTrainedIds(files: Files, folder: string, ids: readonly string[]): Promise<void> {
  return files.write(runPaths(folder).training, [ID_COLUMN, ...ids.map(idCell), ''].join('\n'));
}

/**
 * The IDs of the galaxies that a run was trained on; undefined if the run has no such list.
 * @throws UserError that names file and line of the first fault
 * @example (await readTrainedIds(files, 'runs/first'))?.has('100008')
 */
export async function readTrainedIds(files: Files, folder: string): Promise<Set<string> | undefined> {
  const { training } = runPaths(folder);
  if (!(await files.exists(training))) return undefined;
  const ids = new Set<string>();
  let isHeader = true;
  for (const [line, cells] of csvRecords(await readText(files, training), training, 1)) {
    const refuse = (problem: string) => new LocatedError(training, line, problem);
    const [id = '', ...others] = cells;
    if (others.length > 0) throw refuse(`expected one ID, got ${cells.length} cells`);
    if (isHeader && id !== ID_COLUMN) throw refuse(`expected ${ID_COLUMN}, got '${shorten(id)}'`);
    if (ids.has(id)) throw refuse(`${ID_COLUMN} ${shorten(id)} occurs twice`);
    if (!isHeader) ids.add(id);
    isHeader = false;
  }
  return ids;
}

/**
 * The metrics of a run's first `epochs` epochs, in order. Later epochs are skipped: a resume trains them again.
 * @throws UserError that names file and line of the first fault
 * @example
 * const [first] = await readMetrics(files, 'runs/first', 24);
 * first.validationRmse; // 0.14 or so
 */
export async function readMetrics(files: Files, folder: string, epochs: number): Promise<EpochMetrics[]> {
  const { metrics } = runPaths(folder);
  const text = (await files.exists(metrics)) ? await readText(files, metrics) : '';
  const lines: EpochMetrics[] = [];
  let before = 0;
  for (const [line, content] of numberedLines(text)) {
    const value = parseJson(content, metrics, line);
    const epoch = checked(metricsSchema.loose(), value, `${metrics} line ${line}`);
    if (epoch.epoch <= before) {
      throw new LocatedError(metrics, line, `epoch ${epoch.epoch} after epoch ${before}`);
    }
    before = epoch.epoch;
    if (epoch.epoch <= epochs) lines.push(epoch);
  }
  return lines;
}

/** Writes all lines of metrics. */
export function writeMetrics(files: Files, folder: string, metrics: readonly EpochMetrics[]): Promise<void> {
  const lines = metrics.map((line) => `${JSON.stringify(line)}\n`);
  return files.write(runPaths(folder).metrics, lines.join(''));
}
