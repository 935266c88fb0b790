/**
 * The training loop: galaxies → batches of random views → steps → validation, epoch by epoch.
 *
 * Result: events. `start`; for each epoch its `step`s, a `checkpoint` with the state and an `epoch` with its metrics; `done`.
 * The loop writes no files: run/recorder.ts listens and does.
 *
 * Reproducible: everything random is a function of (seed, epoch, galaxy ID or step number). The result does not depend on the
 * number of workers, nor on where a training was stopped and resumed.
 *
 * Cost: nearly all time goes into `step.run`. Memory holds the state twice, the step's intermediate results, and a batch for
 * each worker that reads ahead.
 */
import { SCHEDULES, warmUp } from '../engine/nn/schedule.ts';
import { AVERAGE, type StepGraph, TrainingStep } from '../engine/nn/trainingStep.ts';
import type { Program } from '../engine/runtime/program.ts';
import {
  type BestWeights,
  type CheckpointEvent,
  type DoneEvent,
  placementOf,
  type StartEvent,
  type StepEvent,
  type TaskEvent,
  type TaskOptions,
  type TrainingData,
} from '../events.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import type { Platform } from '../platform.ts';
import { epochJobs } from './batches.ts';
import type { ResolvedConfig } from './config.ts';
import { fillRows, hasUnknown, rmseOf, squaredErrors } from './labels.ts';
import { afterEpoch, afterStep, findNonFinite, firstPosition, meansOf, type Position } from './position.ts';
import { rateFactors } from './rates.ts';
import { trainingGraph } from './step.ts';
import { evaluationGraph, predictNeutral } from './validate.ts';

export interface Training extends TaskOptions {
  network: GalaxyNetwork;
  config: ResolvedConfig;
  /** Parameters; of a training that is resumed, its whole state. */
  state: ReadonlyMap<string, Float32Array>;
  /** Where the training stands. Default: before its first step. */
  position?: Position;
  /** Reads the galaxies. Called after the step is compiled: an unusable device fails before pictures are decoded. */
  load(): Promise<TrainingData>;
  /** Stops after the current step, with a checkpoint. */
  signal?: AbortSignal;
}

export type LoopEvent =
  | StartEvent
  | StepEvent
  | CheckpointEvent
  | Extract<TaskEvent, { kind: 'epoch' }>
  | DoneEvent;

/**
 * The loss or a weight is not a finite number.
 * @example
 * const settings = { data: 'galaxy-zoo', network: 'baseline-small', epochs: 1, batch: 8, validation: 0 };
 * await train({ ...settings, learningRate: 1e30, out: 'runs/diverged' }).catch((error) => {
 *   if (error instanceof TrainingDiverged) console.error('try a lower learning rate');
 * });
 */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';
}

/** The graph of one step. @param hasMissing some labels are unknown */
export function stepGraph(network: GalaxyNetwork, config: ResolvedConfig, hasMissing = false): StepGraph {
  const { convolution: method } = config;
  return trainingGraph(network, { ...config, method, rateFactors: rateFactors(config, network), hasMissing });
}

/**
 * Trains a network.
 * @throws TrainingDiverged; UserError if the device cannot be used; what `load` throws
 * @example
 * for await (const event of trainingLoop(nodePlatform, { network, config, state: network.initialState(1), load })) {
 *   if (event.kind === 'epoch') console.log(event.metrics.epoch, event.metrics.validationRmse);
 * }
 */
