/** Trains a network on arrays in memory. */
import { Random } from '../../random/philox.ts';
import { transpose } from '../graph/shape.ts';
import { elements, GraphError, input, type Tensor } from '../graph/tensor.ts';
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
  /** For each example its class, from 0, with the loss `categorical`; otherwise its outputs. */
  labels: ArrayLike<number | ArrayLike<number>>;
}

/** `batch`: default 32, or all examples if they are fewer; `loss`: default 'categorical'. */
export interface FitOptions
  extends Partial<Pick<StepOptions, 'batch' | 'loss' | 'optimizer' | 'weightDecay' | 'clipNorm'>> {
  /** Passes over the examples. */
  epochs: number;
  /** Default 1e-3. */
  learningRate?: number;
  /** Of the learning rate over the epochs. Default 'cosine'. */
  schedule?: ScheduleName;
  /** Of the initial weights, the order and the dropout. Default 1. */
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
  /** The outputs for each array; probabilities of the classes with the loss `categorical`. */
  predict(inputs: readonly ArrayLike<number>[]): Promise<Float32Array[]>;
}

/** Writes examples into columns of a batch [H, W, C, N]. */
function fillBatch(image: Float32Array, inputs: readonly ArrayLike<number>[], batch: number): void {
  for (const [column, values] of inputs.entries()) {
    for (let at = 0; at < values.length; at++) image[at * batch + column] = values[at]!;
  }
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
    if (typeof label === 'number') {
      if (!isOfClasses && outputs === 1) return Float32Array.of(label);
      if (!isOfClasses || !(Number.isInteger(label) && label >= 0 && label < outputs)) {
        const expected = isOfClasses ? `a class from 0 to ${outputs - 1}` : `${outputs} numbers`;
        throw new GraphError(`labels[${i}]: expected ${expected}, got ${label}`);
      }
      return Float32Array.from({ length: outputs }, (_, each) => Number(each === label));
    }
    if (label.length !== outputs) {
      throw new GraphError(`labels[${i}]: expected ${outputs} numbers, got ${label.length}`);
    }
    return Float32Array.from(label);
  });
}

export const fitOn =
  (compile: Compile) =>
  async (network: Network, examples: Examples, options: FitOptions): Promise<Fitted> => {
    const { epochs, loss = 'categorical', learningRate = 1e-3, schedule = 'cosine', seed = 1 } = options;
    const { inputs } = examples;
    if (inputs.length === 0) throw new GraphError('inputs: expected one or more, got none');
    const batch = Math.min(options.batch ?? 32, inputs.length);
    checkInputs(inputs, network);
    const targets = targetsOf(examples, network, loss);
    const graph = trainingStep(network, { ...options, batch, loss });
    const program = await compile(graph.outputs, options.device);
    const step = new TrainingStep(program, graph, network.initialState(seed), seed);
    const { size, channels } = network.description.input;
    const image = new Float32Array(size * size * channels * batch);
    const target = new Float32Array(batch * network.outputs);
    const rateOf = SCHEDULES[schedule](learningRate, epochs);
    const history: FitEpoch[] = [];
    const steps = Math.floor(inputs.length / batch); // an incomplete last batch is left out of the epoch
    try {
      for (let epoch = 0; epoch < epochs; epoch++) {
        const order = new Random(seed, 'shuffle', epoch).permutation(inputs.length);
        let total = 0;
        for (let each = 0; each < steps; each++) {
          const chosen = [...order.subarray(each * batch, (each + 1) * batch)];
          const columns = chosen.map((i) => inputs[i]!);
          fillBatch(image, columns, batch);
          chosen.forEach((i, row) => {
            target.set(targets[i]!, row * network.outputs);
          });
          total += (await step.run({ image, target }, rateOf(epoch), epoch * steps + each + 1)).loss;
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
    return { weights, history, predict: (given) => predict(compile, network, weights, given, options) };
  };

async function predict(
  compile: Compile,
  network: Network,
  weights: ReadonlyMap<string, Float32Array>,
  inputs: readonly ArrayLike<number>[],
  { batch: largest = 32, loss = 'categorical', device }: FitOptions,
): Promise<Float32Array[]> {
  if (inputs.length === 0) return [];
  checkInputs(inputs, network);
  const batch = Math.min(largest, inputs.length);
  const { size, channels } = network.description.input;
  const image = input('image', [size, size, channels, batch]);
  const build = inferenceBuild(constantState(network, weights), 'auto');
  const { tensor } = network.forward({ kind: 'map', layout: HWCN, tensor: image }, build);
  const outputs = transpose(ACTIVATIONS[LOSSES[loss].activation](tensor, 0), [1, 0]);
  const program = await compile({ outputs }, device);
  const fed = new Float32Array(elements(image.shape));
  const results: Float32Array[] = [];
  try {
    for (let start = 0; start < inputs.length; start += batch) {
      const columns = inputs.slice(start, start + batch);
      fillBatch(fed, columns, batch);
      const { outputs: rows } = await program.run({ image: fed });
      const width = network.outputs;
      results.push(...columns.map((_, i) => rows.slice(i * width, (i + 1) * width)));
    }
  } finally {
    await program.release();
  }
  return results;
}
