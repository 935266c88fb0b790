/**
 * The training loop, top to bottom: galaxies → batches of random views → steps → validation → checkpoint, epoch by epoch.
 *
 * Everything random is a function of (seed, epoch, GalaxyID or step), so the result does not depend on the number of
 * workers, and a training that was stopped anywhere goes on to the same bits.
 */
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { writeSubmission } from '../catalogue/submission.node.ts';
import { UserError } from '../errors.ts';
import { writeFileAtomically } from '../files/atomic.node.ts';
import { encodeSafetensors } from '../files/safetensors.ts';
import { augmentation } from '../image/augmentation.ts';
import { ImageWorkers } from '../image/workers.node.ts';
import { describeNetwork } from '../networks/networks.ts';
import { type RunConfig, readRunConfig, readSafetensors, runPaths } from '../networks/run.node.ts';
import { checkWeights, stateDictionary } from '../networks/weights.ts';
import { Network } from '../nn/network.ts';
import { constantRate, cosine, cosineWarmRestarts, type Schedule } from '../nn/schedule.ts';
import { Random } from '../random/philox.ts';
import { compile, type Device } from '../runtime/device.node.ts';
import { findNonFinite, loadCheckpoint, type Position, START, saveCheckpoint } from './checkpoint.node.ts';
import { RUNTIME_SETTINGS, type TrainingConfig } from './config.ts';
import { type DataObserver, prepareData, type StoredGalaxy, type TrainingData } from './data.node.ts';
import { TrainingStep, trainingGraph } from './step.ts';
import { compileEvaluation, validate } from './validate.node.ts';

/** One line of `metrics.jsonl`. */
export interface EpochMetrics {
  /** Counted from 1. */
  epoch: number;
  learningRate: number;
  /** Over the galaxies as they were trained on: random views, before each step. */
  loss: number;
  rmse: number;
  /** Over the validation galaxies, neutral view, after the epoch; null where none are kept. */
  validationRmse: number | null;
  imagesPerSecond: number;
  seconds: number;
}

/** How far an epoch is. */
export interface Progress {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  loss: number;
  rmse: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface TrainingObserver extends DataObserver {
  progress(progress: Progress): void;
  epoch(metrics: EpochMetrics): void;
}

export interface TrainingOutcome {
  /** Whether a signal stopped it before the last epoch. */
  stopped: boolean;
  epochs: number;
  best?: { epoch: number; rmse: number };
  last?: EpochMetrics;
}

/** A loss or a weight that is no number any more. */
export class TrainingDiverged extends Error {
  override readonly name = 'TrainingDiverged';
}

const WARM_RESTARTS = { firstCycle: 60, factor: 3 };

function scheduleOf({ schedule, learningRate, epochs }: TrainingConfig): Schedule {
  if (schedule === 'constant') return constantRate(learningRate);
  if (schedule === 'cosine') return cosine(learningRate, epochs);
  return cosineWarmRestarts(learningRate, WARM_RESTARTS.firstCycle, WARM_RESTARTS.factor);
}

/** Makes the run's folder, or checks that it is the one to go on with. */
async function openFolder(
  folder: string,
  config: TrainingConfig,
  network: Network,
  resume: boolean,
): Promise<void> {
  const paths = runPaths(folder);
  if (!resume) {
    if (existsSync(paths.config)) {
      throw new UserError(
        `--out ${folder}: there is a run in it; go on with --resume or choose another folder`,
      );
    }
    const saved: RunConfig = { training: config, network: network.description };
    await writeFileAtomically(paths.config, `${JSON.stringify(saved, null, 2)}\n`);
    return;
  }
  const { training } = await readRunConfig(folder);
  const differences = Object.entries(config)
    .filter(([key]) => !RUNTIME_SETTINGS.some((name) => name === key))
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(training[key]))
    .map(
      ([key, value]) => `${key}: ${JSON.stringify(training[key])} in the run, ${JSON.stringify(value)} now`,
    );
  if (differences.length > 0)
    throw new UserError(`--resume ${folder}: other settings: ${differences.join('; ')}`);
}

/** Drops the lines of epochs that will be run again. */
async function truncateMetrics(path: string, epochs: number): Promise<EpochMetrics[]> {
  const text = existsSync(path) ? await readFile(path, 'utf8') : '';
  const lines: EpochMetrics[] = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const kept = lines.filter(({ epoch }) => epoch <= epochs);
  await writeMetrics(path, kept);
  return kept;
}

