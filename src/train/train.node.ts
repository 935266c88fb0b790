/**
 * The training loop, top to bottom: galaxies → batches of random views → steps → validation → checkpoint, epoch by epoch.
 *
 * Everything random is a function of (seed, epoch, GalaxyID or step), so the result does not depend on the number of
 * workers, and a training that was stopped anywhere goes on to the same bits.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { writeSubmission } from '../catalogue/submission.node.ts';
import { asOutOfMemory, OutOfMemory, UserError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic.node.ts';
import { withLock } from '../files/lock.node.ts';
import { readSafetensors } from '../files/safetensors.node.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import { ImageWorkers } from '../image/workers.node.ts';
import { parseNetwork } from '../networks/description.ts';
import type { GalaxyNetwork } from '../networks/galaxyNetwork.ts';
import { openNetwork } from '../networks/open.node.ts';
import { readRunConfig, runPaths } from '../networks/run.node.ts';
import { AVERAGE, checkWeights, stateDictionary } from '../networks/weights.ts';
import { constantRate, cosine, cosineWarmRestarts, type Schedule, warmUp } from '../nn/schedule.ts';
import { compile, type Device } from '../runtime/device.node.ts';
import type { MemoryEstimate } from '../runtime/memory.node.ts';
import type { Placement } from '../runtime/profile.node.ts';
import type { Program } from '../runtime/program.ts';
import { checkAugmentation, epochJobs, fillTarget, sumOfSquaredErrors } from './batches.ts';
import { batchForRarestClass } from './batchSize.ts';
import { findNonFinite, loadCheckpoint, NO_SUMS, type Position, saveCheckpoint } from './checkpoint.node.ts';
import type { ResolvedConfig, TrainingConfig } from './config.ts';
import { type DataObserver, type Listing, listGalaxies, prepareData } from './data.node.ts';
import {
  checkFree,
  checkSameTraining,
  readMetrics,
  readTraining,
  withDecay,
  writeMetrics,
  writeRunConfig,
  writeTrainedIds,
} from './folder.node.ts';
import { checkTrainingMemory } from './memory.node.ts';
import type { EpochMetrics } from './metrics.ts';
import { isPageFinished, writeFinishedPage, writeUnfinishedPage } from './page.node.ts';
import { rateFactors } from './rates.ts';
import { TrainingStep, trainingGraph } from './step.ts';
import { writeTensorBoard } from './tensorboard.node.ts';
import { compileEvaluation, predictNeutral, validate } from './validate.node.ts';

/** How far an epoch is. */
export interface Progress {
  /** Counted from 1. */
  epoch: number;
  epochs: number;
  /** Steps of the epoch that are done, and that it has. */
  step: number;
  steps: number;
  /** Over what the epoch has seen so far. */
  loss: number;
  rmse: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

/** Is told what happens, as it happens. */
export interface TrainingObserver extends DataObserver {
  progress(progress: Progress): void;
  epoch(metrics: EpochMetrics): void;
  /** What the training will take, before anything large is allocated. */
  memory?(estimate: MemoryEstimate): void;
  /** Gives who is to be told on which device a program's operations ran, if anyone is. */
  placement?(program: string): ((placement: Placement) => void) | undefined;
}

/** How a training ended. */
export interface TrainingOutcome {
  /** Whether a signal stopped it before the last epoch; it can be resumed unless that was before the first checkpoint. */
  stopped: boolean;
  resumable: boolean;
  /** Epochs that are done. */
  epochs: number;
  best?: { epoch: number; rmse: number };
  last?: EpochMetrics;
}

/** What a training is given besides its settings. */
export interface TrainOptions {
  /** Go on with the run that is in the folder. */
  resume?: boolean;
  /**
   * Where the settings' galaxies lie decoded, or are to lie, for several trainings; it stays there. Default: a file in the
   * folder, for as long as the training takes.
   */
  store?: string;
  /** Stops the training after the step that is under way, with a checkpoint. */
  signal?: AbortSignal;
  observer: TrainingObserver;
}

/**
 * A loss or a weight that is no number any more; the message names the step and the last good checkpoint.
 * @example
 * await train(config, 'runs/hot', { observer }).catch((error) => {
 *   if (error instanceof TrainingDiverged) console.error('a lower learning rate may help:', error.message);
 * });
 */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';
}

