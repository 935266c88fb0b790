/** The settings, metrics and galaxy IDs in a run's folder. */
import { z } from 'zod';
import { ID_COLUMN } from '../data/solutions.ts';
import { idCell } from '../data/submission.ts';
import { OPTIMIZERS } from '../engine/nn/optimizer.ts';
import { LocatedError, OptionError, shorten, UserError } from '../errors.ts';
import type { EpochMetrics } from '../events.ts';
import { csvRecords } from '../files/csv.ts';
import { parseJson } from '../files/json.ts';
import { numberedLines } from '../files/lines.ts';
import { joinPath } from '../files/path.ts';
import { readSafetensors, readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import type { Files } from '../platform.ts';
import {
  type ResolvedConfig,
  RUNTIME_SETTINGS,
  type TrainingConfig,
  trainingSchema,
} from '../train/config.ts';
import { readRunConfig } from './openRun.ts';
import { runPaths } from './paths.ts';

/** A training's settings with its optimizer's weight decay. */
export function withDecay(config: TrainingConfig): TrainingConfig & { weightDecay: number } {
  return { ...config, weightDecay: config.weightDecay ?? OPTIMIZERS[config.optimizer].weightDecay };
}

/**
 * The settings of the run in a folder.
 * @throws UserError if there is no run, or its settings are wrong
 */
export async function readTraining(files: Files, folder: string): Promise<ResolvedConfig> {
  const { config } = runPaths(folder);
  const { training } = await readRunConfig(files, folder);
  const settings = checked(trainingSchema, training, `${config}: training`);
  const { batch } = settings;
  if (batch === 'auto') throw new UserError(`${config}: training: batch: expected a number, got auto`);
  return { ...settings, batch };
}

/**
 * The settings in which a training differs from the run in a folder, {@link RUNTIME_SETTINGS} aside; undefined if none.
 * @example await changedSettings(files, folder, config) // { before: 'seed 2', now: 'seed 4' }
 */
export async function changedSettings(
  files: Files,
  folder: string,
  config: TrainingConfig,
): Promise<{ before: string; now: string } | undefined> {
  const before: Record<string, unknown> = withDecay(await readTraining(files, folder));
  const now: Record<string, unknown> = withDecay(config);
  const isFree = (key: string) =>
    RUNTIME_SETTINGS.some((name) => name === key) || (key === 'batch' && now.batch === 'auto'); // resolved before
  const words = (value: unknown) => JSON.stringify(value) ?? 'none';
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (key) => !isFree(key) && words(before[key]) !== words(now[key]),
  );
  const listed = (settings: Record<string, unknown>) =>
    keys.map((key) => `${key} ${words(settings[key])}`).join(', ');
  return keys.length === 0 ? undefined : { before: listed(before), now: listed(now) };
}

/**
 * Checks that a new run can take a folder. A training that was killed before it became a run has left tables and a checkpoint of
 * step 0.
 * @throws UserError that names a file of another run
 */
export async function checkFree(files: Files, folder: string): Promise<void> {
  const { config, best, metrics, last } = runPaths(folder);
  if (await files.exists(config)) {
    const problem = 'there is a run in it; continue it with `resume`, or choose another folder';
    throw new OptionError('out', problem, folder);
  }
  const refuse = (file: string) =>
    new OptionError('out', `${file} is there, of a run without config.json; choose another folder`, folder);
  for (const file of [best, metrics, joinPath(folder, 'report.html')])
    if (await files.exists(file)) throw refuse(file);
  if ((await files.exists(last)) && (await readSafetensors(files, last)).metadata.step !== '0')
    throw refuse(last);
}

/** Saves the IDs of the training galaxies: a score on them says little about others. */
export function writeTrainedIds(files: Files, folder: string, ids: readonly string[]): Promise<void> {
  return files.write(runPaths(folder).training, [ID_COLUMN, ...ids.map(idCell), ''].join('\n'));
}

/**
 * The IDs of the galaxies that a run was trained on; undefined if the run does not say.
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
    if (ids.has(id)) throw refuse(`${ID_COLUMN} ${shorten(id)} comes twice`);
    if (!isHeader) ids.add(id);
    isHeader = false;
  }
  return ids;
}

/** Saves the resolved settings, without `force`: it holds for one call. */
export function writeRunConfig(
  files: Files,
  folder: string,
  { force, ...training }: ResolvedConfig,
  { description, tree }: GalaxyNetwork,
): Promise<void> {
  const saved = { training, network: description, tree: tree.data };
  return files.write(runPaths(folder).config, `${JSON.stringify(saved, null, 2)}\n`);
}

const metricsSchema: z.ZodType<EpochMetrics> = z.looseObject({
  epoch: z.int().min(1),
  learningRate: z.number(),
  loss: z.number(),
  rmse: z.number(),
  validationRmse: z.number().nullable(),
  averagedValidationRmse: z.number().nullish(),
  imagesPerSecond: z.number(),
  seconds: z.number(),
});

/**
 * The metrics of a run's first `epochs` epochs, in order. Later epochs, which a resume trains again, are left out.
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
    const epoch = checked(metricsSchema, value, `${metrics} line ${line}`);
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