export async function* trainingLoop(
  platform: Platform,
  training: Training,
): AsyncGenerator<LoopEvent, void, undefined> {
  const { network, config, signal } = training;
  const { seed, batch, epochs, weightAverage, device: name, threads } = config;
  const programs: Program[] = [];
  const load = async (outputs: StepGraph['outputs'], program: string) => {
    const device = { name, threads, onPlacement: placementOf(training, program) };
    const compiled = await platform.compile(outputs, device);
    programs.push(compiled);
    return compiled;
  };
  const reader = platform.pictures(config.workers);
  try {
    let graph = stepGraph(network, config);
    let program = await load(graph.outputs, 'training step');
    const data = await training.load();
    const hasMissing = hasUnknown(data.training);
    if (hasMissing) {
      await programs.pop()!.release();
      graph = stepGraph(network, config, hasMissing);
      program = await load(graph.outputs, 'training step');
    }
    const evaluation =
      data.validation.length > 0
        ? await load({ fractions: evaluationGraph(network, batch, config.convolution) }, 'validation')
        : undefined;
    const predict = (weights: ReadonlyMap<string, Float32Array>) =>
      predictNeutral(evaluation!, weights, data.validation, reader);

    const step = new TrainingStep(program, graph, training.state, seed);
    const target = new Float32Array(batch * network.outputs);
    // Weights are relative: halving all of them changes neither the loss nor the norm of its gradient.
    const meanWeight = data.training.reduce((sum, { weight }) => sum + weight, 0) / data.training.length;
    const steps = Math.floor(data.training.length / batch); // the rest of the galaxies have their turn in another epoch
    const schedule = SCHEDULES[config.schedule](config.learningRate, epochs);
    let position = training.position ?? firstPosition(data.digest);
    yield { kind: 'start', data, state: step.state, position };

    while (position.epoch < epochs) {
      const { epoch, batch: first } = position;
      const rateAt = (number: number) => schedule(epoch) * warmUp(number, config.warmup * steps);
      const started = performance.now();
      const secondsSoFar = () => (performance.now() - started) / 1000;
      const drawn = { size: network.description.input.size, capacity: batch };
      const jobs = epochJobs(data.training, { seed, epoch, first, views: config }, drawn);
      for await (const { data: image, job, failures } of reader.batches(jobs)) {
        if (failures.length > 0) {
          throw new Error(`${failures[0]!.name}: cannot be read any more: ${failures[0]!.reason}`);
        }
        fillRows(job.members, target);
        const weight = Float32Array.from(job.members, (galaxy) => galaxy.weight / meanWeight);
        const number = position.step + 1;
        const { loss, prediction } = await step.run({ image, target, weight }, rateAt(number), number);
        reader.recycle(image);
        if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`, { ...position, step: number });
        const { squaredError, cells } = squaredErrors(prediction, target);
        const seen = { galaxies: batch, loss, squaredError, ...(hasMissing && { cells }) };
        position = afterStep(position, seen, network.outputs);
        const done = position.batch - first;
        yield {
          kind: 'step',
          epoch: epoch + 1,
          epochs,
          step: position.batch,
          steps,
          ...meansOf(position, network.outputs),
          imagesPerSecond: (done * batch) / secondsSoFar(),
          secondsLeft: ((epochs - epoch) * steps - position.batch) * (secondsSoFar() / done),
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

      const validate = async (isAverage: boolean): Promise<BestWeights | undefined> => {
        if (evaluation === undefined) return undefined;
        const state = network.stateOf(step.state, isAverage ? AVERAGE : '');
        return { state, rmse: rmseOf(await predict(state), data.validation), isAverage };
      };
      const plain = await validate(false);
      const averaged = weightAverage === undefined ? undefined : await validate(true);
      const lower = plain && averaged && averaged.rmse < plain.rmse ? averaged : plain;
      const metrics = {
        epoch: epoch + 1,
        learningRate: rateAt(position.step),
        ...meansOf(position, network.outputs),
        validationRmse: plain?.rmse ?? null,
        averagedValidationRmse: weightAverage === undefined ? undefined : (averaged?.rmse ?? null),
        imagesPerSecond: ((position.batch - first) * batch) / seconds,
        seconds,
      };
      position = afterEpoch(position, lower?.rmse);
      const best = position.best?.epoch === position.epoch ? lower : undefined;
      yield { kind: 'checkpoint', state: step.state, position, metrics, best };
      yield { kind: 'epoch', metrics };
    }
    yield { kind: 'done', stopped: false, position, predict: evaluation && predict };
  } finally {
    await reader.close();
    await Promise.all(programs.map((program) => program.release()));
  }
}

const diverged = (what: string, { step, epoch }: Position) =>
  new TrainingDiverged(`${what} at step ${step} (epoch ${epoch + 1})`);