/** The report's cycles: 60, 180, 540, … epochs. */
const WARM_RESTARTS = { firstCycle: 60, factor: 3 };

function scheduleOf({ schedule, learningRate, epochs }: TrainingConfig): Schedule {
  if (schedule === 'constant') return constantRate(learningRate);
  if (schedule === 'cosine') return cosine(learningRate, epochs);
  return cosineWarmRestarts(learningRate, WARM_RESTARTS.firstCycle, WARM_RESTARTS.factor);
}

/** @throws UserError where settings do not fit each other, or the network */
export function checkSettings(settings: TrainingConfig, network: GalaxyNetwork): void {
  const { warmup, epochs } = settings;
  if (warmup > epochs) throw new UserError(`--warmup ${warmup}: longer than the ${epochs} epochs`);
  checkAugmentation(settings, network.description.input.size);
  rateFactors(settings, network);
}

/**
 * Trains a network and leaves a run in `folder`.
 * @throws UserError for wrong settings and data, where another process trains into the folder, and where the machine has not the
 * memory; TooManyBadImages; TrainingDiverged where the loss is no number
 * @example
 * await train(config, 'runs/second', { observer }); // the settings: trainingSchema.parse({ data: 'galaxy-zoo' })
 */
export async function train(
  settings: TrainingConfig,
  folder: string,
  options: TrainOptions,
): Promise<TrainingOutcome> {
  return withLock(folder, () => trainInto(folder, settings, options));
}

