/** The folder that a training leaves: `config.json`, `metrics.jsonl`, `training.csv`, `validation.csv`, `checkpoint/`, `report.html`. */
import { existsSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { isObject, parseJson } from '../files/json.ts';
import { countIn } from '../files/safetensors.ts';
import { parseNetwork } from '../model/description.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { checkWeights } from '../model/weights.ts';
import { LONGEST_SETTINGS, readText } from '../node/files/read.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import { isMissing } from '../node/files/systemError.ts';
import { runPaths } from './paths.node.ts';

/** What `config.json` holds. */
export interface RunConfig {
  /** The training's settings, resolved. */
  training: Record<string, unknown>;
  /** A `GalaxyNetworkDescription`, not checked yet. */
  network: unknown;
}

/**
 * Reads the settings of a run.
 * @throws UserError where the folder is not a run, or its settings are none
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const { config } = runPaths(folder);
  const text = await readText(config, LONGEST_SETTINGS).catch((error: Error) => {
    if (!isMissing(error)) throw error;
    throw new UserError(`${folder}: not a run: there is no config.json in it`, { cause: error });
  });
  const parsed = parseJson(text, config);
  if (isObject(parsed) && isObject(parsed.training) && isObject(parsed.network)) {
    return { training: parsed.training, network: parsed.network };
  }
  throw new UserError(`${config}: not the settings of a training`);
}

/** A trained network. */
export interface TrainedNetwork {
  network: GalaxyNetwork;
  /** Parameters and running statistics by PyTorch's names. */
  weights: ReadonlyMap<string, Float32Array>;
  /** Steps of training that the weights have seen. */
  steps: number;
  /** The file that the weights are from. */
  file: string;
}

/** Whether a training had validated its weights when it wrote a checkpoint. */
function hasBest({ position = '{}' }: Record<string, string>, file: string): boolean {
  const parsed = parseJson(position, `${file}: position`);
  return isObject(parsed) && parsed.best !== undefined;
}

/**
 * Opens the network of a run.
 * @param checkpoint the best by validation, or the last; default: the best where there was a validation. Of the last, the
 * averaged weights are taken where they were kept
 * @throws UserError where the folder is not a run, holds no weights that fit, or lacks those that were best
 * @example
 * const { network, weights } = await openRun('runs/first');
 */
export async function openRun(folder: string, checkpoint?: 'best' | 'last'): Promise<TrainedNetwork> {
  const paths = runPaths(folder);
  const network = parseNetwork((await readRunConfig(folder)).network, `${paths.config}: network`);
  const file = paths[checkpoint ?? (existsSync(paths.best) ? 'best' : 'last')];
  const { tensors, metadata } = await readSafetensors(file);
  if (checkpoint === undefined && file === paths.last && hasBest(metadata, file)) {
    throw new UserError(`${paths.best}: is missing, and the run's best weights were in it`);
  }
  const weights = checkWeights(network, tensors, file);
  return { network, weights, steps: countIn(metadata, 'step', file), file };
}
