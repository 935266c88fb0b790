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

export interface Build {
  /** Batch statistics and dropout (true), or running statistics (false). */
  readonly training: boolean;
  readonly method: ConvolutionMethod;
  state(name: string): Tensor;
  /** Takes the new value of a running statistic, when training. */
  update(name: string, value: Tensor): void;
  /** A tensor of uniform random numbers in [0, 1), new at each step. */
  random(shape: Shape): Tensor;
  /**
   * Receives the full-size map after each ReLU (`conv1`) and attention (`cbam1`); returns the map that the next layer reads.
   * Returning an input cuts the graph there.
   */
  tap?(layer: string, map: FeatureMap): FeatureMap;
}

export interface Position {
  /** Of its first module in PyTorch's `Sequential`. */
  index: number;
  /** Among the layers of its kind, from 1. */
  number: number;
}

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

/** The record of a kind of layer. `D` describes one: in `{ dense: 10 }`, 10. */
export interface LayerKind<D> {
  schema(zod: Zod): z.ZodType<D>;
  /** In diagrams: ['convolution 17×17', 'batch norm, ReLU']. */
  labels(description: D): string[];
  kernel?(description: D): number;
  readonly colours: readonly [fill: string, stroke: string];
  /** Diagrams leave out every other feature. */
  readonly isSparse?: boolean;
  /** @throws GraphError if it does not fit its input */
  place(description: D, input: Extent, position: Position): PlacedLayer;
}

/** Infers the type of a layer's description from its record. */
export const layer = <D>(kind: LayerKind<D>): LayerKind<D> => kind;

export const trained = (name: string, shape: Shape, initial: Initial): Parameter => ({
  name,
  shape,
  initial,
  isTrained: true,
});

/** PyTorch's default for weights and biases: Kaiming-uniform with a = √5, which is ±1/√fan-in for both. */
export const fanIn = (inputs: number): Initial => ({ bound: 1 / Math.sqrt(inputs) });

export function featureCount(input: Extent): number {
  if (input.kind !== 'features') throw new GraphError('it needs features: flatten the map first');
  return input.count;
}

export function featuresOf(value: Value, name: string): Tensor {
  if (value.kind !== 'features')
    throw new GraphError(`${name}: expected features, got a map; flatten it first`);
  return value.tensor;
}

export function mapOf(value: Value, name: string): FeatureMap {
  if (value.kind !== 'map') throw new GraphError(`${name}: expected a map, got features`);
  return value;
}
