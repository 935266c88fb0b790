/** The folder that a training leaves: `config.json`, `metrics.jsonl`, `training.csv`, `validation.csv`, `checkpoint/`, `report.html`. */
import { UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { LONGEST_SETTINGS, readSafetensors, readText } from '../files/read.ts';
import { countIn } from '../files/safetensors.ts';
import { parseNetwork } from '../model/description.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { type Model, modelOf, PROGRAM, type Provenance } from '../model/model.ts';
import { checkWeights } from '../model/weights.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import { parseTree } from '../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../tree/tree.ts';
import { runPaths } from './paths.ts';

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
export async function readRunConfig(files: Files, folder: string): Promise<RunConfig> {
  const { config } = runPaths(folder);
  if (!(await files.exists(config))) {
    throw new UserError(`${folder}: not a run: there is no config.json in it`);
  }
  const parsed = parseJson(await readText(files, config, LONGEST_SETTINGS), config);
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
export async function readRunNetwork(files: Files, folder: string): Promise<GalaxyNetwork> {
  const { network, tree } = await readRunConfig(files, folder);
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
 * const { weights, tree } = await openRun(files, 'runs/first');
 */
export async function openRun(files: Files, folder: string, checkpoint?: 'best' | 'last'): Promise<Model> {
  const paths = runPaths(folder);
  const { training, ...about } = await readRunConfig(files, folder);
  const network = parseNetwork(about.network, about.tree, `${paths.config}: network`);
  const file = paths[checkpoint ?? ((await files.exists(paths.best)) ? 'best' : 'last')];
  const { tensors, metadata } = await readSafetensors(files, file);
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
 * @example const { tree } = await openModel(files, 'runs/first');
 */
export async function openModel(files: Files, path: string): Promise<Model> {
  const isRun = await files.exists(runPaths(path).config);
  return isRun ? openRun(files, path) : modelOf(await readSafetensors(files, path), path);
}
