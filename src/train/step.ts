/**
 * One step of training as one graph: (state, batch, rates) → (new state, loss, predictions). The state is fed and fetched,
 * never part of the model; two sets of arrays swap roles, so that each step reads one and writes the other. What is frozen is
 * fed only.
 */

import { add, multiply, subtract } from '../engine/graph/elementwise.ts';
import { gradients } from '../engine/graph/gradient.ts';
import { reshape, transpose } from '../engine/graph/shape.ts';
import { constant, elements, input, type Shape, type Tensor } from '../engine/graph/tensor.ts';
import { type AdamOptions, type AdamState, adam, adamRates } from '../engine/nn/adam.ts';
import { clipNorm } from '../engine/nn/clipNorm.ts';
import type { ConvolutionMethod } from '../engine/nn/convolution.ts';
import type { Build, Value } from '../engine/nn/layer.ts';
import { HWCN } from '../engine/nn/layout.ts';
import { binaryCrossEntropy, binaryCrossEntropyOfLogits, meanSquaredError } from '../engine/nn/loss.ts';
import type { Program } from '../engine/runtime/program.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { fractionsOf } from '../model/inference.ts';
import { AVERAGE, MOMENTS } from '../model/weights.ts';
import { Random } from '../random/philox.ts';

/** What is minimised: binary cross-entropy, or the mean squared error, over all fractions of the batch. */
export type Loss = 'bce' | 'mse';

export interface StepOptions {
  batch: number;
  loss: Loss;
  method: ConvolutionMethod;
  /** Default 'adam'. */
  optimizer?: AdamOptions['optimizer'];
  /** Default 0. */
  weightDecay?: number;
  /** The largest norm of the gradient. Default: any. */
  clipNorm?: number;
  /** What layers' learning rates are multiplied by, by the layer's name; 0 freezes a layer, its running statistics too. */
  rateFactors?: ReadonlyMap<string, number>;
  /** Keep a moving average of parameters and statistics, which so much of stays at each step; in the first steps, less. */
  weightAverage?: number;
}

/** An output that renews a piece of state has the state's name behind this: in ONNX no name stands for two values. */
const renewed = (name: string) => `new.${name}`;

/** A training step, to be compiled. */
export interface StepGraph {
  outputs: Record<string, Tensor>;
  /** Shapes of all that a step is fed and a checkpoint holds: parameters, running statistics, moments, averages. */
  state: ReadonlyMap<string, Shape>;
  /** Shapes of the random numbers that a step is fed. */
  random: readonly Shape[];
  /** Decay of the averages, where they are kept. */
  weightAverage?: number;
}

const randomName = (index: number) => `random.${index}`;

/**
 * Builds the training step of a network.
 * @example const { outputs } = trainingGraph(network, { batch: 96, loss: 'bce', method: 'auto' });
 */
export function trainingGraph(network: GalaxyNetwork, options: StepOptions): StepGraph {
  const { batch, loss, method, rateFactors = new Map(), weightAverage } = options;
  const state = new Map<string, Shape>();
  const fed = (name: string, shape: Shape): Tensor => {
    state.set(name, shape);
    return input(name, shape);
  };
  const tensors = new Map(network.parameters.map(({ name, shape }) => [name, fed(name, shape)]));
  const outputs: Record<string, Tensor> = {};
  const random: Shape[] = [];
  const build: Build = {
    training: true,
    method,
    state: (name) => tensors.get(name)!,
    update: (name, value) => {
      outputs[renewed(name)] = value;
    },
    random: (shape) => input(randomName(random.push(shape) - 1), shape),
  };

  const { size, channels } = network.description.input;
  const image = input('image', [size, size, channels, batch]);
  const rateOf = (layer: string) => rateFactors.get(layer) ?? 1;
  const result = network.layers.reduce<Value>(
    (value, layer) => layer.forward(value, { ...build, training: rateOf(layer.name) > 0 }),
    { kind: 'map', layout: HWCN, tensor: image },
  );
  if (result.kind !== 'features') throw new Error('the network gives a map');
  outputs.prediction = fractionsOf(network, result.tensor, HWCN);
  outputs.loss = lossOf(result.tensor, outputs.prediction, network, { ...options, loss });

  const trained = network.layers.flatMap(({ name, parameters }) =>
    parameters
      .filter(({ isTrained }) => isTrained && rateOf(name) > 0)
      .map((parameter) => ({ ...parameter, rateFactor: rateOf(name) })),
  );
  const raw = gradients(
    outputs.loss,
    trained.map(({ name }) => build.state(name)),
  );
  const held = options.clipNorm === undefined ? raw : clipNorm(raw, options.clipNorm);
  const { optimizer = 'adam', weightDecay = 0 } = options;
  const rates = {
    stepSize: input('stepSize', []),
    correction: input('correction', []),
    learningRate: input('learningRate', []),
  };
  trained.forEach(({ name, shape, rateFactor }, i) => {
    const before: AdamState = {
      parameter: build.state(name),
      first: fed(MOMENTS.first + name, shape),
      second: fed(MOMENTS.second + name, shape),
    };
    const after = adam(before, held[i]!, rates, { optimizer, weightDecay, rateFactor });
    outputs[renewed(name)] = after.parameter;
    outputs[renewed(MOMENTS.first + name)] = after.first;
    outputs[renewed(MOMENTS.second + name)] = after.second;
  });
  if (weightAverage !== undefined) {
    const decay = input('averageDecay', []);
    for (const { name, shape } of network.parameters) {
      const moved = multiply(fed(AVERAGE + name, shape), decay);
      const value = outputs[renewed(name)] ?? build.state(name);
      outputs[renewed(AVERAGE + name)] = add(moved, multiply(value, subtract(constant(1), decay)));
    }
  }
  return { outputs, state, random, weightAverage };
}

