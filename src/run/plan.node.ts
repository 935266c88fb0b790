/** What a training is going to do: settings resolved against the folder, the network and the galaxies. Nothing is written. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { StepGraph } from '../engine/nn/trainingStep.ts';
import { UserError } from '../errors.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { openNetwork } from '../model/openNetwork.node.ts';
import { checkWeights } from '../model/weights.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import { checkAugmentation } from '../train/batches.ts';
import { batchForRarestClass } from '../train/batchSize.ts';
import type { ResolvedConfig, TrainingConfig } from '../train/config.ts';
import type { TrainOptions } from '../train/observer.node.ts';
import { rateFactors } from '../train/rates.ts';
import { trainingGraph } from '../train/step.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { loadCheckpoint } from './checkpoint.node.ts';
import { type Listing, listGalaxies } from './data.node.ts';
import { checkFree, checkSameTraining, readTraining, withDecay } from './folder.node.ts';
import { checkTrainingMemory } from './memory.node.ts';
import { readRunNetwork } from './openRun.node.ts';
import { runPaths } from './paths.node.ts';

/** A training before its first step, or before its next one. */
export interface TrainingPlan {
  folder: string;
  config: ResolvedConfig;
  network: GalaxyNetwork;
  graph: StepGraph;
  /** The checkpoint of a run that goes on. */
  saved?: Awaited<ReturnType<typeof loadCheckpoint>>;
  /** Where the galaxies lie decoded, or are to lie; other trainings use them too unless the file is the run's own. */
  images: { path: string; isOwn: boolean };
  /** Lists the galaxies. */
  list(): Promise<Listing>;
}

/** @throws UserError where settings do not fit each other, or the network */
export function checkSettings(settings: TrainingConfig, network: GalaxyNetwork): void {
  const { warmup, epochs } = settings;
  if (warmup > epochs) throw new UserError(`--warmup ${warmup}: longer than the ${epochs} epochs`);
  checkAugmentation(settings, network.description.input.size);
  rateFactors(settings, network);
}

/** What a training begins with. @throws UserError where `init` does not fit the network */
export async function initialState(
  { init, seed }: Pick<TrainingConfig, 'init' | 'seed'>,
  network: GalaxyNetwork,
): Promise<Map<string, Float32Array>> {
  if (init === undefined) return network.initialState(seed);
  const { tensors } = await readSafetensors(init);
  return checkWeights(network, tensors, init);
}

/**
 * Resolves the settings of a training.
 * @throws UserError for wrong settings, a folder that is not free or not a run, and where the machine has not the memory
 */
export async function planTraining(
  settings: TrainingConfig,
  folder: string,
  { resume = false, store, observer }: TrainOptions,
): Promise<TrainingPlan> {
  const paths = runPaths(folder);
  if (resume) await checkSameTraining(folder, settings, `--resume ${folder}`);
  else await checkFree(folder);
  const network = resume
    ? await readRunNetwork(folder)
    : await openNetwork(settings.network, { ...settings, tree: GALAXY_ZOO_2 });
  checkSettings(settings, network);

  const images = { path: store ?? paths.images, isOwn: store === undefined };
  const isKept = existsSync(images.path) && (resume || !images.isOwn);
  let listing: Listing | undefined;
  const list = async () => {
    listing ??= await listGalaxies(settings, observer, isKept ? images.path : undefined);
    return listing;
  };
  let { batch } = settings;
  if (batch === 'auto' && resume) {
    ({ batch } = await readTraining(folder));
    observer.note(`--batch auto: ${batch}, as when the run began`);
  } else if (batch === 'auto') {
    const found = batchForRarestClass(
      network.tree,
      (await list()).galaxies.map(({ fractions }) => fractions),
    );
    observer.note(`--batch auto: ${found.batch}: ${found.reason}`);
    batch = found.batch;
  }
  // Resolved here, so that the run's settings say with how many threads it began.
  const threads = settings.threads || availableParallelism();
  const config = { ...withDecay(settings), batch, threads };

  // A new network may be of any size: before anything of it is built.
  if (!resume) checkTrainingMemory(network, config, observer.memory);
  const { convolution: method } = config;
  const graph = trainingGraph(network, { ...config, method, rateFactors: rateFactors(config, network) });
  const saved = resume ? await loadCheckpoint(paths.last, graph.state) : undefined;
  return { folder, config, network, graph, saved, images, list };
}
