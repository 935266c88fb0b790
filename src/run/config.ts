/** A run's `config.json`: the training's settings, the network and the tree. */
import { OPTIMIZERS } from '../engine/nn/optimizer.ts';
import { OptionError, UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import { parseNetwork } from '../model/description.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { parsePreprocessing } from '../model/preprocessing.ts';
import { DEFAULT_PREPROCESSING, type Preprocessing } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import {
  type GivenSettings,
  type ResolvedConfig,
  RUNTIME_SETTINGS,
  resolvedSchema,
  type TrainingConfig,
  trainingSchema,
} from '../train/config.ts';
import { parseTree } from '../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../tree/tree.ts';
import { runPaths } from './paths.ts';

/** The content of `config.json`. */
export interface RunConfig {
  /** Its path, for messages. */
  file: string;
  /** The training's settings, not checked yet; see {@link runSettings}. */
  training: Record<string, unknown>;
  /** The network's description, not checked yet; see {@link runNetwork}. */
  network: unknown;
  /** The tree that the run's galaxies were labelled with. */
  tree: Tree;
  /** The preprocessing, not checked yet; see {@link runPreprocessing}. */
  preprocessing?: unknown;
}

/**
 * Reads the `config.json` of a run.
 * @throws UserError if the folder is not a run, or the file is malformed
 */
export async function readRunConfig(files: Files, folder: string): Promise<RunConfig> {
  const { config: file } = runPaths(folder);
  if (!(await files.exists(file))) {
    const reason = (await files.exists(folder)) ? 'it has no config.json' : 'no such folder';
    throw new UserError(`${folder}: not a run: ${reason}`, { code: 'file' });
  }
  const parsed = parseJson(await readText(files, file, LONGEST_SETTINGS), file);
  if (!(isObject(parsed) && isObject(parsed.training) && isObject(parsed.network))) {
    throw new UserError(`${file}: not the settings of a training run`);
  }
  const { training, network, tree, preprocessing } = parsed;
  // Runs of version 0.1 save no tree: all are of Galaxy Zoo 2.
  return {
    file,
    training,
    network,
    preprocessing,
    tree: tree === undefined ? GALAXY_ZOO_2 : parseTree(tree, `${file}: tree`),
  };
}

/** The settings of a run. @throws UserError that names the file and the wrong setting */
export const runSettings = ({ file, training }: RunConfig): ResolvedConfig =>
  checked(resolvedSchema, training, `${file}: training`);

/** The network of a run. @throws UserError that names the file and the fault */
export const runNetwork = ({ file, network, tree }: RunConfig): GalaxyNetwork =>
  parseNetwork(network, tree, `${file}: network`);

/**
 * The preprocessing of a run. Runs of version 0.1 save none: theirs is the default.
 * @throws UserError that names the file and the fault
 */
export const runPreprocessing = (
  { file, preprocessing }: RunConfig,
  { description: { input } }: GalaxyNetwork,
): Preprocessing =>
  preprocessing === undefined
    ? { ...DEFAULT_PREPROCESSING, size: input.size }
    : parsePreprocessing(preprocessing, input, `${file}: preprocessing`);

/** Saves the resolved settings, without `force`, which applies to one call only. */
export function writeRunConfig(
  files: Files,
  folder: string,
  { force, ...training }: ResolvedConfig,
  { description, tree }: GalaxyNetwork,
  preprocessing: Preprocessing,
): Promise<void> {
  const saved = { training, network: description, tree: tree.data, preprocessing };
  return files.write(runPaths(folder).config, `${JSON.stringify(saved, null, 2)}\n`);
}

/** Settings with the weight decay of their optimizer, if none was given. */
export const withDecay = <Config extends TrainingConfig>(config: Config) => ({
  ...config,
  weightDecay: config.weightDecay ?? OPTIMIZERS[config.optimizer].weightDecay,
});

/** The settings of a run, with those that are given in their place. @throws UserError that names the wrong setting */
export function resumedSettings({ file, training }: RunConfig, given: GivenSettings): TrainingConfig {
  const changes = Object.entries(given).filter(([, value]) => value !== undefined);
  return checked(trainingSchema, { ...training, ...Object.fromEntries(changes) }, `${file}: training`);
}

/** @throws OptionError if the settings of a run that is resumed would change its results */
export function checkUnchanged(run: ResolvedConfig, settings: TrainingConfig, folder: string): void {
  const changes = changedSettings(run, settings);
  if (changes === undefined) return;
  const problem = `this run was started with ${changes.before}; cannot resume it with ${changes.now}`;
  throw new OptionError('resume', problem, folder);
}

/**
 * The settings that differ from those of a run, except {@link RUNTIME_SETTINGS}; undefined if there are none.
 * @example changedSettings(runSettings(await readRunConfig(files, folder)), config) // { before: 'seed 2', now: 'seed 4' }
 */
export function changedSettings(
  run: ResolvedConfig,
  config: TrainingConfig,
): { before: string; now: string } | undefined {
  const before: Record<string, unknown> = withDecay(run);
  const now: Record<string, unknown> = withDecay(config);
  // The run has saved the resolved batch.
  const isFree = (key: string) =>
    RUNTIME_SETTINGS.some((name) => name === key) || (key === 'batch' && now.batch === 'auto');
  const words = (value: unknown) => JSON.stringify(value) ?? 'none';
  const keys = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter(
    (key) => !isFree(key) && words(before[key]) !== words(now[key]),
  );
  const listed = (settings: Record<string, unknown>) =>
    keys.map((key) => `${key} ${words(settings[key])}`).join(', ');
  return keys.length === 0 ? undefined : { before: listed(before), now: listed(now) };
}