/** @param logits [37, N] @param prediction [N, 37] */
function lossOf(
  logits: Tensor,
  prediction: Tensor,
  { head, outputs }: GalaxyNetwork,
  { loss, batch }: StepOptions,
): Tensor {
  const target = input('target', [batch, outputs]);
  const weight = input('weight', [batch]);
  if (loss === 'bce' && head === 'sigmoid') {
    return binaryCrossEntropyOfLogits(logits, transpose(target, [1, 0]), weight);
  }
  const compare = loss === 'bce' ? binaryCrossEntropy : meanSquaredError;
  return compare(prediction, target, reshape(weight, [batch, 1]));
}

export interface StepResult {
  /** Mean over the batch, before the step. */
  loss: number;
  /** Fractions before the step, [N, 37]; valid until the next step. */
  prediction: Float32Array;
}

/** A batch, in memory. */
export interface StepBatch {
  /** [H, W, C, N], normalised. */
  image: Float32Array;
  /** [N, 37] */
  target: Float32Array;
  /** [N], what each picture counts in the loss. Default 1. */
  weight?: Float32Array;
}

/** Runs training steps and holds the state between them. */
export class TrainingStep {
  /** State by name; the arrays change with each step. */
  state: Record<string, Float32Array> = {};
  /** Arrays for what the next step renews; frozen state has none. */
  private spare: Record<string, Float32Array> = {};
  private readonly loss = new Float32Array(1);
  private readonly prediction: Float32Array;
  private readonly ones: Float32Array;
  private readonly random: Record<string, Float32Array>;

  /**
   * @param graph what `program` was compiled from
   * @param initial parameters and statistics, and moments and averages where training goes on; where they are missing, moments
   * are zero and averages are the parameters
   * @param seed of the dropout
   */
  constructor(
    private readonly program: Program,
    private readonly graph: StepGraph,
    initial: ReadonlyMap<string, Float32Array>,
    private readonly seed: number,
  ) {
    for (const [name, shape] of graph.state) {
      const source = initial.get(name) ?? initial.get(name.replace(AVERAGE, ''));
      this.state[name] = Float32Array.from(source ?? new Float32Array(elements(shape)));
      if (renewed(name) in graph.outputs) this.spare[name] = new Float32Array(elements(shape));
    }
    this.prediction = new Float32Array(elements(graph.outputs.prediction!.shape));
    this.ones = new Float32Array(graph.outputs.prediction!.shape[0]!).fill(1);
    this.random = Object.fromEntries(
      graph.random.map((shape, i) => [randomName(i), new Float32Array(elements(shape))]),
    );
  }

  /**
   * Takes one step.
   * @param step counted from 1
   */
  async run(batch: StepBatch, learningRate: number, step: number): Promise<StepResult> {
    Object.values(this.random).forEach((array, i) => {
      const random = new Random(this.seed, 'dropout', step, i);
      for (let at = 0; at < array.length; at++) array[at] = random.uniform();
    });
    const { weightAverage = 0 } = this.graph;
    const averageDecay = Math.min(weightAverage, step / (step + 9)); // the first steps' weights are forgotten soon
    const scalars = { ...adamRates(learningRate, step), learningRate, averageDecay };
    const feeds: Record<string, Float32Array> = {
      weight: this.ones,
      ...this.state,
      ...this.random,
      ...batch,
    };
    for (const [name, value] of Object.entries(scalars)) feeds[name] = Float32Array.of(value);
    const fetches = Object.fromEntries(
      Object.entries(this.spare).map(([name, array]) => [renewed(name), array]),
    );
    await this.program.run(feeds, { ...fetches, loss: this.loss, prediction: this.prediction });
    for (const [name, array] of Object.entries(this.spare)) {
      this.spare[name] = this.state[name]!;
      this.state[name] = array;
    }
    return { loss: this.loss[0]!, prediction: this.prediction };
  }
}
