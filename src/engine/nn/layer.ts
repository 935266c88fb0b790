/** The contract of a layer: its description, its parameters (PyTorch names), its place in a network and its forward graph. */
import type { z } from 'zod';
import { GraphError, type Shape, type Tensor } from '../graph/tensor.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { FeatureMap, Layout } from './layout.ts';
import type { Zod } from './schema.ts';

/** How a parameter starts: uniform in ±bound, or one value. */
export type Initial = { readonly bound: number } | { readonly value: number };

/** A parameter, or a running statistic: named and laid out as in PyTorch's state_dict. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
  /** False for running statistics, which have no gradient. */
  readonly isTrained: boolean;
}

/** A value between two layers: a map, or features as [F, N] (beside [H, W, C, N]) or [N, F] (beside [N, C, H, W]). */
export type Value =
  | ({ readonly kind: 'map' } & FeatureMap)
  | { readonly kind: 'features'; readonly layout: Layout; readonly tensor: Tensor };

/** The size of a value, of one picture: a map of size × size pixels and its channels, or a number of features. */
export type Extent = { kind: 'map'; size: number; channels: number } | { kind: 'features'; count: number };

/** How a network becomes a graph. */
export interface Build {
  /** Batch statistics and dropout (true), or running statistics (false). */
  readonly training: boolean;
  readonly method: ConvolutionMethod;
  /** The tensor of a parameter. */
  state(name: string): Tensor;
  /** Takes the new value of a running statistic, when training. */
  update(name: string, value: Tensor): void;
  /** A tensor of uniform random numbers in [0, 1), new at each step. */
  random(shape: Shape): Tensor;
  /**
   * Receives the whole map behind each layer's ReLU (`conv1`) and attention (`cbam1`), and returns the map to go on with: an
   * input of its own leaves only the rest of the network in the graph.
   */
  tap?(layer: string, map: FeatureMap): FeatureMap;
}

/** Where a layer stands. */
export interface Position {
  /** Of its first module in PyTorch's `Sequential`. */
  index: number;
  /** Among the layers of its kind, from 1. */
  number: number;
}

/** A layer in its place. */
export interface PlacedLayer {
  /** As `--freeze` and `explain` call it: `conv1`. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly output: Extent;
  /** The number of PyTorch modules that it stands for. Default 1. */
  readonly span?: number;
  /** Of one picture, forward, with direct convolutions; elementwise work is not counted. Default 0. */
  readonly multiplyAdds?: number;
  forward(value: Value, build: Build): Value;
}

/**
 * The record of a kind of layer. Its key in the table `LAYERS` is its key in descriptions: `{ dense: 10 }`.
 * `D` is what stands behind the key.
 */
export interface LayerKind<D> {
  schema(zod: Zod): z.ZodType<D>;
  /** What it does, for people: ['convolution 17×17', 'batch norm, ReLU']. */
  labels(description: D): string[];
  /** Side of a kernel, which diagrams draw. */
  kernel?(description: D): number;
  /** In diagrams. */
  readonly colours: readonly [fill: string, stroke: string];
  /** Diagrams leave out every other feature. */
  readonly isSparse?: boolean;
  /** @throws GraphError if it does not fit its input */
  place(description: D, input: Extent, position: Position): PlacedLayer;
}

/** @example export const dense = layer({ schema: (zod) => count(zod, MOST.features), … }) */
export const layer = <D>(kind: LayerKind<D>): LayerKind<D> => kind;

/** A trained parameter. */
export const trained = (name: string, shape: Shape, initial: Initial): Parameter => ({
  name,
  shape,
  initial,
  isTrained: true,
});

/** PyTorch's default for weights and biases: Kaiming-uniform with a = √5, which is ±1/√fan-in for both. */
export const fanIn = (inputs: number): Initial => ({ bound: 1 / Math.sqrt(inputs) });

/** The number of features that reach a layer. */
export function featureCount(input: Extent): number {
  if (input.kind !== 'features') throw new GraphError('it needs features: flatten the map first');
  return input.count;
}

/** A layer's input as features. */
export function featuresOf(value: Value, name: string): Tensor {
  if (value.kind !== 'features')
    throw new GraphError(`${name}: expected features, got a map; flatten it first`);
  return value.tensor;
}

/** A layer's input as a map. */
export function mapOf(value: Value, name: string): FeatureMap {
  if (value.kind !== 'map') throw new GraphError(`${name}: expected a map, got features`);
  return value;
}
