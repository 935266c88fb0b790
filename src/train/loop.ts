/**
 * The training loop. In each epoch it trains on all galaxies, batch by batch. After each epoch, or after some, it validates.
 *
 *     start → (step … step → checkpoint → epoch) for each epoch → done
 *
 * It yields these events; run/recorder.ts writes the files. The caller handles an event before the loop goes on.
 *
 * Reproducible: everything random is a function of (seed, epoch, galaxy ID or step number). Neither the number of workers nor
 * stopping and resuming changes the result.
 *
 * Cost: nearly all time is spent in `step.run`. Memory holds the state twice, the step's intermediate results, and a batch for
 * each worker that reads ahead.
 */
import { squaredErrors } from '../data/labels.ts';
import { SCHEDULES, type ScheduleOptions, warmUp } from '../engine/nn/schedule.ts';
import { AVERAGE, type StepGraph, TrainingStep } from '../engine/nn/trainingStep.ts';
import type { Program } from '../engine/runtime/program.ts';
import {
  type BestWeights,
  type LoopEvent,
  placementOf,
  type StoppableOptions,
  type TrainingData,
} from '../events.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { DEFAULT_PREPROCESSING, type Preprocessing } from '../picture/preprocessing.ts';
import type { Platform } from '../platform.ts';
import { checkRead, epochJobs } from './batches.ts';
import type { ResolvedConfig, TrainingConfig } from './config.ts';
import { fillCounts, fillRows, hasUnknown, needsCounts, scoresOf } from './labels.ts';
import { Pace } from './pace.ts';
import {
  afterEpoch,
  afterStep,
  findNonFinite,
  firstPosition,
  meansOf,
  type Position,
  stepsOf,
} from './position.ts';
import { stepGraph } from './step.ts';
import { measureTrainingPictures } from './trainingPictures.ts';
import { evaluationOutputs, predictNeutral } from './validate.ts';

export interface Training extends StoppableOptions {
  network: GalaxyNetwork;
  /** Default: `DEFAULT_PREPROCESSING`. */
  preprocessing?: Preprocessing;
  config: ResolvedConfig;
  /** Parameters by name; when resuming, the whole state. */
  state: ReadonlyMap<string, Float32Array>;
  /** Where to resume. Default: before the first step. */
  position?: Position;
  /** Loads the galaxies. Called when the step is compiled: an unusable device is an error before pictures are decoded. */
  load(): Promise<TrainingData>;
}

/**
 * Thrown if the loss or a weight is not a finite number.
 * @example
 * const settings = { data: 'galaxy-zoo', network: 'baseline-small', epochs: 1, batch: 8, validation: 0 };
 * await train({ ...settings, learningRate: 1e30, out: 'runs/diverged' }).catch((error) => {
 *   if (error instanceof TrainingDiverged) console.error('try a lower learning rate');
 * });
 */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';
}

/** The options of the schedule; undefined ones have their defaults. */
export const scheduleOptions = (config: TrainingConfig): ScheduleOptions => ({
  minimum: config.minLearningRate,
  firstCycle: config.restartFirst,
  factor: config.restartFactor,
});

/**
 * Trains a network.
 * @throws TrainingDiverged; UserError if the device cannot be used; errors of `load`
 * @example
 * for await (const event of trainingLoop(nodePlatform, { network, config, state: network.initialState(1), load })) {
 *   if (event.kind === 'epoch') console.log(event.metrics.epoch, event.metrics.validationRmse);
 * }
 */
