/** The contract of a layer: its description, its parameters (PyTorch names) and its forward graph. */
import type { z } from 'zod';
import { elements, GraphError, type Shape, type Tensor } from '../graph/tensor.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { FeatureMap, Layout } from './layout.ts';
import type { Zod } from './schema.ts';

/** A parameter's initial values: uniform in ±bound, all equal, or those of a file. */
export type Initial = { readonly bound: number } | { readonly value: number } | 'file';

/** A parameter, or a running statistic: named and laid out as in PyTorch's state_dict. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
  /** False for running statistics, which have no gradient. */
  readonly isTrained: boolean;
}

/** A value between two layers: a map, or features: [F, N] in the layout [H, W, C, N], [N, F] in [N, C, H, W]. */
export type Value =
  | ({ readonly kind: 'map' } & FeatureMap)
  | { readonly kind: 'features'; readonly layout: Layout; readonly tensor: Tensor };

/** The size of a value for one picture: a map of size × size pixels with channels, or a number of features. */
export type Extent = { kind: 'map'; size: number; channels: number } | { kind: 'features'; count: number };

/** The context in which a layer builds its forward graph. */
export interface Build {
  /** True: batch statistics and dropout. False: running statistics. */
  readonly training: boolean;
  readonly method: ConvolutionMethod;
  /** The tensor of a parameter or statistic. */
  state(name: string): Tensor;
  /** True for a parameter or statistic that keeps its value in training. Default: none. */
  isFrozen?(name: string): boolean;
  /** Receives the new value of a running statistic, in training. */
  update(name: string, value: Tensor): void;
  /** A tensor of uniform random numbers in [0, 1), new at each step. */
  random(shape: Shape): Tensor;
  /**
   * Receives the full-size map after each ReLU (`conv1`) and attention (`cbam1`); returns the map that the next layer reads.
   * Returning an input cuts the graph there.
   */
  tap?(layer: string, map: FeatureMap): FeatureMap;
}

/** A layer's place in a network. */
export interface Position {
  /** Index of the layer's first module in PyTorch's `Sequential`. */
  index: number;
  /** Number among the layers of its kind, from 1. */
  number: number;
}

/** A layer at its place in a network. */
export interface PlacedLayer {
  /** The layer's name in settings and explanations: `conv1`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly output: Extent;
  /** The number of PyTorch modules that the layer replaces. Default 1. */
  readonly span?: number;
  /** Kernels and pools that slide over the map, in order; `all` if each output depends on the whole input. Default: none. */
  readonly windows?: readonly { readonly size: number; readonly stride: number }[] | 'all';
  /** For one picture: the forward pass with direct convolutions, without elementwise operations. Default 0. */
  readonly multiplyAdds?: number;
  forward(value: Value, build: Build): Value;
}

/** A step of a module, for diagrams. */
export interface Step {
  /** Unique in the module. */
  readonly name: string;
  /** The formula or operation, in one or two lines: ['y = x · ca']. */
  readonly label: readonly string[];
  /** Size of the result for one picture if the input is a map H × W × C. Default: the size of the input. */
  readonly size?: string;
  /** Names of the steps that it reads; none for the input. */
  readonly from: readonly string[];
  /** Prefixes of the names of its parameters: ['channel.fc1', 'channel.fc2']. */
  readonly parameters?: readonly string[];
  /** If true, the step is applied to each of its inputs. */
  readonly isShared?: boolean;
  /** Horizontal position in diagrams, in columns from the middle. Default 0. */
  readonly column?: number;
  /** The step's own steps, drawn separately. Their parameters are those of this step. */
  readonly module?: Module;
}

/** The steps of an attention, in order of computation, from the input to the output. */
export interface Module {
  /** `CBAM, reduction 4` */
  readonly title: string;
  readonly steps: readonly Step[];
}

/** The record of a kind of layer, or of attention inside a convolution. `D` is the type of its description: in `{ dense: 10 }`, of 10. */
export interface LayerKind<D> {
  schema(zod: Zod): z.ZodType<D>;
  /** Labels in diagrams: ['convolution 17×17', 'batch norm, ReLU']. */
  labels(description: D): string[];
  /** Side of a convolution's kernel, for diagrams. */
  kernel?(description: D): number;
  /** The attention of the layer, whose steps diagrams show. */
  module?(description: D): Module | undefined;
  /** Colours in diagrams. */
  readonly colours?: readonly [fill: string, stroke: string];
  /** If true, diagrams leave out every other feature. */
  readonly isSparse?: boolean;
  /** @throws GraphError if the layer does not fit its input */
  place(description: D, input: Extent, position: Position): PlacedLayer;
}

/** Infers the type of a layer's description from its record. */
export const layer = <D>(record: LayerKind<D>): LayerKind<D> => record;

export const trained = (name: string, shape: Shape, initial: Initial): Parameter => ({
  name,
  shape,
  initial,
  isTrained: true,
});

/**
 * A weight of the given shape, [O, …], and a bias [O], with PyTorch's default values: Kaiming-uniform with a = √5, which is
 * ±1/√fan-in for both. The fan-in is the size of one of the O rows.
 */
export function weightAndBias(prefix: string, shape: Shape): [weight: Parameter, bias: Parameter] {
  const initial = { bound: 1 / Math.sqrt(elements(shape.slice(1))) };
  return [trained(`${prefix}.weight`, shape, initial), trained(`${prefix}.bias`, shape.slice(0, 1), initial)];
}

/** The input of a layer that needs a map. @throws GraphError for features */
export function mapOf<T extends Extent | Value>(input: T): Extract<T, { kind: 'map' }> {
  if (input.kind !== 'map')
    throw new GraphError('expected a map, got features: the map is already flattened');
  return input as Extract<T, { kind: 'map' }>;
}

/** The input of a layer that needs features. @throws GraphError for a map */
export function featuresOf<T extends Extent | Value>(input: T): Extract<T, { kind: 'features' }> {
  if (input.kind !== 'features') throw new GraphError('expected features, got a map: flatten it first');
  return input as Extract<T, { kind: 'features' }>;
}
