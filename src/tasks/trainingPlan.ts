/** Resolves the settings of a training run against its folder, network and galaxies. Writes nothing. */
import { restartEpochs } from '../engine/nn/schedule.ts';
import { OptionError } from '../errors.ts';
import { readSafetensors } from '../files/read.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { headsOf } from '../model/head.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { checkWeights } from '../model/weights.ts';
import { openTree } from '../node/data/openTree.ts';
import { type Listing, listGalaxies, openFrames } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { type Preprocessing, preprocessingOf } from '../picture/preprocessing.ts';
import { loadCheckpoint } from '../run/checkpoint.ts';
import {
  changedSettings,
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
import { checkAugmentation } from '../train/batches.ts';
import { batchForRarestClass } from '../train/batchSize.ts';
import type { TrainingConfig } from '../train/config.ts';
import { scheduleOptions } from '../train/loop.ts';
import { rateFactors } from '../train/rates.ts';
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

/** @throws OptionError if an option of the schedule would have no effect or is out of range */
function checkSchedule(settings: TrainingConfig): void {
  const { schedule, learningRate, minLearningRate = 0 } = settings;
  const only = {
    restartFirst: ['warm-restarts'],
    restartFactor: ['warm-restarts'],
    minLearningRate: ['cosine', 'warm-restarts'],
  };
  for (const [option, schedules] of Object.entries(only)) {
    const value = settings[option as keyof typeof only];
    if (value !== undefined && !schedules.includes(schedule))
      throw new OptionError(option, `has no effect with \`schedule\` ${schedule}`, value);
  }
  if (minLearningRate > learningRate)
    throw new OptionError(
      'minLearningRate',
      `expected at most the learning rate, ${learningRate}`,
      minLearningRate,
    );
}

/** @throws OptionError if settings contradict each other, or do not fit the network */
export function checkSettings(
  settings: TrainingConfig,
  network: GalaxyNetwork,
  preprocessing: Preprocessing,
): void {
  const { warmup, epochs, validation, test, calibration } = settings;
  if (warmup > epochs) throw new OptionError('warmup', `longer than the ${epochs} epochs`, warmup);
  if (validation + test >= 1) {
    throw new OptionError('test', `leaves nothing to train on with \`validation\` ${validation}`, test);
  }
  if (validation + test + calibration >= 1) {
    const problem = `leaves nothing to train on with \`validation\` ${validation} and \`test\` ${test}`;
    throw new OptionError('calibration', problem, calibration);
  }
  if (calibration > 0 && validation === 0)
    throw new OptionError('calibration', 'requires `validation` above 0, to choose the weights', calibration);
  if (calibration > 0 && network.head === 'dirichlet') {
    const problem = 'has no effect with the `head` dirichlet, which gives intervals itself';
    throw new OptionError('calibration', problem, calibration);
  }
  checkSchedule(settings);
  if (settings.dropoutAt !== undefined && settings.dropout === 0)
    throw new OptionError('dropoutAt', 'has no effect without `dropout`', settings.dropoutAt);
  const heads = headsOf(settings.loss);
  if (!heads.includes(network.head)) {
    const problem = `does not train the head ${network.head}; choose the \`head\` ${heads.join(' or ')}, or another loss`;
    throw new OptionError('loss', problem, settings.loss);
  }
  checkAugmentation(settings, preprocessing.size, preprocessing.stretch);
  const { channels } = network.description.input;
  if (channels !== preprocessing.bands.length) {
    const problem = `takes ${channels} bands, but the pictures have ${preprocessing.bands.length}: ${preprocessing.bands}`;
    throw new OptionError('network', problem, settings.network);
  }
  rateFactors(settings, network);
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
  const changes = before && changedSettings(before, settings);
  if (changes) {
    const problem = `this run was started with ${changes.before}; cannot resume it with ${changes.now}`;
    throw new OptionError('resume', problem, folder);
  }
  if (!resumed) await checkFree(files, folder);
  const { network, preprocessing } = resumed ? runModel(resumed) : await newModel(settings, start);
  checkSettings(settings, network, preprocessing);
  if (
    settings.schedule === 'warm-restarts' &&
    restartEpochs(settings.epochs, scheduleOptions(settings)).length === 0
  ) {
    const { epochs, restartFirst = 60 } = settings;
    note(`warm-restarts: no restart within ${epochs} epochs; the first would follow epoch ${restartFirst}`);
  }

  const { tree } = network;
  if (!resumed && settings.head === undefined && network.head === 'sigmoid' && tree.questions.length === 1) {
    const answers = `each of the ${tree.columns.length} answers a probability of its own`;
    note(`the head sigmoid gives ${answers}; with the head softmax they add up to 1`);
  }

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
    note(`automatic batch: ${batch}, as when the run was started`);
  } else if (batch === 'auto') {
    const labels = (await list()).galaxies.map(({ fractions }) => fractions);
    const found = batchForRarestClass(network.tree, labels);
    note(`automatic batch: ${found.batch}: ${found.reason}`);
    batch = found.batch;
  }
  // The number of threads is saved, as it affects rounding.
  const threads = settings.threads || nodePlatform.cores;
  const config = { ...withDecay(settings), batch, threads };

  // Checked before a graph is built: a new network may have any size.
  if (!resumed) checkTrainingMemory(nodePlatform, network, config, onEvent);
  const shapes = stepGraph(network, config).state;
  const checkpoint = resumed && (await loadCheckpoint(files, paths.last, shapes));
  return { folder, config, network, preprocessing, shapes, checkpoint, images, list };
}
