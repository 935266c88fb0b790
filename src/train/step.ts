/**
 * One step of training as one graph: (state, batch, rates) → (new state, loss, predictions). The state is fed and fetched,
 * never part of the model; two sets of arrays swap roles, so that each step reads one and writes the other.
 */
import { gradients } from '../graph/gradient.ts';
import { transpose } from '../graph/shape.ts';
import { elements, input, type Shape, type Tensor } from '../graph/tensor.ts';
import { fractionsOf } from '../networks/inference.ts';
import { type AdamState, adam, adamRates } from '../nn/adam.ts';
import type { ConvolutionMethod } from '../nn/convolution.ts';
import { HWCN } from '../nn/layout.ts';
import { binaryCrossEntropyOfLogits, meanSquaredError } from '../nn/loss.ts';
import type { Build } from '../nn/module.ts';
import type { Network } from '../nn/network.ts';
import { Random } from '../random/philox.ts';
import type { Program } from '../runtime/program.ts';

/** What is minimised: binary cross-entropy, or the mean squared error, over all fractions of the batch. */
export type Loss = 'bce' | 'mse';

export interface StepOptions {
  batch: number;
  loss: Loss;
  method: ConvolutionMethod;
}

/** Names of Adam's moments of a parameter. */
export const MOMENTS = { first: 'adam.m.', second: 'adam.v.' } as const;

/** An output that renews a piece of state has the state's name behind this: in ONNX no name stands for two values. */
const renewed = (name: string) => `new.${name}`;

/** A training step, to be compiled. */
export interface StepGraph {
  outputs: Record<string, Tensor>;
  /** Shapes of all that a step renews: parameters, running statistics, moments. */
  state: ReadonlyMap<string, Shape>;
  /** Shapes of the random numbers that a step is fed. */
  random: readonly Shape[];
}

const randomName = (index: number) => `random.${index}`;

/**
 * Builds the training step of a network.
 * @example const { outputs } = trainingGraph(network, { batch: 96, loss: 'bce', method: 'auto' });
 */
export function trainingGraph(network: Network, { batch, loss, method }: StepOptions): StepGraph {
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
  const target = input('target', [batch, network.outputs]);
  const result = network.forward({ kind: 'map', layout: HWCN, tensor: image }, build);
  if (result.kind !== 'features') throw new Error('the network gives a map');
  outputs.prediction = fractionsOf(result.tensor, HWCN);
  outputs.loss =
    loss === 'bce'
      ? binaryCrossEntropyOfLogits(result.tensor, transpose(target, [1, 0]))
      : meanSquaredError(outputs.prediction, target);

  const trained = network.parameters.filter(({ isTrained }) => isTrained);
  const parameterGradients = gradients(
    outputs.loss,
    trained.map(({ name }) => build.state(name)),
  );
  const rates = { stepSize: input('stepSize', []), correction: input('correction', []) };
  trained.forEach(({ name, shape }, i) => {
    const before: AdamState = {
      parameter: build.state(name),
      first: fed(MOMENTS.first + name, shape),
      second: fed(MOMENTS.second + name, shape),
    };
    const after = adam(before, parameterGradients[i], rates);
    outputs[renewed(name)] = after.parameter;
    outputs[renewed(MOMENTS.first + name)] = after.first;
    outputs[renewed(MOMENTS.second + name)] = after.second;
  });
  return { outputs, state, random };
}

export interface StepResult {
  /** Mean over the batch, before the step. */
  loss: number;
  /** Fractions before the step, [N, 37]; valid until the next step. */
  prediction: Float32Array;
}

/** Runs training steps and holds the state between them. */
export class TrainingStep {
  /** State by name; the arrays change with each step. */
  state: Record<string, Float32Array> = {};
  private spare: Record<string, Float32Array> = {};
  private readonly loss = new Float32Array(1);
  private readonly prediction: Float32Array;
  private readonly random: Record<string, Float32Array>;

  /**
   * @param graph what `program` was compiled from
   * @param initial parameters and statistics, and moments where training goes on; moments that are missing are zero
   * @param seed of the dropout
   */
  constructor(
    private readonly program: Program,
    graph: StepGraph,
    initial: ReadonlyMap<string, Float32Array>,
    private readonly seed: number,
  ) {
    for (const [name, shape] of graph.state) {
      this.state[name] = Float32Array.from(initial.get(name) ?? new Float32Array(elements(shape)));
      this.spare[name] = new Float32Array(elements(shape));
    }
    this.prediction = new Float32Array(elements(graph.outputs.prediction.shape));
    this.random = Object.fromEntries(
      graph.random.map((shape, i) => [randomName(i), new Float32Array(elements(shape))]),
    );
  }

  /**
   * Takes one step.
   * @param image [H, W, C, N], normalised
   * @param target [N, 37]
   * @param step counted from 1
   */
  async run(
    image: Float32Array,
    target: Float32Array,
    learningRate: number,
    step: number,
  ): Promise<StepResult> {
    Object.values(this.random).forEach((array, i) => {
      const random = new Random(this.seed, 'dropout', step, i);
      for (let at = 0; at < array.length; at++) array[at] = random.uniform();
    });
    const { stepSize, correction } = adamRates(learningRate, step);
    const fetches = Object.fromEntries(
      Object.entries(this.spare).map(([name, array]) => [renewed(name), array]),
    );
    await this.program.run(
      {
        ...this.state,
        ...this.random,
        image,
        target,
        stepSize: Float32Array.of(stepSize),
        correction: Float32Array.of(correction),
      },
      { ...fetches, loss: this.loss, prediction: this.prediction },
    );
    [this.state, this.spare] = [this.spare, this.state];
    return { loss: this.loss[0], prediction: this.prediction };
  }
}
