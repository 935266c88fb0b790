/**
 * The training loop, top to bottom: galaxies → batches of random views → steps → validation → checkpoint, epoch by epoch.
 *
 * Everything random is a function of (seed, epoch, GalaxyID or step), so the result does not depend on the number of
 * workers, and a training that was stopped anywhere goes on to the same bits.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { SCHEDULES, type Schedule, warmUp } from '../engine/nn/schedule.ts';
import { AVERAGE, type StepGraph, TrainingStep } from '../engine/nn/trainingStep.ts';
import type { Program } from '../engine/runtime/program.ts';
import { asOutOfMemory, OutOfMemory } from '../errors.ts';
import { checkWeights } from '../model/weights.ts';
import { withLock } from '../node/files/lock.ts';
import { readSafetensors } from '../node/files/safetensors.ts';
import { ImageWorkers } from '../node/pictures/workers.ts';
import { compile } from '../node/runtime/device.ts';
import { findNonFinite } from '../run/checkpoint.node.ts';
import { prepareData, type TrainingData } from '../run/data.node.ts';
import { checkTrainingMemory } from '../run/memory.node.ts';
import { isPageFinished } from '../run/page.node.ts';
import { runPaths } from '../run/paths.node.ts';
import { initialState, planTraining, type TrainingPlan } from '../run/plan.node.ts';
import { type BestWeights, RunRecorder } from '../run/recorder.node.ts';
import { epochJobs, fillTarget, sumOfSquaredErrors } from './batches.ts';
import type { TrainingConfig } from './config.ts';
import type { EpochMetrics } from './metrics.ts';
import type { TrainOptions } from './observer.node.ts';
import { afterEpoch, afterStep, checkPosition, firstPosition, meansOf, type Position } from './position.ts';
import { evaluationGraph, predictNeutral, validate } from './validate.node.ts';

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
  options: TrainOptions,
): Promise<TrainingOutcome> {
  const { resume = false, signal, observer } = options;
  const plan = await planTraining(settings, folder, options);
  const { config, network, graph, saved, images } = plan;
  const recorder = new RunRecorder(plan, graph.state, (message) => observer.note(message));
  const dropImages = async () => {
    if (images.isOwn) await rm(images.path, { force: true });
  };
  if (saved) await recorder.goOn(saved.position);
  if (saved?.position.epoch === config.epochs && saved.position.batch === 0 && isPageFinished(folder)) {
    await dropImages();
    return outcomeOf(saved.position, recorder);
  }
  if (resume) checkTrainingMemory(network, config, observer.memory);
  else await dropImages(); // of a training that never began
  const initial = saved?.state ?? (await initialState(config, network));

  const programs: Program[] = [];
  const load = async (outputs: StepGraph['outputs'], name: string) => {
    const onPlacement = observer.placement?.(name);
    const program = await compile(outputs, { name: config.device, threads: config.threads, onPlacement });
    programs.push(program);
    return program;
  };
  const workers = new ImageWorkers(config.workers);
  try {
    // Before the pictures are decoded, which may take long: a device that is not there is told at once.
    const program = await load(graph.outputs, 'training step');
    const data = await prepareData(config, await plan.list(), images.path, observer, signal);
    const { batch, convolution: method } = config;
    const evaluation =
      data.validation.length > 0
        ? await load({ fractions: evaluationGraph(network, batch, method) }, 'validation')
        : undefined;
    if (saved) {
      try {
        const steps = stepsOfEpoch(data, batch);
        const extent = { epochs: config.epochs, steps, batchSize: batch, data: data.digest };
        checkPosition(saved.position, extent, runPaths(folder).last);
      } catch (error) {
        await dropImages(); // they may be of other galaxies than the run's
        throw error;
      }
    }
    const step = new TrainingStep(program, graph, initial, config.seed);
    const training = new Training(plan, data, step, evaluation, workers, recorder, options);
    const outcome = await training.run(saved?.position);
    if (!outcome.stopped) await dropImages();
    return outcome;
  } catch (error) {
    await recorder.showFailure();
    if (signal?.aborted && error === signal.reason) {
      return { stopped: true, resumable: resume, epochs: saved?.position.epoch ?? 0 };
    }
    throw withCheckpoint(asOutOfMemory(error), runPaths(folder).last);
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

function outcomeOf({ epoch, best }: Position, { lastEpoch }: RunRecorder, stopped = false): TrainingOutcome {
  return { stopped, resumable: stopped, epochs: epoch, best, last: lastEpoch };
}

/** Galaxies that do not fill a last batch have their turn in another epoch. */
const stepsOfEpoch = ({ training }: TrainingData, batch: number): number =>
  Math.floor(training.length / batch);

/** What an epoch has come to. */
interface Seen {
  /** After its last step, or after the one at which it was stopped. */
  position: Position;
  /** Of its last step. */
  learningRate: number;
  seconds: number;
  imagesPerSecond: number;
}

/** The epochs of a training whose galaxies are decoded and whose programs are compiled. */
class Training {
  private readonly steps: number;
  private readonly schedule: Schedule;
  private readonly target: Float32Array;
  private readonly meanWeight: number;

  /** @param evaluation none where no galaxies were kept for validation */
  constructor(
    private readonly plan: TrainingPlan,
    private readonly data: TrainingData,
    private readonly step: TrainingStep,
    private readonly evaluation: Program | undefined,
    private readonly workers: ImageWorkers,
    private readonly recorder: RunRecorder,
    private readonly options: Pick<TrainOptions, 'signal' | 'observer'>,
  ) {
    const { config, network } = plan;
    const { training } = data;
    this.steps = stepsOfEpoch(data, config.batch);
    this.schedule = SCHEDULES[config.schedule](config.learningRate, config.epochs);
    this.target = new Float32Array(config.batch * network.outputs);
    // Weights are relative: that all are halved shall change neither the loss nor the norm of its gradient.
    this.meanWeight = training.reduce((sum, { weight }) => sum + weight, 0) / training.length;
  }

