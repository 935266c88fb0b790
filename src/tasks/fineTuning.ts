/** Trainings that start from a trained model. */
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import { openTree } from '../node/data/openTree.ts';
import { listGalaxies, openFrames, packedFile } from '../node/data/trainingData.ts';
import { describeFrames } from '../picture/preprocessing.ts';
import type { GivenSettings, TrainingConfig } from '../train/config.ts';
import {
  describeStart,
  frameSettings,
  networkName,
  type Start,
  startFrom,
  startSettings,
} from '../train/start.ts';
import { openStartModel } from './model.ts';

/** @throws OptionError if settings describe another network or other weights than the model's */
function checkGiven(given: GivenSettings, model: Model): void {
  const { kernels, channels, dropout, dropoutAt, batchNorm, init } = given;
  const network = given.network === networkName(model) ? undefined : given.network;
  const [option] =
    Object.entries({ network, kernels, channels, dropout, dropoutAt, batchNorm, init }).find(
      ([, value]) => value !== undefined && value !== 0 && value !== true,
    ) ?? [];
  if (option !== undefined)
    throw new OptionError(option, 'cannot be combined with `model`, which has its own network and weights');
}

/** The settings of a model's frames; those that are given stay. */
const withOwnFrames = (settings: TrainingConfig, model: Model): TrainingConfig => {
  if (packedFile(settings) !== undefined) return settings;
  const { stretch, bands, field } = frameSettings(model);
  return {
    ...settings,
    stretch: settings.stretch ?? stretch,
    bands: settings.bands ?? bands,
    field: settings.field ?? field,
  };
};

/** @throws OptionError if the pictures of the settings are not prepared like the model's */
function checkFrames(settings: TrainingConfig, { preprocessing, file }: Model): void {
  const frames = openFrames(settings);
  if (describeFrames(frames) === describeFrames(preprocessing)) return;
  const option = (['stretch', 'bands', 'field'] as const).find(
    (key) => settings[key] !== undefined && String(frames[key]) !== String(preprocessing[key]),
  );
  throw new OptionError(
    option ?? 'data',
    `gives ${describeFrames(frames)}, but ${file} takes ${describeFrames(preprocessing)}`,
    settings[option ?? 'data'],
  );
}

/**
 * Opens the model that a training starts from.
 * @throws UserError if there is no model, it is broken, or its last layer cannot be replaced; OptionError if the pictures are prepared
 * differently
 */
export async function openStart(settings: TrainingConfig & { model: string }): Promise<Start> {
  const { model, isTrained } = await openStartModel(settings.model);
  checkFrames(withOwnFrames(settings, model), model);
  const tree = await openTree(settings.data, settings.tree, model.tree);
  return startFrom(model, tree, settings, isTrained);
}

/** A training's settings, completed, and the network that it starts from if they name a model. */
export interface FineTuning {
  config: TrainingConfig;
  start?: Pick<Start, 'model' | 'network'>;
}

/**
 * The settings of a training, completed from the model that it starts from, if they name one, and from the number of galaxies. A note
 * reports the chosen ones.
 * @param settings with their defaults
 * @param given the same without them
 * @throws OptionError if a setting contradicts the model; errors of {@link openStart} and of the tables
 */
export async function fineTuned(
  settings: TrainingConfig,
  given: GivenSettings,
  { onEvent }: TaskOptions,
): Promise<FineTuning> {
  const { model: path } = settings;
  if (path === undefined) return { config: settings };
  const start = await openStart({ ...settings, model: path });
  const { model, network } = start;
  checkGiven(given, model);
  const own = { ...withOwnFrames(settings, model), network: networkName(model) };
  const { galaxies } = await listGalaxies(network.tree, own, {});
  const chosen = startSettings(start, galaxies.length, given);
  onEvent?.({ kind: 'note', message: describeStart(start, galaxies.length, chosen) });
  return { config: { ...own, ...chosen }, start };
}
