/** The folder that a training leaves: `config.json`, `metrics.jsonl`, `training.csv`, `validation.csv`, `checkpoint/`, `report.html`. */
import { existsSync, statSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { countIn } from '../files/safetensors.ts';
import { parseNetwork } from '../model/description.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { type Model, modelOf, PROGRAM, type Provenance } from '../model/model.ts';
import { checkWeights } from '../model/weights.ts';
import { LONGEST_SETTINGS, readText } from '../node/files/read.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import { isMissing } from '../node/files/systemError.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { parseTree } from '../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../tree/tree.ts';
import { runPaths } from './paths.node.ts';

/** The content of `config.json`. */
export interface RunConfig {
  /** The training's settings, resolved. */
  training: Record<string, unknown>;
  /** A `GalaxyNetworkDescription`, not checked yet. */
  network: unknown;
  /** The tree that the run's galaxies were labelled with. */
  tree: Tree;
}

/**
 * Reads the settings of a run.
 * @throws UserError if the folder is not a run, or its settings are malformed
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const { config } = runPaths(folder);
  const text = await readText(config, LONGEST_SETTINGS).catch((error: Error) => {
    if (!isMissing(error)) throw error;
    throw new UserError(`${folder}: not a run: there is no config.json in it`, { cause: error });
  });
  const parsed = parseJson(text, config);
  if (!(isObject(parsed) && isObject(parsed.training) && isObject(parsed.network))) {
    throw new UserError(`${config}: not the settings of a training`);
  }
  const { training, network, tree } = parsed;
  // Runs of version 0.1 save no tree: they know Galaxy Zoo 2 alone.
  return {
    training,
    network,
    tree: tree === undefined ? GALAXY_ZOO_2 : parseTree(tree, `${config}: tree`),
  };
}

/** The network of a run, with the tree that it predicts. @throws UserError if the folder is not a run */
export async function readRunNetwork(folder: string): Promise<GalaxyNetwork> {
  const { network, tree } = await readRunConfig(folder);
  return parseNetwork(network, tree, `${runPaths(folder).config}: network`);
}

/** Settings that say where and on which files a training ran, not what it did. */
const LOCAL = ['data', 'solutions', 'images', 'init', 'device', 'threads', 'workers', 'maxBad'];

/** The position that the last checkpoint holds; the best one has none. */
function positionIn({ position = '{}' }: Record<string, string>, file: string): Record<string, unknown> {
  const parsed = parseJson(position, `${file}: position`);
  return isObject(parsed) ? parsed : {};
}

/**
 * Opens the model of a run.
 * @param checkpoint the best by validation, or the last with its averaged weights if it has any. Default: the best if the
 * run was validated
 * @throws UserError if the folder is not a run, or its weights are missing or do not fit
 * @example
 * const { weights, tree } = await openRun('runs/first');
 */
export async function openRun(folder: string, checkpoint?: 'best' | 'last'): Promise<Model> {
  const paths = runPaths(folder);
  const { training, ...about } = await readRunConfig(folder);
  const network = parseNetwork(about.network, about.tree, `${paths.config}: network`);
  const file = paths[checkpoint ?? (existsSync(paths.best) ? 'best' : 'last')];
  const { tensors, metadata } = await readSafetensors(file);
  const position = positionIn(metadata, file);
  if (checkpoint === undefined && file === paths.last && position.best !== undefined) {
    throw new UserError(`${paths.best}: is missing, and the run's best weights were in it`);
  }
  const epoch = Number(metadata.epoch ?? position.epoch);
  const rmse = Number(metadata.validationRmse);
  const provenance: Provenance = {
    program: PROGRAM,
    training: Object.fromEntries(Object.entries(training).filter(([key]) => !LOCAL.includes(key))),
    steps: countIn(metadata, 'step', file),
    ...(Number.isSafeInteger(epoch) && epoch >= 0 && { epoch }),
    ...(rmse >= 0 && { validationRmse: rmse }),
  };
  const { size } = network.description.input;
  return {
    network: network.description,
    weights: checkWeights(network, tensors, file),
    tree: network.tree,
    preprocessing: { ...DEFAULT_PREPROCESSING, size },
    provenance,
    file,
  };
}

/**
 * Opens a model file, or the model of a run's folder.
 * @throws UserError if there is no model, or it is broken
 * @example const { tree } = await openModel('runs/first');
 */
export async function openModel(path: string): Promise<Model> {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return openRun(path);
  return modelOf(await readSafetensors(path), path);
}
