/**
 * One training step as one graph: (state, batch, rates) → (new state, loss, predictions). The state is an input and an output,
 * never part of the model. Two sets of arrays alternate: each step reads one and writes the other. Frozen state is only read.
 */
import { Random } from '../../random/philox.ts';
import { add, divide, maximum, multiply, subtract } from '../graph/elementwise.ts';
import { gradients } from '../graph/gradient.ts';
import { mean, sum } from '../graph/reduce.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { constant, elements, input, type Shape, type Tensor } from '../graph/tensor.ts';
import type { Program } from '../runtime/program.ts';
import { clipNorm } from './clipNorm.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { Build, Value } from './layer.ts';
import { HWCN } from './layout.ts';
import { ACTIVATIONS, type Activation, LOSSES, type Loss, type LossName } from './loss.ts';
import type { Network } from './network.ts';
import { OPTIMIZERS, type Optimizer, type OptimizerName } from './optimizer.ts';

/** The function from logits to predictions. */
export interface Output {
  /** Predictions, of the logits' shape. @param axis of the outputs */
  of(logits: Tensor, axis: 0 | 1): Tensor;
  /** The name of that activation, so that a loss can be computed from the logits before it; undefined for other functions. */
  activation?: Activation;
  /** The input of a loss for counts: shares or concentrations within each group, of the logits' shape. Default: `of`. */
  distribution?(logits: Tensor, axis: 0 | 1): Tensor;
}

export interface StepOptions {
  batch: number;
  loss: LossName;
  /** Default 'auto'. */
  method?: ConvolutionMethod;
  /** Default: the activation that usually precedes the loss. */
  output?: Output;
  /** Default 'adam'. */
  optimizer?: OptimizerName;
  /** Default: the optimizer's. */
  weightDecay?: number;
  /** Larger gradients are scaled down to this norm. Default: no limit. */
  clipNorm?: number;
  /**
   * Factors on the learning rate, by layer (`backbone1`) or by part of a layer (`backbone1.blocks.0`), the beginning of the names of
   * its parameters; the longest name counts. 0 freezes parameters and running statistics. Default 1.
   */
  rateFactors?: ReadonlyMap<string, number>;
  /** Decay of a moving average of parameters and statistics; the first steps use a smaller one. Default: no average. */
  weightAverage?: number;
  /** Some targets are unknown (NaN): the loss is the mean over the known ones. Default false. Counts are always known. */
  hasMissing?: boolean;
  /** For a loss for counts: outputs `start` … `end` − 1 of each group that is voted on together. Default: one group. */
  groups?: readonly { readonly start: number; readonly end: number }[];
}

/** Prefix of a moving average's name in a training state. */
export const AVERAGE = 'average.';

const MOMENT_PREFIXES = Object.values<Optimizer>(OPTIMIZERS).flatMap(({ moments }) => moments);

/** True for moments and averages, which are needed only in training. */
export const isTrainingState = (name: string): boolean =>
  [AVERAGE, ...MOMENT_PREFIXES].some((prefix) => name.startsWith(prefix));

/** The name of the output with the new value of a state tensor; ONNX names must differ from those of inputs. */
const renewed = (name: string) => `new.${name}`;

export interface StepGraph {
  outputs: Record<string, Tensor>;
  /** Shapes of the state: parameters, running statistics, moments, averages. */
  state: ReadonlyMap<string, Shape>;
  /** Shapes of the step's inputs of random numbers. */
  random: readonly Shape[];
  optimizer: Optimizer;
  /** Decay of the averages, if they are kept. */
  weightAverage?: number;
  hasMissing: boolean;
}

const randomName = (index: number) => `random.${index}`;

/** The layer or part of a layer that a name starts with, by {@link StepOptions.rateFactors}. */
export const isPartOf = (name: string, part: string) => name === part || name.startsWith(`${part}.`);

/**
 * The name of a parameter in {@link StepOptions.rateFactors}: that of its layer, then, without the index in PyTorch's `Sequential`,
 * its own: `backbone1.blocks.0.weight`.
 */
export const partName = (layer: string, parameter: string): string =>
  layer + parameter.slice(parameter.indexOf('.'));