  /** All epochs. @param saved where the run stands; none for a new one */
  async run(saved: Position | undefined): Promise<TrainingOutcome> {
    const { recorder, step, options } = this;
    const { epochs } = this.plan.config;
    let position = saved ?? firstPosition(this.data.digest);
    if (saved === undefined) await recorder.begin(this.data, step.state, position);
    await recorder.showTraining(true);
    while (position.epoch < epochs) {
      const seen = await this.epoch(position);
      this.checkState(seen.position);
      if (options.signal?.aborted) {
        await recorder.stop(step.state, seen.position);
        return outcomeOf(seen.position, recorder, true);
      }
      const { line, lower } = await this.measure(seen);
      position = afterEpoch(seen.position, lower?.rmse);
      const isBest = position.best?.epoch === position.epoch;
      await recorder.epoch(line, step.state, position, isBest ? lower : undefined);
      options.observer.epoch(line);
    }
    await recorder.finish(this.data, await this.predictBest());
    return outcomeOf(position, recorder);
  }

  /** The steps of an epoch, from where it stands, to its end or to the step after which it is to stop. */
  private async epoch(start: Position): Promise<Seen> {
    const { workers, step, steps, target } = this;
    const { config, network } = this.plan;
    const { seed, batch, epochs } = config;
    const { epoch, batch: first } = start;
    const warmUpSteps = config.warmup * steps;
    const rateAt = (number: number) => this.schedule(epoch) * warmUp(number, warmUpSteps);
    const started = performance.now();
    const secondsSoFar = () => (performance.now() - started) / 1000;
    const drawn = { size: network.description.input.size, capacity: batch };
    const jobs = epochJobs(this.data.training, { seed, epoch, first, views: config }, drawn);
    let position = start;
    for await (const { data: image, job, failures } of workers.batches(jobs)) {
      if (failures.length > 0) {
        throw new Error(`${failures[0]!.name}: cannot be read any more: ${failures[0]!.reason}`);
      }
      fillTarget(job.members, target);
      const weight = Float32Array.from(job.members, (galaxy) => galaxy.weight / this.meanWeight);
      const number = position.step + 1;
      const { loss, prediction } = await step.run({ image, target, weight }, rateAt(number), number);
      workers.recycle(image);
      if (!Number.isFinite(loss)) throw this.diverged(`the loss is ${loss}`, number, epoch);
      position = afterStep(position, batch, loss, sumOfSquaredErrors(prediction, target));
      const done = position.batch - first;
      this.options.observer.progress({
        epoch: epoch + 1,
        epochs,
        step: position.batch,
        steps,
        ...meansOf(position, network.outputs),
        imagesPerSecond: (done * batch) / secondsSoFar(),
        secondsLeft: ((epochs - epoch) * steps - position.batch) * (secondsSoFar() / done),
      });
      if (this.options.signal?.aborted) break;
    }
    const seconds = secondsSoFar();
    const imagesPerSecond = ((position.batch - first) * batch) / seconds;
    return { position, learningRate: rateAt(position.step), seconds, imagesPerSecond };
  }

  /** What there is to say of an epoch, and which of its weights have the lower RMSE on the validation galaxies. */
  private async measure(seen: Seen): Promise<{ line: EpochMetrics; lower?: BestWeights }> {
    const { network, config } = this.plan;
    const { position, learningRate, imagesPerSecond, seconds } = seen;
    const plain = await this.validate(false);
    const averaged = config.weightAverage === undefined ? undefined : await this.validate(true);
    const line = {
      epoch: position.epoch + 1,
      learningRate,
      ...meansOf(position, network.outputs),
      validationRmse: plain?.rmse ?? null,
      averagedValidationRmse: config.weightAverage === undefined ? undefined : (averaged?.rmse ?? null),
      imagesPerSecond,
      seconds,
    };
    return { line, lower: plain && averaged && averaged.rmse < plain.rmse ? averaged : plain };
  }

  private async validate(isAverage: boolean): Promise<BestWeights | undefined> {
    if (this.evaluation === undefined) return undefined;
    const state = this.plan.network.stateOf(this.step.state, isAverage ? AVERAGE : '');
    const rmse = await validate(this.evaluation, state, this.data.validation, this.workers);
    return { state, rmse, isAverage };
  }

  /** What the best weights say of the validation galaxies, [N, 37]. */
  private async predictBest(): Promise<Float32Array | undefined> {
    if (this.evaluation === undefined) return undefined;
    const { best } = this.paths;
    const { tensors } = await readSafetensors(best);
    const weights = checkWeights(this.plan.network, tensors, best);
    return predictNeutral(this.evaluation, weights, this.data.validation, this.workers);
  }

  private checkState({ step, epoch }: Position): void {
    const bad = findNonFinite(this.step.state);
    if (bad !== undefined) throw this.diverged(bad, step, epoch);
  }

  private diverged(what: string, step: number, epoch: number): TrainingDiverged {
    return new TrainingDiverged(
      `${what} at step ${step} (epoch ${epoch + 1}); the last good checkpoint is ${this.paths.last}`,
    );
  }

  private get paths() {
    return runPaths(this.plan.folder);
  }
}
