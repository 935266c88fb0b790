/** A run's folder while it is trained into: settings, and one line of metrics an epoch. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic.node.ts';
import type { GalaxyNetworkDescription } from '../networks/galaxyNetwork.ts';
import { type RunConfig, readRunConfig, runPaths } from '../networks/run.node.ts';
import { type ResolvedConfig, RUNTIME_SETTINGS, type TrainingConfig } from './config.ts';

/** One line of `metrics.jsonl`. */
export interface EpochMetrics {
  /** Counted from 1. */
  epoch: number;
  learningRate: number;
  /** Over the galaxies as they were trained on: random views, before each step. */
  loss: number;
  rmse: number;
  /** Over the validation galaxies, neutral view, after the epoch; null where none are kept. */
  validationRmse: number | null;
  /** The same of the averaged weights, where they are kept. */
  averagedValidationRmse?: number | null;
  /** Since the epoch began, or was resumed; validation is not in it. */
  imagesPerSecond: number;
  seconds: number;
}

/**
 * Checks that a folder is free for a new run, or holds the run to go on with.
 * @throws UserError where it does not; it lists the settings that differ
 */
export async function checkFolder(folder: string, config: TrainingConfig, resume: boolean): Promise<void> {
  if (!resume) {
    if (!existsSync(runPaths(folder).config)) return;
    throw new UserError(
      `--out ${folder}: there is a run in it; go on with --resume or choose another folder`,
    );
  }
  const { training } = await readRunConfig(folder);
  const differences = Object.entries(config)
    .filter(([key]) => !RUNTIME_SETTINGS.some((name) => name === key))
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(training[key]))
    .filter(([key, value]) => !(key === 'batch' && value === 'auto')) // it was resolved when the run began
    .map(
      ([key, value]) => `${key} is ${JSON.stringify(training[key])} in the run, ${JSON.stringify(value)} now`,
    );
  if (differences.length > 0) throw new UserError(`--resume ${folder}: ${differences.join('; ')}`);
}

/** Saves the resolved settings. */
export function writeRunConfig(
  folder: string,
  training: ResolvedConfig,
  network: GalaxyNetworkDescription,
): Promise<void> {
  const saved: RunConfig = { training, network };
  return writeFileAtomically(runPaths(folder).config, `${JSON.stringify(saved, null, 2)}\n`);
}

/** The metrics of the first epochs of a run; those of later epochs, which will be run again, are left out. */
export async function readMetrics(folder: string, epochs: number): Promise<EpochMetrics[]> {
  const { metrics } = runPaths(folder);
  const text = existsSync(metrics) ? await readFile(metrics, 'utf8') : '';
  const lines: EpochMetrics[] = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return lines.filter(({ epoch }) => epoch <= epochs);
}

/** Writes all lines of metrics. */
export function writeMetrics(folder: string, metrics: readonly EpochMetrics[]): Promise<void> {
  const lines = metrics.map((line) => `${JSON.stringify(line)}\n`);
  return writeFileAtomically(runPaths(folder).metrics, lines.join(''));
}