/** The factor on the learning rate of each parameter and running statistic. */
export function parameterRates(
  { layers }: Pick<Network, 'layers'>,
  factors: ReadonlyMap<string, number>,
): Map<string, number> {
  const parts = [...factors].sort(([a], [b]) => b.length - a.length);
  return new Map(
    layers.flatMap(({ name: layer, parameters }) =>
      parameters.map(({ name }): [string, number] => {
        const part = parts.find(([each]) => isPartOf(partName(layer, name), each));
        return [name, part?.[1] ?? 1];
      }),
    ),
  );
}

/**
 * Builds the training step of a network.
 * @example const { outputs } = trainingStep(network, { batch: 96, loss: 'bce' });
 */
export function trainingStep(network: Network, options: StepOptions): StepGraph {
  const { batch, loss, method = 'auto', rateFactors = new Map() } = options;
  const { weightAverage, hasMissing = false } = options;
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
  const rates = parameterRates(network, rateFactors);
  const isFrozen = (name: string) => rates.get(name) === 0;
  const result = network.layers.reduce<Value>(
    (value, layer) => {
      const { parameters } = layer;
      const training = parameters.length === 0 || !parameters.every(({ name }) => isFrozen(name));
      return layer.forward(value, { ...build, training, isFrozen });
    },
    { kind: 'map', layout: HWCN, tensor: image },
  );
  const { activation, targets } = LOSSES[loss];
  const output: Output = options.output ?? { of: ACTIVATIONS[activation], activation };
  outputs.prediction = transpose(output.of(result.tensor, 0), [1, 0]);
  if (targets === 'counts') {
    const distribution = output.distribution
      ? transpose(output.distribution(result.tensor, 0), [1, 0])
      : outputs.prediction;
    outputs.loss = lossOfCounts(LOSSES[loss], distribution, options.groups);
  } else outputs.loss = lossOf(LOSSES[loss], output, result.tensor, outputs.prediction, hasMissing);

  const trained = network.parameters
    .filter(({ name, isTrained }) => isTrained && !isFrozen(name))
    .map((parameter) => ({ ...parameter, rateFactor: rates.get(parameter.name)! }));
  const raw = gradients(
    outputs.loss,
    trained.map(({ name }) => build.state(name)),
  );
  const held = options.clipNorm === undefined ? raw : clipNorm(raw, options.clipNorm);
  const optimizer: Optimizer = OPTIMIZERS[options.optimizer ?? 'adam'];
  const { weightDecay = optimizer.weightDecay } = options;
  const scalars = Object.fromEntries(
    Object.keys(optimizer.rates(1, 1)).map((name) => [name, input(name, [])]),
  );
  trained.forEach(({ name, shape, rateFactor }, i) => {
    const moments = optimizer.moments.map((prefix) => fed(prefix + name, shape));
    // With a number, ONNX Runtime is slow for tensors [O, C, 1, 1]: it computes them element by element.
    const isSlow = shape.length > 1 && shape.at(-1) === 1;
    const flat = (tensor: Tensor) => (isSlow ? reshape(tensor, [elements(shape)]) : tensor);
    const whole = (tensor: Tensor) => (isSlow ? reshape(tensor, shape) : tensor);
    const before = { parameter: flat(build.state(name)), moments: moments.map(flat) };
    const after = optimizer.update(before, flat(held[i]!), scalars, { weightDecay, rateFactor });
    outputs[renewed(name)] = whole(after.parameter);
    optimizer.moments.forEach((prefix, at) => {
      outputs[renewed(prefix + name)] = whole(after.moments[at]!);
    });
  });
  if (weightAverage !== undefined) {
    const decay = input('averageDecay', []);
    for (const { name, shape } of network.parameters) {
      const moved = multiply(fed(AVERAGE + name, shape), decay);
      const value = outputs[renewed(name)] ?? build.state(name);
      outputs[renewed(AVERAGE + name)] = add(moved, multiply(value, subtract(1, decay)));
    }
  }
  return { outputs, state, random, optimizer, weightAverage, hasMissing };
}

