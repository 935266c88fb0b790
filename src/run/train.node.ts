/** Trains into a folder: the loop, and the recorder that listens to it. */
import { asOutOfMemory, OutOfMemory } from '../errors.ts';
import type { EpochMetrics, TaskOptions } from '../events.ts';
import { prepareData } from '../node/data/trainingData.ts';
import type { Platform } from '../platform.ts';
import type { TrainingConfig } from '../train/config.ts';
import { TrainingDiverged, trainingLoop } from '../train/loop.ts';
import { checkPosition, type Position } from '../train/position.ts';
import { checkTrainingMemory } from './memory.ts';
import { isPageFinished, runPage } from './page.node.ts';
import { runPaths } from './paths.ts';
import { initialState, planTraining, type TrainingPlan } from './plan.node.ts';
import { RunRecorder } from './recorder.ts';

export interface TrainOptions extends TaskOptions {
  /** Go on with the run in the folder. */
  resume?: boolean;
  /**
   * The file of decoded pictures, for several trainings with the same settings of galaxies; it stays. Default: a file in the
   * folder, removed when the training is done.
   */
  store?: string;
  /** Stops the training after the current step, with a checkpoint. */
  signal?: AbortSignal;
}

/** How a training ended. */
export interface TrainingOutcome {
  /** Stopped by the signal before the last epoch. */
  stopped: boolean;
  /** A stopped training that has a checkpoint. */
  resumable: boolean;
  /** Finished epochs. */
  epochs: number;
  best?: { epoch: number; rmse: number };
  last?: EpochMetrics;
}

/**
 * Trains a network and leaves a run in `folder`.
 * @throws UserError for wrong settings or data, a folder in which another process trains, or too little memory;
 * TooManyBadImages; TrainingDiverged
 * @example
 * await train(nodePlatform, trainingSchema.parse({ data: 'galaxy-zoo' }), 'runs/first');
 */
export function train(
  platform: Platform,
  settings: TrainingConfig,
  folder: string,
  options: TrainOptions = {},
): Promise<TrainingOutcome> {
  return platform.files.lock(folder, async () => {
    const plan = await planTraining(platform, settings, folder, options);
    return trainInto(platform, plan, options);
  });
}

async function trainInto(
  platform: Platform,
  plan: TrainingPlan,
  options: TrainOptions,
): Promise<TrainingOutcome> {
  const { folder, config, network, saved, images } = plan;
  const { resume = false, signal, onEvent } = options;
  const { last } = runPaths(folder);
  const recorder = new RunRecorder(platform.files, plan, runPage(plan), onEvent);
  const dropImages = async () => {
    if (images.isOwn) await platform.files.remove(images.path);
  };
  if (saved) await recorder.goOn(saved.position);
  if (saved?.position.epoch === config.epochs && saved.position.batch === 0 && isPageFinished(folder)) {
    await dropImages();
    return outcomeOf(saved.position, recorder);
  }
  if (resume) checkTrainingMemory(platform, network, config, onEvent);
  else await dropImages(); // of a training that never began
  const state = saved?.state ?? (await initialState(platform.files, config, network));
  const load = async () => {
    const data = await prepareData(config, await plan.list(), images.path, options, signal);
    if (saved) {
      const { batch: batchSize, epochs } = config;
      const steps = Math.floor(data.training.length / batchSize);
      try {
        checkPosition(saved.position, { epochs, steps, batchSize, data: data.digest }, last);
      } catch (error) {
        await dropImages(); // perhaps of other galaxies than the run's
        throw error;
      }
    }
    return data;
  };

  try {
    const training = { ...options, network, config, state, position: saved?.position, load };
    for await (const event of trainingLoop(platform, training)) {
      await recorder.record(event);
      onEvent?.(event);
      if (event.kind !== 'done') continue;
      if (!event.stopped) await dropImages();
      return outcomeOf(event.position, recorder, event.stopped);
    }
    throw new Error('the training ended without its last event');
  } catch (error) {
    await recorder.showFailure();
    if (signal?.aborted && error === signal.reason) {
      return { stopped: true, resumable: resume, epochs: saved?.position.epoch ?? 0 };
    }
    throw await withCheckpoint(asOutOfMemory(error), last, platform);
  }
}

/** Adds the checkpoint to an error that loses only what came after it. */
async function withCheckpoint(error: unknown, checkpoint: string, { files }: Platform): Promise<unknown> {
  const hint = `the last good checkpoint is ${checkpoint}`;
  if (error instanceof TrainingDiverged) return new TrainingDiverged(`${error.message}; ${hint}`);
  if (!(error instanceof OutOfMemory) || !(await files.exists(checkpoint))) return error;
  return new Error(`${error.message}; a smaller batch takes less; ${hint}`, { cause: error });
}

function outcomeOf({ epoch, best }: Position, { lastEpoch }: RunRecorder, stopped = false): TrainingOutcome {
  return { stopped, resumable: stopped, epochs: epoch, best, last: lastEpoch };
}
