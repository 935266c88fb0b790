import type { z } from 'zod';
import { asOutOfMemory, OptionError, OutOfMemory } from '../errors.ts';
import type { EpochMetrics, StoppableOptions } from '../events.ts';
import { prepareData } from '../node/data/trainingData.ts';
import { nodePlatform } from '../node/platform.ts';
import { type RunConfig, readRunConfig, resumedSettings } from '../run/config.ts';
import { checkTrainingMemory } from '../run/memory.ts';
import { runPaths } from '../run/paths.ts';
import { RunRecorder } from '../run/recorder.ts';
import type { TrainingConfig } from '../train/config.ts';
import { checkCounts } from '../train/labels.ts';
import { TrainingDiverged, trainingLoop } from '../train/loop.ts';
import { checkPosition, type Position } from '../train/position.ts';
import type { Probe } from '../train/probe.ts';
import { type FineTuning, fineTuned } from './fineTuning.ts';
import { modelInputs } from './model.ts';
import { checkedOptions, trainSchema } from './options.ts';
import { checkFolder, checkNoInput, runFiles, sourceInputs } from './outputs.ts';
import { PROBE, trainProbe } from './probe.ts';
import { isPageFinished, runPage } from './runPage.ts';
import { initialState, planTraining, type TrainingPlan } from './trainingPlan.ts';

const { files } = nodePlatform;

export type TrainOptions = z.input<typeof trainSchema> & StoppableOptions;

export interface TrainResult {
  /** The run's folder. */
  run: string;
  /** True if the signal stopped it before the last epoch. */
  stopped: boolean;
  /** True if it was stopped and has a checkpoint. */
  resumable: boolean;
  /** Finished epochs. */
  epochs: number;
  /** Duration of the finished epochs, without validation. */
  seconds: number;
  /** The best validation. */
  best?: { epoch: number; rmse: number };
  /** The last epoch. */
  last?: EpochMetrics;
  /** Of a linear probe. */
  probe?: Pick<Probe, 'regularisation' | 'scores'>;
}

/**
 * Trains a network and leaves a run in the folder `out`: settings, metrics, checkpoints, a page. With `resume`, continues
 * the run in that folder; settings that are not given are taken from the run.
 * @throws UserError for wrong options or data, too little memory, or if another process works in the folder; TooManyBadImages
 * if more than `maxBad` of the pictures cannot be read; TrainingDiverged
 * @example
 * const { best } = await train({ data: 'galaxy-zoo', network: 'baseline-small', epochs: 1, batch: 8, out: 'runs/small' });
 */
export async function train({ onEvent, profile, signal, ...given }: TrainOptions): Promise<TrainResult> {
  const { out, resume, ...settings } = checkedOptions(trainSchema, given);
  const { out: _, resume: __, ...changes } = given;
  const resumed = resume ? await readRunConfig(files, out) : undefined;
  const config = resumed ? resumedSettings(resumed, changes) : settings;
  const { init, model, features, holdOut } = config;
  const inputs = { ...sourceInputs(config), init, ...modelInputs({ model }), features, holdOut };
  checkNoInput('out', out, inputs, runFiles(out));
  checkFolder('out', out);
  if (config.network === PROBE && (features !== undefined || model === undefined)) {
    if (resumed) throw new OptionError('resume', 'has no effect on a probe, which is trained at once', out);
    return files.lock(out, () => trainProbe(out, config, given, { onEvent, signal }));
  }
  const completed = resumed ? { config } : await fineTuned(config, given, { onEvent });
  const { start } = completed;
  return trainInto(out, completed.config, { resumed, start, onEvent, profile, signal });
}

export interface TrainIntoOptions extends StoppableOptions {
  /** The run in the folder, to be continued. */
  resumed?: RunConfig;
  /** The opened model that the settings name. Default: it is opened. */
  start?: FineTuning['start'];
  /**
   * The file of decoded pictures, kept for several training runs on the same galaxies. Default: a file in the folder, removed
   * when training is done.
   */
  store?: string;
}

/** Trains into a folder while no other process works in it; see {@link train}. */
export function trainInto(
  folder: string,
  settings: TrainingConfig,
  options: TrainIntoOptions,
): Promise<TrainResult> {
  return files.lock(folder, async () => carryOut(await planTraining(settings, folder, options), options));
}

/** Runs the training loop; the recorder writes what its events leave in the folder. */
async function carryOut(plan: TrainingPlan, options: TrainIntoOptions): Promise<TrainResult> {
  const { folder, config, network, preprocessing, checkpoint, images } = plan;
  const { resumed, signal, onEvent } = options;
  const { last } = runPaths(folder);
  const position = checkpoint?.position;
  const recorder = new RunRecorder(files, plan, runPage(plan), onEvent);
  const dropImages = async () => {
    if (images.isOwn) await files.remove(images.path);
  };
  const resultOf = ({ epoch, best }: Position, stopped: boolean): TrainResult => ({
    run: folder,
    stopped,
    resumable: stopped,
    epochs: epoch,
    seconds: recorder.seconds,
    best,
    last: recorder.lastEpoch,
  });
  if (position) await recorder.resume(position);
  if (position?.epoch === config.epochs && position.batch === 0 && isPageFinished(folder)) {
    await dropImages();
    return resultOf(position, false);
  }
  if (resumed) checkTrainingMemory(nodePlatform, network, config, onEvent);
  else await dropImages(); // left by a run that never began
  const state = checkpoint?.state ?? (await initialState(config, network));
  try {
    // The loop compiles the step before it loads, which takes up to seconds: errors in tables are thrown before that.
    const listing = await plan.list();
    checkCounts(config.loss, listing.galaxies);
    const load = async () => {
      const data = await prepareData(config, listing, images.path, options, signal);
      try {
        if (position) checkPosition(position, config, data, last);
      } catch (error) {
        await dropImages(); // they may be of other galaxies than the run's
        throw error;
      }
      return data;
    };
    const training = { ...options, network, preprocessing, config, state, position, load };
    for await (const event of trainingLoop(nodePlatform, training)) {
      await recorder.record(event);
      onEvent?.(event);
      if (event.kind !== 'done') continue;
      if (!event.stopped) await dropImages();
      return resultOf(event.position, event.stopped);
    }
    throw new Error('the training ended without its last event');
  } catch (error) {
    await recorder.showFailure();
    if (signal?.aborted && error === signal.reason) {
      return {
        run: folder,
        stopped: true,
        resumable: resumed !== undefined,
        epochs: position?.epoch ?? 0,
        seconds: recorder.seconds,
      };
    }
    throw await withCheckpoint(asOutOfMemory(error), last);
  }
}

/** Names the last checkpoint in an error that loses only the steps after it. */
async function withCheckpoint(error: unknown, checkpoint: string): Promise<unknown> {
  const hint = `the last good checkpoint is ${checkpoint}`;
  if (error instanceof TrainingDiverged) return new TrainingDiverged(`${error.message}; ${hint}`);
  if (!(error instanceof OutOfMemory) || !(await files.exists(checkpoint))) return error;
  return new Error(`${error.message}; a smaller batch needs less; ${hint}`, { cause: error });
}
