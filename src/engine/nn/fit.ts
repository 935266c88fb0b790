/** Trains a network on arrays in memory. */
import { Random } from '../../random/philox.ts';
import { transpose } from '../graph/shape.ts';
import { GraphError, input, type Tensor } from '../graph/tensor.ts';
import type { Program } from '../runtime/program.ts';
import { constantState, inferenceBuild } from './inference.ts';
import { HWCN } from './layout.ts';
import { ACTIVATIONS, LOSSES, type LossName } from './loss.ts';
import type { Network } from './network.ts';
import { SCHEDULES, type ScheduleName } from './schedule.ts';
import { type StepOptions, TrainingStep, trainingStep } from './trainingStep.ts';

/** Compiles a graph for a device, by default the CPU. */
export type Compile = <Output extends string>(
  outputs: Readonly<Record<Output, Tensor>>,
  device?: { name?: string; threads?: number },
) => Promise<Program<Output>>;

/** Training examples: arrays and their labels. */
export interface Examples {
  /** One array [H, W, C] for each example, already normalised. */
  inputs: readonly ArrayLike<number>[];
  /** One label for each example: its class, from 0, with the loss `categorical`; otherwise its outputs, or their counts of votes. */
  labels: ArrayLike<number | ArrayLike<number>>;
}

/** `batch`: default 32, or all examples if there are fewer; `loss`: default 'categorical'. */
export interface FitOptions
  extends Partial<Pick<StepOptions, 'batch' | 'loss' | 'optimizer' | 'weightDecay' | 'clipNorm'>> {
  /** Passes over the examples. */
  epochs: number;
  /** Default 1e-3. */
  learningRate?: number;
  /** Schedule of the learning rate over the epochs. Default 'cosine'. */
  schedule?: ScheduleName;
  /** Seed of initial weights, order and dropout. Default 1. */
  seed?: number;
  device?: { name?: string; threads?: number };
  /** Called after each epoch. */
  onEpoch?(epoch: FitEpoch): void;
}

export interface FitEpoch {
  /** From 1. */
  epoch: number;
  /** Mean over the epoch's steps. */
  loss: number;
  learningRate: number;
}

export interface Fitted {
  /** Parameters and running statistics by PyTorch's names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly history: readonly FitEpoch[];
  /**
   * The outputs for each array [H, W, C]: with the losses `categorical` and `multinomial`, the probabilities of the classes; with
   * `dirichlet-multinomial`, concentrations.
   */
  predict(inputs: readonly ArrayLike<number>[]): Promise<Float32Array[]>;
}

/** A batch [H, W, C, N] of arrays [H, W, C]; columns without an array are 0. */
function batchOf(arrays: readonly ArrayLike<number>[], batch: number): Float32Array {
  const image = new Float32Array(arrays[0]!.length * batch);
  for (const [column, values] of arrays.entries()) {
    for (let at = 0; at < values.length; at++) image[at * batch + column] = values[at]!;
  }
  return image;
}

function checkInputs(inputs: readonly ArrayLike<number>[], { description }: Network): void {
  const { size, channels } = description.input;
  const expected = size * size * channels;
  const bad = inputs.findIndex(({ length }) => length !== expected);
  if (bad >= 0) {
    throw new GraphError(`inputs[${bad}]: expected ${expected} numbers, got ${inputs[bad]!.length}`);
  }
}

/** Labels as rows [N, outputs]. */
function targetsOf({ inputs, labels }: Examples, { outputs }: Network, loss: LossName): Float32Array[] {
  if (labels.length !== inputs.length) {
    throw new GraphError(`labels: expected ${inputs.length}, one for each input, got ${labels.length}`);
  }
  const isOfClasses = LOSSES[loss].targets === 'classes';
  return Array.from(labels, (label, i) => {
    if (typeof label === 'number' && isOfClasses) {
      if (!(Number.isInteger(label) && label >= 0 && label < outputs)) {
        throw new GraphError(`labels[${i}]: expected a class from 0 to ${outputs - 1}, got ${label}`);
      }
      return Float32Array.from({ length: outputs }, (_, each) => Number(each === label));
    }
    const row = typeof label === 'number' ? Float32Array.of(label) : Float32Array.from(label);
    if (row.length === outputs) return row;
    throw new GraphError(`labels[${i}]: expected ${outputs} numbers, got ${row.length}`);
  });
}

