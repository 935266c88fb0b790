/** Resolves the settings of a training against the folder, the network and the galaxies. Writes nothing. */
import { OptionError } from '../errors.ts';
import { readSafetensors } from '../files/read.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { openNetwork } from '../model/openNetwork.ts';
import { checkWeights } from '../model/weights.ts';
import { openTree } from '../node/data/openTree.ts';
import { type Listing, listGalaxies } from '../node/data/trainingData.ts';
import type { Files, Platform } from '../platform.ts';
import { checkAugmentation } from '../train/batches.ts';
import { batchForRarestClass } from '../train/batchSize.ts';
import type { TrainingConfig } from '../train/config.ts';
import { stepGraph } from '../train/loop.ts';
import { rateFactors } from '../train/rates.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { changedSettings, checkFree, readTraining, withDecay } from './folder.ts';
import { checkTrainingMemory } from './memory.ts';
import { readRunNetwork } from './openRun.ts';
import { runPaths } from './paths.ts';
import type { RecordedRun } from './recorder.ts';
import type { TrainOptions } from './train.node.ts';

export interface TrainingPlan extends RecordedRun {
  /** The checkpoint of a run that is resumed. */
  saved?: Awaited<ReturnType<typeof loadCheckpoint>>;
  /** The file of decoded pictures. Unless it is the run's own, other trainings use it too. */
  images: { path: string; isOwn: boolean };
  /** Lists the galaxies. */
  list(): Promise<Listing>;
}

/** @throws OptionError if settings do not fit each other, or the network */
export function checkSettings(settings: TrainingConfig, network: GalaxyNetwork): void {
  const { warmup, epochs } = settings;
  if (warmup > epochs) throw new OptionError('warmup', `longer than the ${epochs} epochs`, warmup);
  checkAugmentation(settings, network.description.input.size);
  rateFactors(settings, network);
}

/** The parameters before the first step. @throws UserError if `init` does not fit the network */
export async function initialState(
  files: Files,
  { init, seed }: Pick<TrainingConfig, 'init' | 'seed'>,
  network: GalaxyNetwork,
): Promise<Map<string, Float32Array>> {
  if (init === undefined) return network.initialState(seed);
  const { tensors } = await readSafetensors(files, init);
  return checkWeights(network, tensors, init);
}

/**
 * Resolves the settings of a training.
 * @throws UserError for wrong settings, a folder that is not free or not a run, or too little memory
 */
export async function planTraining(
  platform: Platform,
  settings: TrainingConfig,
  folder: string,
  { resume = false, store, onEvent }: TrainOptions,
): Promise<TrainingPlan> {
  const paths = runPaths(folder);
  const { files } = platform;
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  if (resume) {
    const changes = await changedSettings(files, folder, settings);
    if (changes) {
      const { before, now } = changes;
      const problem = `this run was started with ${before}; cannot resume it with ${now}`;
      throw new OptionError('resume', problem, folder);
    }
  } else await checkFree(files, folder);
  const network = resume
    ? await readRunNetwork(files, folder)
    : await openNetwork(files, settings.network, { ...settings, tree: await openTree(settings.data) });
  checkSettings(settings, network);

  const images = { path: store ?? paths.images, isOwn: store === undefined };
  const isKept = (resume || !images.isOwn) && (await files.exists(images.path));
  let listing: Listing | undefined;
  const list = async () => {
    listing ??= await listGalaxies(network.tree, settings, { onEvent }, isKept ? images.path : undefined);
    return listing;
  };
  let { batch } = settings;
  if (batch === 'auto' && resume) {
    ({ batch } = await readTraining(files, folder));
    note(`automatic batch: ${batch}, as when the run was started`);
  } else if (batch === 'auto') {
    const labels = (await list()).galaxies.map(({ fractions }) => fractions);
    const found = batchForRarestClass(network.tree, labels);
    note(`automatic batch: ${found.batch}: ${found.reason}`);
    batch = found.batch;
  }
  // The saved settings shall tell the number of threads.
  const threads = settings.threads || platform.cores;
  const config = { ...withDecay(settings), batch, threads };

  // Before anything is built: a new network may be of any size.
  if (!resume) checkTrainingMemory(platform, network, config, onEvent);
  const shapes = stepGraph(network, config).state;
  const saved = resume ? await loadCheckpoint(files, paths.last, shapes) : undefined;
  return { folder, config, network, shapes, saved, images, list };
}
