/** Trains networks in a page, from a trained model. */
import type { z } from 'zod';
import type { LabelledGalaxy } from '../data/labels.ts';
import { splitData } from '../data/trainingSplit.ts';
import { OptionError } from '../errors.ts';
import type { LoopEvent, StoppableOptions, TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import type { MemoryRecord } from '../picture/batch.ts';
import type { FrameSettings } from '../picture/preprocessing.ts';
import { toRecord } from '../picture/record.ts';
import { ImageError, SkippedPictures } from '../picture/unreadable.ts';
import type { Platform } from '../platform.ts';
import { loadCheckpoint } from '../run/checkpoint.ts';
import { readRunConfig, runNetwork, runPreprocessing, runSettings, withDecay } from '../run/config.ts';
import { checkFree } from '../run/folder.ts';
import { openRun } from '../run/openRun.ts';
import { runPaths } from '../run/paths.ts';
import { RunRecorder } from '../run/recorder.ts';
import { checkSettings } from '../train/checkSettings.ts';
import { type ResolvedConfig, trainingSchema } from '../train/config.ts';
import { checkCounts } from '../train/labels.ts';
import { trainingLoop } from '../train/loop.ts';
import { checkPosition } from '../train/position.ts';
import { describeStart, startFrom, startSettings } from '../train/start.ts';
import { stepGraph } from '../train/step.ts';
import type { Tree } from '../tree/tree.ts';
import { webPlatform } from './platform.ts';

/** Settings of a training; see the command `train`. Those that choose files have no effect in a page. */
type TrainingSettings = Omit<
  z.input<typeof trainingSchema>,
  'network' | 'data' | 'solutions' | 'images' | 'tree' | 'init' | 'model' | 'features' | 'holdOut'
>;

export interface FineTuneOptions extends TrainingSettings, StoppableOptions {
  /** The tree of the labels. Default: the model's. */
  tree?: Tree;
  /** Folder of the run, in the platform's files. Default: `run`. */
  folder?: string;
  /** Continues the run in the folder; its settings apply. */
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
      const { record, frame, flags } = await readPicture(galaxy.image, frames);
      const image = { kind: 'memory', name: galaxy.id, record: record ?? toRecord(frame), flags } as const;
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

/** The settings of a new training, and its network. */
function planned(
  model: Model,
  galaxies: readonly LabelledGalaxy[],
  tree: Tree,
  given: TrainingSettings,
  { cores }: Platform,
  onEvent: TaskOptions['onEvent'],
) {
  const network = String(model.provenance.training.network ?? model.file);
  const settings = trainingSchema.parse({ ...given, network });
  const start = startFrom(model, tree, settings);
  const { batch, ...chosen } = startSettings(start, galaxies.length, given as Partial<ResolvedConfig>);
  if (batch === 'auto') throw new OptionError('batch', 'expected a number of galaxies in a page', batch);
  onEvent?.({ kind: 'note', message: describeStart(start, galaxies.length, { batch, ...chosen }) });
  const { stretch, bands, field } = model.preprocessing;
  const config: ResolvedConfig = withDecay({
    ...settings,
    ...chosen,
    batch,
    ...(stretch !== undefined && { stretch, bands: [...bands] }),
    ...(field !== undefined && { field }),
    threads: settings.threads || cores,
  });
  checkSettings(config, start.network, model.preprocessing);
  return { config, network: start.network, preprocessing: model.preprocessing };
}

/** The run of a folder, to be resumed. */
async function begun({ files }: Platform, folder: string) {
  const saved = await readRunConfig(files, folder);
  const network = runNetwork(saved);
  const config = runSettings(saved);
  const checkpoint = await loadCheckpoint(files, runPaths(folder).last, stepGraph(network, config).state);
  return { config, network, preprocessing: runPreprocessing(saved, network), checkpoint };
}

/**
 * Fine-tunes a model on labelled galaxies, as the command `train --model` does: with the same galaxies, settings and seed, the losses
 * are those of Node, but for rounding. Yields the events of the training; the platform's files hold a run that `resume` continues.
 * @param galaxies two or more, with their pictures
 * @returns the model with the best weights; undefined if `signal` stopped the training
 * @throws OptionError for wrong settings, or too few galaxies; TooManyBadImages; TrainingDiverged
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
  options: FineTuneOptions = {},
): AsyncGenerator<LoopEvent, Model | undefined, undefined> {
  const { tree = model.tree, folder = 'run', resume = false, platform = webPlatform(), ...rest } = options;
  const { signal, onEvent, profile, ...given } = rest;
  const { files } = platform;
  if (!resume) await checkFree(files, folder);
  const run = resume
    ? await begun(platform, folder)
    : { ...planned(model, galaxies, tree, given, platform, onEvent), checkpoint: undefined };
  const { config, network, preprocessing, checkpoint } = run;
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