function writeMetrics(path: string, metrics: readonly EpochMetrics[]): Promise<void> {
  return writeFileAtomically(path, metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** The batches of an epoch from one on: a permutation of the galaxies, what is left over at the end not used. */
function* epochJobs(
  { training, store }: TrainingData,
  { seed, batch }: TrainingConfig,
  size: number,
  epoch: number,
  first: number,
) {
  const order = new Random(seed, 'shuffle', epoch).permutation(training.length);
  for (let start = first * batch; start + batch <= order.length; start += batch) {
    const members = Array.from(order.subarray(start, start + batch), (i) => training[i]);
    yield {
      items: members.map(({ id, record }) => ({
        image: { kind: 'record' as const, path: store, index: record },
        views: [augmentation(seed, epoch, id)],
      })),
      size,
      capacity: batch,
      members,
    };
  }
}

/** Vote fractions of a batch, [N, 37]. */
function targetsOf(members: readonly StoredGalaxy[], target: Float32Array): Float32Array {
  members.forEach(({ fractions }, row) => {
    target.set(fractions, row * fractions.length);
  });
  return target;
}

function sumOfSquaredErrors(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

export interface TrainOptions {
  /** Go on with the run that is in the folder. */
  resume?: boolean;
  /** Stops the training after the step that is under way, with a checkpoint. */
  signal?: AbortSignal;
  observer: TrainingObserver;
}

/**
 * Trains a network and leaves a run in `folder`.
 * @throws UserError for wrong settings and data; TrainingDiverged where the loss is no number
 * @example
 * await train(trainingSchema.parse({ data: 'galaxy-zoo' }), 'runs/first', { observer });
 */
export async function train(
  config: TrainingConfig,
  folder: string,
  { resume = false, signal, observer }: TrainOptions,
): Promise<TrainingOutcome> {
  const { batch, epochs, seed, convolution: method } = config;
  const network = new Network(describeNetwork(config.network, config));
  const paths = runPaths(folder);
  const initial = await initialState(config, network);
  await openFolder(folder, config, network, resume);

  const data = await prepareData(config, paths.images, observer, signal);
  if (data.validation.length > 0) await writeSubmission(paths.validation, data.validation);

  const device: Device = { name: config.device, threads: config.threads };
  const graph = trainingGraph(network, { batch, loss: config.loss, method });
  const program = await compile(graph.outputs, device);
  const evaluation = await compileEvaluation(network, batch, method, device);

  const saved = resume && existsSync(paths.last) ? await loadCheckpoint(paths.last, graph.state) : undefined;
  let position: Position = saved?.position ?? START;
  const step = new TrainingStep(program, graph, saved?.state ?? initial, seed);
  const metrics = await truncateMetrics(paths.metrics, position.epoch);
  const save = () => saveCheckpoint(paths.last, step.state, graph.state, position);
  const diverged = (what: string) =>
    new TrainingDiverged(
      `${what} at step ${position.step + 1} (epoch ${position.epoch + 1}); the last good checkpoint is ${paths.last}`,
    );
  if (saved === undefined) await save();

  const schedule = scheduleOf(config);
  const steps = Math.floor(data.training.length / batch);
  const target = new Float32Array(batch * network.outputs);
  const workers = new ImageWorkers(config.workers);
  let stepsTimed = 0;
  let secondsTimed = 0;
  try {
    while (position.epoch < epochs) {
      const { epoch } = position;
      const learningRate = schedule(epoch);
      const started = performance.now();
      const firstBatch = position.batch;

      for await (const { data: image, job } of workers.batches(
        epochJobs(data, config, network.description.input.size, epoch, firstBatch),
      )) {
        const stepStarted = performance.now();
        const { loss, prediction } = await step.run(
          image,
          targetsOf(job.members, target),
          learningRate,
          position.step + 1,
        );
        workers.recycle(image);
        if (!Number.isFinite(loss)) throw diverged(`the loss is ${loss}`);
        const { sums } = position;
        position = {
          ...position,
          batch: position.batch + 1,
          step: position.step + 1,
          sums: {
            galaxies: sums.galaxies + batch,
            loss: sums.loss + loss * batch,
            squaredError: sums.squaredError + sumOfSquaredErrors(prediction, target),
          },
        };
        stepsTimed++;
        secondsTimed += (performance.now() - stepStarted) / 1000;
        observer.progress({
          epoch: epoch + 1,
          epochs,
          step: position.batch,
          steps,
          ...meansOf(position, network.outputs),
          imagesPerSecond: ((position.batch - firstBatch) * batch * 1000) / (performance.now() - started),
          secondsLeft: ((epochs - epoch) * steps - position.batch) * (secondsTimed / stepsTimed),
        });
        if (signal?.aborted) {
          await save();
          return { stopped: true, epochs: epoch, best: position.best, last: metrics.at(-1) };
        }
      }

      const seconds = (performance.now() - started) / 1000;
      const bad = findNonFinite(step.state);
      if (bad !== undefined) throw diverged(bad);
      const validationRmse =
        data.validation.length > 0
          ? await validate(evaluation, step.state, data.validation, data.store, workers)
          : null;
      const line: EpochMetrics = {
        epoch: epoch + 1,
        learningRate,
        ...meansOf(position, network.outputs),
        validationRmse,
        imagesPerSecond: ((steps - firstBatch) * batch) / seconds,
        seconds,
      };
      metrics.push(line);
      await writeMetrics(paths.metrics, metrics);
      const isBest = validationRmse !== null && !(position.best && position.best.rmse <= validationRmse);
      position = {
        ...START,
        epoch: epoch + 1,
        step: position.step,
        best: isBest ? { epoch: epoch + 1, rmse: validationRmse } : position.best,
      };
      if (isBest) {
        const weights = stateDictionary(network, new Map(Object.entries(step.state)), position.step);
        const about = {
          step: String(position.step),
          epoch: String(epoch + 1),
          validationRmse: String(validationRmse),
        };
        await writeFileAtomically(paths.best, encodeSafetensors(weights, about));
      }
      await save();
      observer.epoch(line);
    }
  } finally {
    await workers.close();
    await Promise.all([program.release(), evaluation.release()]);
  }
  await rm(paths.images, { force: true });
  return { stopped: false, epochs, best: position.best, last: metrics.at(-1) };
}

/** Loss and RMSE over what the epoch has seen. */
function meansOf({ sums }: Position, outputs: number): { loss: number; rmse: number } {
  return {
    loss: sums.loss / sums.galaxies,
    rmse: Math.sqrt(sums.squaredError / (sums.galaxies * outputs)),
  };
}

async function initialState(
  { init, seed }: TrainingConfig,
  network: Network,
): Promise<Map<string, Float32Array>> {
  if (init === undefined) return network.initialState(seed);
  const { tensors } = await readSafetensors(init);
  return checkWeights(network, tensors, init);
}