/** The training, in a folder that no other process trains into. */
async function trainInto(
  folder: string,
  settings: TrainingConfig,
  { resume = false, store, signal, observer }: TrainOptions,
): Promise<TrainingOutcome> {
  const paths = runPaths(folder);
  const images = store ?? paths.images;
  if (resume) await checkSameTraining(folder, settings, `--resume ${folder}`);
  else checkFree(folder);
  const network = resume
    ? parseNetwork((await readRunConfig(folder)).network, `${paths.config}: network`)
    : await openNetwork(settings.network, settings);
  checkSettings(settings, network);
  const list = () => {
    const isKept = existsSync(images) && (resume || store !== undefined);
    return listGalaxies(settings, observer, isKept ? images : undefined);
  };
  let listing: Listing | undefined;
  let { batch } = settings;
  if (batch === 'auto' && resume) {
    ({ batch } = await readTraining(folder));
    observer.note(`--batch auto: ${batch}, as when the run began`);
  } else if (batch === 'auto') {
    listing = await list();
    const found = batchForRarestClass(listing.galaxies.map(({ fractions }) => fractions));
    observer.note(`--batch auto: ${found.batch}: ${found.reason}`);
    batch = found.batch;
  }
  // Resolved here, so that the run's settings say how many threads its bits are from.
  const threads = settings.threads || availableParallelism();
  const config: ResolvedConfig & { weightDecay: number } = { ...withDecay(settings), batch, threads };
  const { epochs, seed, convolution: method } = config;
  // A new network may be of any size: before anything of it is built. One that goes on was built before, and may be finished.
  if (!resume) checkTrainingMemory(network, config, observer.memory);
  const graph = trainingGraph(network, { ...config, method, rateFactors: rateFactors(config, network) });
  const saved = resume ? await loadCheckpoint(paths.last, graph.state) : undefined;
  if (saved?.position.epoch === epochs && isPageFinished(folder)) {
    if (store === undefined) await rm(images, { force: true });
    return outcomeOf(saved.position, await readMetrics(folder, epochs));
  }
  if (resume) checkTrainingMemory(network, config, observer.memory);
  const initial = saved?.state ?? (await initialState(config, network));

  const device = (program: string): Device => ({
    name: config.device,
    threads,
    onPlacement: observer.placement?.(program),
  });
  if (!resume && store === undefined) await rm(images, { force: true }); // of a training that never began
  const run = { folder, config, network };
  /** Whether the page tells of this training. */
  let isShown = false;
  /** Pages and charts are by-products: one that cannot be written is told, and the training goes on. */
  const show = async (write: () => Promise<unknown>) => {
    await write().catch((error: Error) => observer.note(`not shown: ${error.message}`));
  };
  const programs: Program[] = [];
  const workers = new ImageWorkers(config.workers);
  try {
    // Before the pictures are decoded, which may take long: a device that is not there is told at once.
    const program = await compile(graph.outputs, device('training step'));
    programs.push(program);
    listing ??= await list();
    const data = await prepareData(config, listing, images, observer, signal);
    const isValidated = data.validation.length > 0;
    const evaluation = isValidated
      ? await compileEvaluation(network, batch, method, device('validation'))
      : undefined;
    if (evaluation) programs.push(evaluation);
    if (saved && saved.position.data !== data.digest) {
      if (store === undefined) await rm(images, { force: true }); // decoded from the wrong galaxies
      throw new UserError(
        `--resume ${folder}: the galaxies, their votes or their split are not those of the run`,
      );
    }

    const step = new TrainingStep(program, graph, initial, seed);
    let position: Position = saved?.position ?? {
      epoch: 0,
      batch: 0,
      step: 0,
      sums: NO_SUMS,
      data: data.digest,
    };
    const metrics = await readMetrics(folder, position.epoch);
    const diverged = (what: string, at: number) =>
      new TrainingDiverged(
        `${what} at step ${at} (epoch ${position.epoch + 1}); the last good checkpoint is ${paths.last}`,
      );
    const checkState = () => {
      const bad = findNonFinite(step.state);
      if (bad !== undefined) throw diverged(bad, position.step);
    };
    /** What the best weights so far say of the validation galaxies. */
    const predictBest = async (evaluation: Program) => {
      const { tensors } = await readSafetensors(paths.best);
      return predictNeutral(evaluation, checkWeights(network, tensors, paths.best), data.validation, workers);
    };
    const save = () => saveCheckpoint(paths.last, step.state, graph.state, position);
    /** Nothing is written into a folder that has been taken away: half a run would be there again. */
    const checkThere = () => {
      if (existsSync(paths.config)) return;
      throw new Error(`${folder}: is not there any more: deleted or renamed while it was trained into`);
    };
    if (!resume) {
      if (isValidated) await writeSubmission(paths.validation, data.validation);
      await writeTrainedIds(
        folder,
        data.training.map(({ id }) => id),
      );
      await save();
      await writeRunConfig(folder, config, network.description);
    }
    if (position.epoch < epochs) await show(() => writeUnfinishedPage(run, metrics, true));
    isShown = true;

    const schedule = scheduleOf(config);
    const steps = Math.floor(data.training.length / batch);
    const warmUpSteps = config.warmup * steps;
    const drawn = { size: network.description.input.size, capacity: batch };
    const target = new Float32Array(batch * network.outputs);
    // Weights are relative: that all are halved shall change neither the loss nor the norm of its gradient.
    const meanWeight = data.training.reduce((sum, { weight }) => sum + weight, 0) / data.training.length;
    while (position.epoch < epochs) {
      const { epoch, batch: first } = position;
      const rateAt = (step: number) => schedule(epoch) * warmUp(step, warmUpSteps);
      const started = performance.now();
      const secondsSoFar = () => (performance.now() - started) / 1000;

      const jobs = epochJobs(data.training, { seed, epoch, first, views: config }, drawn);
      for await (const { data: image, job, failures } of workers.batches(jobs)) {
        if (failures.length > 0) {
          throw new Error(`${failures[0].name}: cannot be read any more: ${failures[0].reason}`);
        }
        fillTarget(job.members, target);
        const weight = Float32Array.from(job.members, (galaxy) => galaxy.weight / meanWeight);
        const number = position.step + 1;
        const { loss, prediction } = await step.run({ image, target, weight }, rateAt(number), number);
        workers.recycle(image);
        if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, position.step + 1);
        position = advance(position, batch, loss, sumOfSquaredErrors(prediction, target));
        const done = position.batch - first;
        observer.progress({
          epoch: epoch + 1,
          epochs,
          step: position.batch,
          steps,
          ...meansOf(position, network.outputs),
          imagesPerSecond: (done * batch) / secondsSoFar(),
          secondsLeft: ((epochs - epoch) * steps - position.batch) * (secondsSoFar() / done),
        });
        if (signal?.aborted) {
          checkState();
          checkThere();
          await save();
          await show(() => writeUnfinishedPage(run, metrics, false));
          return outcomeOf(position, metrics, true);
        }
      }
      const seconds = secondsSoFar();
      checkState();

      const measure = (prefix: string) =>
        evaluation && validate(evaluation, network.stateOf(step.state, prefix), data.validation, workers);
      const rmse = (await measure('')) ?? null;
      const averagedRmse =
        config.weightAverage === undefined ? undefined : ((await measure(AVERAGE)) ?? null);
      const line: EpochMetrics = {
        epoch: epoch + 1,
        learningRate: rateAt(position.step),
        ...meansOf(position, network.outputs),
        validationRmse: rmse,
        averagedValidationRmse: averagedRmse,
        imagesPerSecond: ((steps - first) * batch) / seconds,
        seconds,
      };
      metrics.push(line);
      const isAverageBetter = rmse !== null && averagedRmse != null && averagedRmse < rmse;
      const lower = isAverageBetter ? averagedRmse : rmse;
      const isBest = lower !== null && lower < (position.best?.rmse ?? Number.POSITIVE_INFINITY);
      const best = isBest ? { epoch: epoch + 1, rmse: lower } : position.best;
      position = { ...position, epoch: epoch + 1, batch: 0, sums: NO_SUMS, best };
      checkThere();
      if (isBest) {
        const state = network.stateOf(step.state, isAverageBetter ? AVERAGE : '');
        const about = {
          step: String(position.step),
          epoch: String(epoch + 1),
          validationRmse: String(lower),
          averaged: String(isAverageBetter),
        };
        await writeFileAtomically(
          paths.best,
          encodeSafetensors(stateDictionary(network, state, position.step), about),
        );
      }
      // The checkpoint comes after them: what is written before it is written again, the same, if it does not come to that.
      await writeMetrics(folder, metrics);
      await save();
      await show(() => writeTensorBoard(folder, metrics));
      await show(() => writeUnfinishedPage(run, metrics, true));
      observer.epoch(line);
    }
    const predictions = evaluation && (await predictBest(evaluation));
    await show(() => writeFinishedPage(run, metrics, data.validation, predictions));
    if (store === undefined) await rm(images, { force: true });
    return outcomeOf(position, metrics);
  } catch (error) {
    if (isShown && existsSync(paths.config)) {
      await show(async () => writeUnfinishedPage(run, await readMetrics(folder, epochs), false));
    }
    if (!signal?.aborted || error !== signal.reason) throw withCheckpoint(asOutOfMemory(error), paths.last);
    return { stopped: true, resumable: resume, epochs: saved?.position.epoch ?? 0 };
  } finally {
    await workers.close();
    await Promise.all(programs.map((program) => program.release()));
  }
}

