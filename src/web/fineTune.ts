/** Trains networks in a page, from a trained model. */
import type { z } from 'zod';
import type { LabelledGalaxy } from '../data/labels.ts';
import { checkSplit, splitData } from '../data/trainingSplit.ts';
import type { LoopEvent, StoppableOptions, TaskOptions } from '../events.ts';
import { checked } from '../files/schema.ts';
import type { Model } from '../model/model.ts';
import type { MemoryRecord } from '../picture/batch.ts';
import { recordOfPicture } from '../picture/fillBatch.ts';
import type { FrameSettings } from '../picture/preprocessing.ts';
import { ImageError, SkippedPictures } from '../picture/unreadable.ts';
import type { Files, Platform } from '../platform.ts';
import { loadCheckpoint } from '../run/checkpoint.ts';
import {
  checkUnchanged,
  readRunConfig,
  resumedSettings,
  runNetwork,
  runPreprocessing,
  runSettings,
  withDecay,
} from '../run/config.ts';
import { checkFree } from '../run/folder.ts';
import { openRun } from '../run/openRun.ts';
import { runPaths } from '../run/paths.ts';
import { type RecordedRun, RunRecorder } from '../run/recorder.ts';
import { automaticBatch } from '../train/batchSize.ts';
import { checkSettings, describeDoubts } from '../train/checkSettings.ts';
import { trainingSchema } from '../train/config.ts';
import { checkCounts } from '../train/labels.ts';
import { trainingLoop } from '../train/loop.ts';
import { checkPosition } from '../train/position.ts';
import { describeStart, frameSettings, networkName, startFrom, startSettings } from '../train/start.ts';
import { stepGraph } from '../train/step.ts';
import type { Tree } from '../tree/tree.ts';
import { webPlatform } from './platform.ts';

/** The settings of the command `train`, except those that choose files, tables, the network, its frames, and the machine's memory. */
const settingsSchema = trainingSchema.omit({
  ...{ data: true, solutions: true, images: true, tree: true, holdOut: true, init: true, model: true },
  ...{
    labels: true,
    fractions: true,
    idColumn: true,
    columns: true,
    countsFromFractions: true,
    missing: true,
  },
  ...{ network: true, kernels: true, channels: true, dropout: true, dropoutAt: true, batchNorm: true },
  ...{ stretch: true, bands: true, field: true, hdu: true, bandFiles: true, pixelScale: true },
  ...{ features: true, regularisation: true, augmentation: true, workers: true, force: true },
});

type TrainingSettings = z.input<typeof settingsSchema>;

export interface FineTuneOptions extends TrainingSettings, StoppableOptions {
  /** The tree of the labels. Default: the model's. */
  tree?: Tree;
  /** Folder of the run, in the platform's files. Default: `run`. */
  folder?: string;
  /** Continues the run in the folder, with its settings. Of those, only `device` and `threads` may be given another value. */
  resume?: boolean;
  /** Default: a new `webPlatform()`, whose files are in memory. */
  platform?: Platform;
}

/** Galaxies whose records are in memory; pictures that cannot be read are skipped. */
async function withRecords(
  { readPicture }: Platform,
  galaxies: readonly LabelledGalaxy[],
  frames: FrameSettings,
  { onEvent, maxBad }: TaskOptions & { maxBad?: number },
): Promise<LabelledGalaxy<MemoryRecord>[]> {
  const skipped = new SkippedPictures(galaxies.length, maxBad, onEvent, true);
  const held: LabelledGalaxy<MemoryRecord>[] = [];
  for (const [i, galaxy] of galaxies.entries()) {
    try {
      const picture = await readPicture(galaxy.image, frames);
      const record = recordOfPicture(picture);
      const image = { kind: 'memory', name: galaxy.id, record, flags: picture.flags } as const;
      held.push({ ...galaxy, image });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      skipped.add({ name: error.file, reason: error.reason });
      skipped.check(i + 1);
    }
    onEvent?.({ kind: 'progress', doing: 'decoding', done: i + 1, total: galaxies.length });
  }
  skipped.checkSomeLeft(galaxies[0]?.image);
  return held;
}

interface Plan extends Pick<RecordedRun, 'config' | 'network' | 'preprocessing'> {
  /** The last checkpoint of a run that is resumed. */
  checkpoint?: Awaited<ReturnType<typeof loadCheckpoint>>;
}

