/** Opens trained networks, and passes a task's options on to the predictor. */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { FeatureTable } from '../data/featureTable.ts';
import { OptionError, UserError } from '../errors.ts';
import type { TaskEvent, TaskOptions } from '../events.ts';
import { type FeatureNetwork, featureNetwork } from '../model/features.ts';
import { modelHash } from '../model/hash.ts';
import { type Model, networkOf, PROGRAM } from '../model/model.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { nodeFiles } from '../node/files/files.ts';
import { nodePlatform } from '../node/platform.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import * as run from '../run/openRun.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { exportSchema } from './options.ts';
import { runFiles } from './outputs.ts';

/**
 * Opens the model of a run.
 * @param checkpoint `best`: the weights with the best validation score. `last`: those of the last epoch, averaged if averages are kept.
 * Default: `best` if the run was validated, else `last`
 * @throws UserError if the folder is not a run, or its weights are missing or do not fit
 * @example
 * const { weights, tree } = await openRun('runs/first');
 */
export const openRun = (path: string, checkpoint?: 'best' | 'last'): Promise<Model> =>
  run.openRun(nodeFiles, path, checkpoint);

/** The name of the model in this package, `models/box.safetensors`. A file of this name is `./box`. */
export const BOX = 'box';
const BOX_FILE = fileURLToPath(new URL('../../models/box.safetensors', import.meta.url));

/**
 * Opens a model file, the model of a run's folder, or the model in this package.
 * @param path default: `box`, the model in this package
 * @throws UserError if there is no model, or it is broken
 * @example
 * const { tree } = await openModel('runs/first');
 * (await openModel()).tree.data.title; // 'Galaxy Zoo 2'
 */
export async function openModel(path: string = BOX): Promise<Model> {
  if (path !== BOX) return run.openModel(nodeFiles, path);
  return { ...(await run.openModel(nodeFiles, BOX_FILE)), file: BOX };
}

/** True for the path of a network of another program. */
const isBackbone = (path: string): boolean => path.endsWith('.onnx');

/**
 * Opens the network that a training starts from, or that gives features: like {@link openModel}, or a network of another program,
 * `*.onnx`, as a model for Galaxy Zoo 2 whose last layer is not trained.
 * @throws UserError if there is no network, or it is broken
 */
export async function openStartModel(path: string): Promise<{ model: Model; isTrained: boolean }> {
  if (!isBackbone(path)) return { model: await openModel(path), isTrained: true };
  const network = await openNetwork(nodePlatform, path, { tree: GALAXY_ZOO_2 });
  const { description, tree } = network;
  const model: Model = {
    network: description,
    weights: network.initialState(1),
    tree,
    preprocessing: { ...DEFAULT_PREPROCESSING, size: description.input.size },
    provenance: { program: PROGRAM, training: {}, steps: 0 },
    file: path,
  };
  return { model, isTrained: false };
}

/** The options that name a trained network: a run's folder, or a model file (or a run's folder too). Default: the model in this package. */
export type ModelOptions = Pick<z.input<typeof exportSchema>, 'run' | 'model'>;

/** The networks of a task that takes several, runs first. */
export const modelsNamed = ({
  run,
  model,
}: Readonly<Record<'run' | 'model', readonly string[]>>): ModelOptions[] => [
  ...run.map((run) => ({ run })),
  ...model.map((model) => ({ model })),
];

/** The run or file that options name. @throws OptionError if they name two */
export function modelPath({ run, model }: ModelOptions): string {
  if (run !== undefined && model !== undefined) {
    throw new OptionError('model', 'cannot be combined with `run`', model);
  }
  return run ?? model ?? BOX;
}

/** True for a file; false also for an inaccessible path, which is reported when it is opened. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

/** Opens the network that options name. @throws OptionError if they name two; UserError */
export async function openModelOf(options: ModelOptions): Promise<Model> {
  const path = modelPath(options);
  if (options.run === undefined) return await openModel(path);
  if (isFile(path)) {
    throw new OptionError(
      'run',
      'expected the folder of a run, found a file; give model files with `model`',
      path,
      {
        code: 'file',
      },
    );
  }
  return await openRun(path);
}

/** A path of a run or a model file, or `box`, as options. */
export const asModelOptions = (path: string): ModelOptions =>
  path === BOX || isFile(path) ? { model: path } : { run: path };

/** Opens the network that options name, for its features. @throws OptionError if they name two; UserError */
export const openFeatureSource = async (options: ModelOptions): Promise<Model> =>
  options.run === undefined && isBackbone(modelPath(options))
    ? (await openStartModel(modelPath(options))).model
    : openModelOf(options);

/**
 * Opens the network that computed the features of a table.
 * @param options default: the path in the table
 * @throws OptionError if it is another network, or the path in the table is not there; UserError
 */
export async function openFeatureModel(
  { file, model: hash, about, width }: FeatureTable,
  options: ModelOptions = {},
): Promise<FeatureNetwork & { model: Model }> {
  const { run, model: path = run ?? about.network } = options;
  const isGiven = run !== undefined || options.model !== undefined;
  if (!isGiven && path !== BOX && !existsSync(path)) {
    throw new OptionError('model', `required: ${path}, the network of the features in ${file}, is not there`);
  }
  const model = await openFeatureSource(isGiven ? options : asModelOptions(path));
  const own = await modelHash(model);
  if (own !== hash) {
    const both = `its SHA-256 is ${own.slice(0, 12)}…, not ${hash.slice(0, 12)}…`;
    throw new OptionError(
      run === undefined ? 'model' : 'run',
      `is not the network of the features in ${file}: ${both}`,
      path,
    );
  }
  const part = featureNetwork(networkOf(model), about.layer);
  if (part.network.outputs !== width) {
    throw new UserError(
      `${file}: expected the ${part.network.outputs} features at ${about.layer}, got ${width}`,
    );
  }
  return { ...part, model };
}

/** The files of a trained network that are read, by option. */
export const modelInputs = ({ run, model = run === undefined ? BOX : undefined }: ModelOptions) => ({
  run: run === undefined ? undefined : runFiles(run),
  model: model === undefined ? undefined : model === BOX ? [BOX_FILE] : [model, ...runFiles(model)],
});

/** @throws UserError if two of the paths are the same */
export function checkGivenOnce(paths: readonly string[]): void {
  const twice = paths.find((path, i) => paths.findIndex((other) => resolve(other) === resolve(path)) < i);
  if (twice !== undefined) throw new UserError(`${twice} is given twice`, { code: 'option' });
}

/** A task's settings as options of predict/ and explain/. Adds each skipped picture to `leftOut`. */
export const predictorOptions = <Settings extends { device: string; threads: number }>(
  { device, threads, ...settings }: Settings,
  { onEvent, profile }: TaskOptions,
  leftOut: SkippedPicture[],
) => ({
  ...settings,
  device: { name: device, threads },
  profile,
  onEvent: (event: TaskEvent) => {
    if (event.kind === 'skipped') leftOut.push({ name: event.name, reason: event.reason });
    onEvent?.(event);
  },
});
