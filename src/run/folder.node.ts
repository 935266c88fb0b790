/** A run's folder while it is trained into: settings, and one line of metrics an epoch. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ID_COLUMN } from '../data/solutions.ts';
import { idCell } from '../data/submission.ts';
import { OPTIMIZERS } from '../engine/nn/optimizer.ts';
import { LocatedError, shorten, UserError } from '../errors.ts';
import type { EpochMetrics } from '../events.ts';
import { csvRecords } from '../files/csv.ts';
import { parseJson } from '../files/json.ts';
import { numberedLines } from '../files/lines.ts';
import { checked } from '../files/schema.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { readText } from '../node/files/read.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import {
  type ResolvedConfig,
  RUNTIME_SETTINGS,
  type TrainingConfig,
  trainingSchema,
} from '../train/config.ts';
import { readRunConfig } from './openRun.node.ts';
import { runPaths } from './paths.node.ts';

/** The settings of a training with those that follow from others. */
export function withDecay(config: TrainingConfig): TrainingConfig & { weightDecay: number } {
  return { ...config, weightDecay: config.weightDecay ?? OPTIMIZERS[config.optimizer].weightDecay };
}

/**
 * The settings of the run that is in a folder.
 * @throws UserError where there is none, or they are not a training's
 */
export async function readTraining(folder: string): Promise<ResolvedConfig> {
  const { config } = runPaths(folder);
  const { training } = await readRunConfig(folder);
  const settings = checked(trainingSchema, training, `${config}: training`);
  const { batch } = settings;
  if (batch === 'auto') throw new UserError(`${config}: training: batch: expected a number, got auto`);
  return { ...settings, batch };
}

/**
 * Checks that settings are those of the run in a folder, but for such as may change.
 * @param place for the message
 * @throws UserError that lists the settings that differ
 */
export async function checkSameTraining(
  folder: string,
  config: TrainingConfig,
  place: string,
): Promise<void> {
  const before: Record<string, unknown> = withDecay(await readTraining(folder));
  const now: Record<string, unknown> = withDecay(config);
  const isFree = (key: string) =>
    RUNTIME_SETTINGS.some((name) => name === key) || (key === 'batch' && now.batch === 'auto'); // it was resolved when the run began
  const words = (value: unknown) => JSON.stringify(value) ?? 'not set';
  const differences = [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .filter((key) => !isFree(key) && words(before[key]) !== words(now[key]))
    .map((key) => `${key} is ${words(before[key])} in the run, ${words(now[key])} now`);
  if (differences.length > 0) throw new UserError(`${place}: ${differences.join('; ')}`);
}

/**
 * Holds that a new run can take a folder. One that was killed before it was a run has left tables and a checkpoint of no step.
 * @throws UserError that names what of another run would be lost
 */
export async function checkFree(folder: string): Promise<void> {
  const { config, best, metrics, last } = runPaths(folder);
  if (existsSync(config)) {
    throw new UserError(
      `--out ${folder}: there is a run in it; go on with --resume or choose another folder`,
    );
  }
  const refuse = (file: string) =>
    new UserError(`--out ${folder}: ${file} is there, of a run without config.json; choose another folder`);
  const left = [best, metrics, join(folder, 'report.html')].find((file) => existsSync(file));
  if (left !== undefined) throw refuse(left);
  if (existsSync(last) && (await readSafetensors(last)).metadata.step !== '0') throw refuse(last);
}

/** Saves which galaxies are trained on, so that no score on them is taken for one on others. */
export function writeTrainedIds(folder: string, ids: readonly string[]): Promise<void> {
  return writeFileAtomically(runPaths(folder).training, [ID_COLUMN, ...ids.map(idCell), ''].join('\n'));
}

/**
 * The IDs of the galaxies that a run was trained on; undefined if the run does not say.
 * @throws UserError that names file and line of the first fault
 * @example (await readTrainedIds('runs/first'))?.has('100008')
 */
export async function readTrainedIds(folder: string): Promise<Set<string> | undefined> {
  const { training } = runPaths(folder);
  if (!existsSync(training)) return undefined;
  const ids = new Set<string>();
  let isHeader = true;
  for (const [line, cells] of csvRecords(await readText(training), training, 1)) {
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

/** Saves the resolved settings; what was forced once is not forced for ever. */
export function writeRunConfig(
  folder: string,
  { force, ...training }: ResolvedConfig,
  { description, tree }: GalaxyNetwork,
): Promise<void> {
  const saved = { training, network: description, tree: tree.data };
  return writeFileAtomically(runPaths(folder).config, `${JSON.stringify(saved, null, 2)}\n`);
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
 * The metrics of the first epochs of a run, in their order; those of later epochs, which will be run again, are left out.
 * @throws UserError that names file and line of what are none, or not in the order of epochs
 * @example
 * const [first] = await readMetrics('runs/first', 24);
 * first.validationRmse; // 0.14 or so
 */
export async function readMetrics(folder: string, epochs: number): Promise<EpochMetrics[]> {
  const { metrics } = runPaths(folder);
  const text = existsSync(metrics) ? await readText(metrics) : '';
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
export function writeMetrics(folder: string, metrics: readonly EpochMetrics[]): Promise<void> {
  const lines = metrics.map((line) => `${JSON.stringify(line)}\n`);
  return writeFileAtomically(runPaths(folder).metrics, lines.join(''));
}