/** The plan of a new training. */
function planned(
  model: Model,
  galaxies: readonly LabelledGalaxy[],
  tree: Tree,
  given: TrainingSettings,
  { cores }: Platform,
  onEvent: TaskOptions['onEvent'],
): Omit<Plan, 'checkpoint'> {
  const { preprocessing } = model;
  const settings = trainingSchema.parse({ ...given, network: networkName(model) });
  const start = startFrom(model, tree, settings);
  const chosen = startSettings(start, galaxies.length, given);
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  note(describeStart(start, galaxies.length, chosen));
  const { network } = start;
  const own = { ...settings, ...chosen, ...frameSettings(model) };
  checkSettings(own, network, preprocessing);
  for (const doubt of describeDoubts(own, network)) note(doubt);
  const batch = own.batch === 'auto' ? automaticBatch(tree, galaxies, { onEvent }) : own.batch;
  const config = { ...withDecay(own), batch, threads: own.threads || cores };
  checkSplit(config, galaxies.length);
  return { config, network, preprocessing };
}

/** The run of a folder, to be resumed. */
async function begun({ files, cores }: Platform, folder: string, given: TrainingSettings): Promise<Plan> {
  const saved = await readRunConfig(files, folder);
  const network = runNetwork(saved);
  const before = runSettings(saved);
  const settings = resumedSettings(saved, given);
  checkUnchanged(before, settings, folder);
  const { batch } = before;
  const config = { ...withDecay(settings), batch, threads: settings.threads || cores };
  const checkpoint = await loadCheckpoint(files, runPaths(folder).last, stepGraph(network, config).state);
  return { config, network, preprocessing: runPreprocessing(saved, network), checkpoint };
}

/**
 * Fine-tunes a model on labelled galaxies, as the command `train --model` does: with the same galaxies, settings and seed, the losses
 * are those of Node, but for rounding. Yields the events of the training; the platform's files hold a run that `resume` continues.
 * @param galaxies two or more, with their pictures
 * @returns the model with the best weights; undefined if `signal` stopped the training
 * @throws UserError for wrong settings, too few galaxies, or if another tab trains in the folder; TooManyBadImages; TrainingDiverged
 * @example
 * async function tune(model: Model, galaxies: LabelledGalaxy[]) {
 *   const training = fineTune(model, galaxies, { epochs: 8, seed: 1 });
 *   for (;;) {
 *     const { value, done } = await training.next();
 *     if (done) return value; // the trained model
 *     if (value.kind === 'epoch') console.log(value.metrics.validationRmse);
 *   }
 * }
 */
export async function* fineTune(
  model: Model,
  galaxies: readonly LabelledGalaxy[],
  { folder = 'run', platform = webPlatform(), ...options }: FineTuneOptions = {},
): AsyncGenerator<LoopEvent, Model | undefined, undefined> {
  const release = await lockFolder(platform.files, folder);
  try {
    return yield* trainInto(folder, platform, model, galaxies, options);
  } finally {
    release();
  }
}

/** Locks a folder until the function that it returns is called. @throws UserError if it is locked */
const lockFolder = (files: Files, folder: string): Promise<() => void> =>
  new Promise((resolve, reject) => {
    files.lock(folder, () => new Promise<void>((release) => resolve(release))).catch(reject);
  });

/** Trains into a folder that nobody else works in; see {@link fineTune}. */
async function* trainInto(
  folder: string,
  platform: Platform,
  model: Model,
  galaxies: readonly LabelledGalaxy[],
  options: Omit<FineTuneOptions, 'folder' | 'platform'>,
): AsyncGenerator<LoopEvent, Model | undefined, undefined> {
  const { tree = model.tree, resume = false, signal, onEvent, profile, ...given } = options;
  checked(settingsSchema, given, 'settings');
  const { files } = platform;
  if (!resume) await checkFree(files, folder);
  const plan: Plan = resume
    ? await begun(platform, folder, given)
    : planned(model, galaxies, tree, given, platform, onEvent);
  const { config, network, preprocessing, checkpoint } = plan;
  const position = checkpoint?.position;
  checkCounts(config.loss, galaxies);
  const shapes = stepGraph(network, config).state;
  const page = { unfinished: async () => {}, finished: async () => {} };
  const recorder = new RunRecorder(files, { folder, config, network, preprocessing, shapes }, page, onEvent);
  if (position) await recorder.resume(position);
  const load = async () => {
    const held = await withRecords(platform, galaxies, preprocessing, { onEvent, maxBad: config.maxBad });
    const data = await splitData(network.tree, held, { config }, onEvent);
    if (position) checkPosition(position, config, data, runPaths(folder).last);
    return data;
  };
  const state = checkpoint?.state ?? network.initialState(config.seed);
  const training = { network, preprocessing, config, state, position, load, signal, onEvent, profile };
  for await (const event of trainingLoop(platform, training)) {
    await recorder.record(event);
    yield event;
    if (event.kind === 'done' && event.stopped) return undefined;
  }
  return openRun(files, folder);
}