export const fitOn =
  (compile: Compile) =>
  async (network: Network, examples: Examples, options: FitOptions): Promise<Fitted> => {
    const { epochs, loss = 'categorical', learningRate = 1e-3, schedule = 'cosine', seed = 1 } = options;
    const { inputs } = examples;
    if (inputs.length === 0) throw new GraphError('inputs: expected one or more, got none');
    const { batch: largest = 32 } = options;
    if (!(largest >= 1)) throw new GraphError(`batch: expected 1 or more, got ${largest}`);
    const batch = Math.min(largest, inputs.length);
    checkInputs(inputs, network);
    const targets = targetsOf(examples, network, loss);
    const graph = trainingStep(network, { ...options, batch, loss });
    const program = await compile(graph.outputs, options.device);
    const step = new TrainingStep(program, graph, network.initialState(seed), seed);
    const rateOf = SCHEDULES[schedule](learningRate, epochs);
    const history: FitEpoch[] = [];
    const steps = Math.floor(inputs.length / batch); // an incomplete last batch is left out of the epoch
    try {
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = new Random(seed, 'shuffle', epoch).permutation(inputs.length);
        let total = 0;
        for (let each = 0; each < steps; each++) {
          const chosen = [...order.subarray(each * batch, (each + 1) * batch)];
          const arrays = chosen.map((i) => inputs[i]!);
          const target = Float32Array.from(chosen.flatMap((i) => [...targets[i]!]));
          const stepBatch = { image: batchOf(arrays, batch), target };
          total += (await step.run(stepBatch, rateOf(epoch), epoch * steps + each + 1)).loss;
        }
        const line = { epoch: epoch + 1, loss: total / steps, learningRate: rateOf(epoch) };
        if (!Number.isFinite(line.loss)) {
          throw new Error(`the loss is ${line.loss} in epoch ${line.epoch}; try a lower learning rate`);
        }
        history.push(line);
        options.onEpoch?.(line);
      }
    } finally {
      await program.release();
    }
    const weights = network.stateOf(step.state);
    let predictor: Promise<Program<'outputs'>> | undefined; // compiled by the first call of predict
    const predict = async (given: Examples['inputs']): Promise<Float32Array[]> => {
      if (given.length === 0) return [];
      checkInputs(given, network);
      predictor ??= compile({ outputs: predictionGraph(network, weights, loss, batch) }, options.device);
      const program = await predictor;
      const results: Float32Array[] = [];
      const width = network.outputs;
      for (let start = 0; start < given.length; start += batch) {
        const arrays = given.slice(start, start + batch);
        const { outputs } = await program.run({ image: batchOf(arrays, batch) });
        results.push(...arrays.map((_, row) => outputs.slice(row * width, (row + 1) * width)));
      }
      return results;
    };
    return { weights, history, predict };
  };

/** The predictions [N, outputs] of a batch `image` [H, W, C, N]. */
function predictionGraph(
  network: Network,
  weights: ReadonlyMap<string, Float32Array>,
  loss: LossName,
  batch: number,
): Tensor {
  const { size, channels } = network.description.input;
  const image = input('image', [size, size, channels, batch]);
  const build = inferenceBuild(constantState(network, weights), 'auto');
  const { tensor } = network.forward({ kind: 'map', layout: HWCN, tensor: image }, build);
  return transpose(ACTIVATIONS[LOSSES[loss].activation](tensor, 0), [1, 0]);
}