/** @param logits [outputs, N] @param prediction [N, outputs] */
function lossOf(loss: Loss, output: Output, logits: Tensor, prediction: Tensor, hasMissing: boolean): Tensor {
  const [batch, outputs] = prediction.shape;
  const target = input('target', prediction.shape);
  const weight = input('weight', [batch!]);
  const known = hasMissing ? input('known', prediction.shape) : undefined;
  const isOfLogits = loss.termsOfLogits !== undefined && output.activation === loss.activation;
  const turned = (x: Tensor) => (isOfLogits ? transpose(x, [1, 0]) : x);
  const terms = isOfLogits ? loss.termsOfLogits!(logits, turned(target), 0) : loss.terms(prediction, target);
  const aligned = isOfLogits ? weight : reshape(weight, [batch!, 1]);
  const weighted = multiply(terms, known ? multiply(turned(known), aligned) : aligned);
  const value = loss.targets === 'classes' ? multiply(mean(weighted), outputs!) : mean(weighted);
  return known ? multiply(value, divide(elements(known.shape), maximum(sum(known), 1))) : value;
}

/** A matrix `[outputs, groups]`: 1 for each output of a group, else 0. @param groups default: one of all outputs */
export function groupMatrix(
  outputs: number,
  groups: StepOptions['groups'] = [{ start: 0, end: outputs }],
): Tensor {
  const members = new Float32Array(outputs * groups.length);
  for (const [group, { start, end }] of groups.entries())
    for (let output = start; output < end; output++) members[output * groups.length + group] = 1;
  return constant(members, [outputs, groups.length]);
}

/** @param distribution `[N, outputs]` */
function lossOfCounts(loss: Loss, distribution: Tensor, groups: StepOptions['groups']): Tensor {
  const [batch, outputs] = distribution.shape;
  const terms = loss.terms(distribution, input('target', distribution.shape), groupMatrix(outputs!, groups));
  return mean(multiply(sum(terms, 1), input('weight', [batch!])));
}

/** Results of a step, computed with the state before it. */
export interface StepResult {
  /** Mean over the batch. */
  loss: number;
  /** Predictions [N, outputs]; the next step overwrites the array. */
  prediction: Float32Array;
}

/** A batch, in memory. */
export interface StepBatch {
  /** Normalised pictures, [H, W, C, N]. */
  image: Float32Array;
  /** [N, outputs]; NaN is unknown. Counts are not NaN: a group of zeros has no loss. */
  target: Float32Array;
  /** [N], factors on the loss of each example. Default 1. */
  weight?: Float32Array;
}

/**
 * Runs training steps and keeps the state between them.
 * @example
 * const graph = trainingStep(network, { batch: 2, loss: 'mse' });
 * const program = await compile(graph.outputs, { name: 'cpu', threads: 1 });
 * const step = new TrainingStep(program, graph, network.initialState(1), 1);
 * const batch = { image: new Float32Array(128 * 128 * 3 * 2), target: new Float32Array(2 * 37) };
 * const { loss } = await step.run(batch, 1e-3, 1);
 */
export class TrainingStep {
  /** State by name; each step replaces the arrays. */
  state: Record<string, Float32Array> = {};
  /** Arrays that the next step writes its new state into; frozen state has none. */
  private spare: Record<string, Float32Array> = {};
  private readonly loss = new Float32Array(1);
  private readonly prediction: Float32Array;
  private readonly ones: Float32Array;
  private readonly random: Record<string, Float32Array>;

  /**
   * @param graph that `program` was compiled from
   * @param initial parameters and statistics; to resume, also moments (default: 0) and averages (default: the parameters)
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

  /** Takes one step. @param step number of the step, from 1 */
  async run(batch: StepBatch, learningRate: number, step: number): Promise<StepResult> {
    Object.values(this.random).forEach((array, i) => {
      const random = new Random(this.seed, 'dropout', step, i);
      for (let at = 0; at < array.length; at++) array[at] = random.uniform();
    });
    const { weightAverage = 0, optimizer, hasMissing } = this.graph;
    const averageDecay = Math.min(weightAverage, step / (step + 9)); // smaller at first: the initial weights fade quickly
    const scalars = { ...optimizer.rates(learningRate, step), averageDecay };
    const feeds: Record<string, Float32Array> = {
      weight: this.ones,
      ...this.state,
      ...this.random,
      ...batch,
    };
    if (hasMissing) {
      feeds.known = batch.target.map((value) => Number(!Number.isNaN(value)));
      feeds.target = batch.target.map((value) => (Number.isNaN(value) ? 0 : value));
    }
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