export async function* trainingLoop(
  platform: Platform,
  training: Training,
): AsyncGenerator<LoopEvent, void, undefined> {
  const { network, preprocessing = DEFAULT_PREPROCESSING, config, signal } = training;
  const { size } = network.description.input;
  const { seed, batch, epochs, device: name, threads } = config;
  const columns = network.outputs;
  const reader = platform.pictures(config.workers);
  const programs: Program[] = [];
  const compile = async (outputs: StepGraph['outputs'], program: string) => {
    const device = { name, threads, onPlacement: placementOf(training, program) };
    const compiled = await platform.compile(outputs, device);
    programs.push(compiled);
    return compiled;
  };
  try {
    // Compile the training step and load the galaxies.
    let graph = stepGraph(network, config);
    let program = await compile(graph.outputs, 'training step');
    const data = await training.load();
    const hasMissing = hasUnknown(data.training);
    const hasCounts = needsCounts(config.loss);
    if (hasMissing && !hasCounts) {
      // The loss that skips unknown labels has its own graph.
      await programs.pop()!.release();
      graph = stepGraph(network, config, hasMissing);
      program = await compile(graph.outputs, 'training step');
    }
    const steps = stepsOf(data.training.length, batch);
    const schedule = SCHEDULES[config.schedule](config.learningRate, epochs, scheduleOptions(config));
    const learningRate = (epoch: number, step: number) =>
      schedule(epoch) * warmUp(step, config.warmup * steps);
    // Only ratios of weights matter: doubling all changes neither the loss nor the gradient.
    const meanWeight = data.training.reduce((sum, { weight }) => sum + weight, 0) / data.training.length;
    const fractions = new Float32Array(batch * columns);
    const counts = new Float32Array(hasCounts ? batch * columns : 0);

    // Compile the validation graph, if galaxies are kept for it.
    const validation =
      data.validation.length > 0
        ? await compile(evaluationOutputs(network, batch, config.convolution), 'validation')
        : undefined;
    const predict = (weights: ReadonlyMap<string, Float32Array>, part: 'validation' | 'calibration') =>
      predictNeutral(validation!, weights, data[part], reader, preprocessing);

    const step = new TrainingStep(program, graph, training.state, seed);
    /** Validates the current weights, or their moving averages. */
    const validate = async (isAverage: boolean): Promise<BestWeights | undefined> => {
      if (validation === undefined) return undefined;
      const state = network.stateOf(step.state, isAverage ? AVERAGE : '');
      return {
        state,
        ...scoresOf(network.tree, await predict(state, 'validation'), data.validation, config.loss),
        isAverage,
      };
    };
    let position = training.position ?? firstPosition(data.digest);
    const pictures = training.position
      ? undefined
      : await measureTrainingPictures(data.training, reader, { ...preprocessing, size });
    yield { kind: 'start', data, state: step.state, position, pictures };

    const pace = new Pace();
    while (position.epoch < epochs) {
      const { epoch, batch: firstBatch } = position; // in a resumed epoch, some batches are done
      const started = performance.now();
      const secondsSoFar = () => (performance.now() - started) / 1000;
      pace.start(started);

      // Train on the epoch's batches: one step each.
      const drawn = { size, capacity: batch, preprocessing };
      const jobs = epochJobs(data.training, { seed, epoch, first: firstBatch, views: config }, drawn);
      for await (const { data: image, job, failures } of reader.batches(jobs)) {
        checkRead(failures);
        const number = position.step + 1;
        fillRows(job.members, fractions);
        const target = hasCounts ? fillCounts(network.tree, job.members, counts) : fractions;
        const weight = Float32Array.from(job.members, (galaxy) => galaxy.weight / meanWeight);
        const inputs = { image, target, weight };
        const { loss, prediction } = await step.run(inputs, learningRate(epoch, number), number);
        reader.recycle(image);
        if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, { ...position, step: number });
        const { sum: squaredError, known: cells } = squaredErrors(fractions, prediction);
        const seen = { galaxies: batch, loss, squaredError, ...(hasMissing && { cells }) };
        position = afterStep(position, seen, columns);
        const done = position.batch - firstBatch;
        pace.step(performance.now());
        yield {
          kind: 'step',
          epoch: epoch + 1,
          epochs,
          step: position.batch,
          steps,
          ...meansOf(position, columns),
          imagesPerSecond: (done * batch) / secondsSoFar(),
          secondsLeft: pace.secondsOf((epochs - epoch) * steps - position.batch),
        };
        if (signal?.aborted) break;
      }
      const seconds = secondsSoFar();
      const bad = findNonFinite(step.state);
      if (bad !== undefined) throw diverged(bad, position);
      if (signal?.aborted) {
        yield { kind: 'checkpoint', state: step.state, position };
        yield { kind: 'done', stopped: true, position };
        return;
      }

      // Validate after every Nth epoch and the last; the better of the weights and their averages may be the best so far.
      const isValidated = (epoch + 1) % config.validateEvery === 0 || epoch + 1 === epochs;
      const hasAverage = config.weightAverage !== undefined;
      const plain = isValidated ? await validate(false) : undefined;
      const averaged = isValidated && hasAverage ? await validate(true) : undefined;
      const better = plain && averaged && averaged.rmse < plain.rmse ? averaged : plain;
      const metrics = {
        epoch: epoch + 1,
        learningRate: learningRate(epoch, position.step),
        ...meansOf(position, columns),
        validationRmse: plain?.rmse ?? null,
        validationLoss: plain?.loss ?? null,
        averagedValidationRmse: hasAverage ? (averaged?.rmse ?? null) : undefined,
        imagesPerSecond: ((position.batch - firstBatch) * batch) / seconds,
        seconds,
      };
      position = afterEpoch(position, better?.rmse);
      const isBest = position.best?.epoch === position.epoch;
      yield { kind: 'checkpoint', state: step.state, position, metrics, best: isBest ? better : undefined };
      yield { kind: 'epoch', metrics };
    }
    yield { kind: 'done', stopped: false, position, predict: validation && predict };
  } finally {
    await reader.close();
    await Promise.all(programs.map((program) => program.release()));
  }
}

const diverged = (what: string, { step, epoch }: Position) =>
  new TrainingDiverged(`${what} at step ${step} (epoch ${epoch + 1})`);