/** A training that runs out of memory has not lost what it has saved. */
function withCheckpoint(error: unknown, checkpoint: string): unknown {
  if (!(error instanceof OutOfMemory) || !existsSync(checkpoint)) return error;
  const message = `${error.message}; a smaller --batch takes less; the last good checkpoint is ${checkpoint}`;
  return new Error(message, { cause: error });
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

/** The position after one more step. */
function advance(position: Position, batch: number, loss: number, squaredError: number): Position {
  const { sums } = position;
  return {
    ...position,
    batch: position.batch + 1,
    step: position.step + 1,
    sums: {
      galaxies: sums.galaxies + batch,
      loss: sums.loss + loss * batch,
      squaredError: sums.squaredError + squaredError,
    },
  };
}

/** Loss and RMSE over what the epoch has seen. */
function meansOf({ sums }: Position, outputs: number): { loss: number; rmse: number } {
  return {
    loss: sums.loss / sums.galaxies,
    rmse: Math.sqrt(sums.squaredError / (sums.galaxies * outputs)),
  };
}

function outcomeOf(
  { epoch, best }: Position,
  metrics: readonly EpochMetrics[],
  stopped = false,
): TrainingOutcome {
  return { stopped, resumable: stopped, epochs: epoch, best, last: metrics.at(-1) };
}
