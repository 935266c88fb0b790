/** Resolves the settings of a training run against its folder, network and galaxies. Writes nothing. */
import { OptionError } from '../errors.ts';
import { readSafetensors } from '../files/read.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headsOf } from '../model/head.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { checkWeights } from '../model/weights.ts';
import { openTree } from '../node/data/openTree.ts';
import { type Listing, listGalaxies, openFrames } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { preprocessingOf } from '../picture/preprocessing.ts';
import { loadCheckpoint } from '../run/checkpoint.ts';
import {
  checkUnchanged,
  type RunConfig,
  runNetwork,
  runPreprocessing,
  runSettings,
  withDecay,
} from '../run/config.ts';
import { checkFree } from '../run/folder.ts';
import { checkTrainingMemory } from '../run/memory.ts';
import { runPaths } from '../run/paths.ts';
import type { RecordedRun } from '../run/recorder.ts';
import { automaticBatch } from '../train/batchSize.ts';
import { checkSettings, describeDoubts } from '../train/checkSettings.ts';
import type { TrainingConfig } from '../train/config.ts';
import { stepGraph } from '../train/step.ts';
import { type FineTuning, openStart } from './fineTuning.ts';
import type { TrainIntoOptions } from './train.ts';

const { files } = nodePlatform;

export interface TrainingPlan extends RecordedRun {
  /** The last checkpoint of a run that is resumed. */
  checkpoint?: Awaited<ReturnType<typeof loadCheckpoint>>;
  /** The file of decoded pictures. Unless it is the run's own, other runs use it too. */
  images: { path: string; isOwn: boolean };
  /** Lists the galaxies. */
  list(): Promise<Listing>;
}

/** The parameters before the first step. @throws UserError if the file `init` does not fit the network */
export async function initialState(
  { init, seed }: Pick<TrainingConfig, 'init' | 'seed'>,
  network: GalaxyNetwork,
): Promise<Map<string, Float32Array>> {
  if (init === undefined) return network.initialState(seed);
  const { tensors } = await readSafetensors(files, init);
  return checkWeights(network, tensors, init);
}

type UntrainedModel = Pick<TrainingPlan, 'network' | 'preprocessing'>;

/**
 * The network of settings and its preprocessing.
 * @param start the opened model of the settings, if they name one; default: it is opened
 * @throws UserError for a wrong network, tree or packed file
 */
export async function newModel(
  settings: TrainingConfig,
  start?: FineTuning['start'],
): Promise<UntrainedModel> {
  for (const option of ['features', 'regularisation'] as const) {
    const value = settings[option];
    if (value !== undefined) throw new OptionError(option, 'requires `network` probe', value);
  }
  const { model: path } = settings;
  if (path !== undefined) {
    const { model, network } = start ?? (await openStart({ ...settings, model: path }));
    return { network, preprocessing: model.preprocessing };
  }
  const frames = openFrames(settings);
  const tree = await openTree(settings.data, settings.tree);
  const opened = await openNetwork(nodePlatform, settings.network, {
    ...settings,
    tree,
    bands: frames.bands.length,
  });
  const network = withUsualHead(opened, settings.loss);
  return { network, preprocessing: preprocessingOf(frames, network.description.input.size) };
}

/** A network with the usual head of a loss, unless its description names one. */
function withUsualHead(network: GalaxyNetwork, loss: TrainingConfig['loss']): GalaxyNetwork {
  const [head] = headsOf(loss);
  if (network.description.head !== undefined || network.head === head) return network;
  return new GalaxyNetwork({ ...network.description, head }, network.tree, network.pretrained);
}

/** The network of a run and its preprocessing. */
function runModel(run: RunConfig): UntrainedModel {
  const network = runNetwork(run);
  return { network, preprocessing: runPreprocessing(run, network) };
}

/**
 * Resolves the settings of a training run.
 * @throws UserError for wrong settings, a folder that is not free, settings that differ from the run's, or too little memory
 */
export async function planTraining(
  settings: TrainingConfig,
  folder: string,
  { resumed, start, store, onEvent }: TrainIntoOptions,
): Promise<TrainingPlan> {
  const paths = runPaths(folder);
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  const before = resumed && runSettings(resumed);
  if (before) checkUnchanged(before, settings, folder);
  else await checkFree(files, folder);
  const { network, preprocessing } = resumed ? runModel(resumed) : await newModel(settings, start);
  checkSettings(settings, network, preprocessing);
  if (!resumed) for (const doubt of describeDoubts(settings, network)) note(doubt);

  const images = { path: store ?? paths.images, isOwn: store === undefined };
  const isKept = (resumed || !images.isOwn) && (await files.exists(images.path));
  let listing: Listing | undefined;
  const list = async () => {
    listing ??= await listGalaxies(network.tree, settings, { onEvent }, isKept ? images.path : undefined);
    return listing;
  };
  let { batch } = settings;
  if (batch === 'auto' && before) {
    batch = before.batch;
    note(`automatic batch ${batch}, as when the run was started`);
  } else if (batch === 'auto') batch = automaticBatch(network.tree, (await list()).galaxies, { onEvent });
  // The number of threads is saved, as it affects rounding.
  const threads = settings.threads || nodePlatform.cores;
  const config = { ...withDecay(settings), batch, threads };

  // Checked before a graph is built: a new network may have any size.
  if (!resumed) checkTrainingMemory(nodePlatform, network, config, onEvent);
  const shapes = stepGraph(network, config).state;
  const checkpoint = resumed && (await loadCheckpoint(files, paths.last, shapes));
  return { folder, config, network, preprocessing, shapes, checkpoint, images, list };
}
