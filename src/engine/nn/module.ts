/** What a part of a network is: its parameters by PyTorch's names, and how it is put into a graph. */
import type { Shape, Tensor } from '../graph/tensor.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { FeatureMap, Layout } from './layout.ts';

/** How a parameter starts: uniform in ±bound, or one value. */
export type Initial = { readonly bound: number } | { readonly value: number };

/** A parameter, or a statistic that training keeps: named and laid out as in PyTorch's state_dict. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: Initial;
  /** False for running statistics, which no gradient moves. */
  readonly isTrained: boolean;
}

/** What flows through a network: a map, or features as [F, N] (beside [H, W, C, N]) or [N, F] (beside [N, C, H, W]). */
export type Value =
  | ({ readonly kind: 'map' } & FeatureMap)
  | { readonly kind: 'features'; readonly layout: Layout; readonly tensor: Tensor };

/** How a network is put into a graph. */
export interface Build {
  /** Batch statistics and dropout (true), or the running statistics (false). */
  readonly training: boolean;
  readonly method: ConvolutionMethod;
  /** The tensor of a parameter. */
  state(name: string): Tensor;
  /** Told the new value of a running statistic, when training. */
  update(name: string, value: Tensor): void;
  /** A tensor of random numbers in [0, 1), new at each step. */
  random(shape: Shape): Tensor;
  /**
   * Is shown the whole map behind each layer's ReLU (`conv1`) and attention (`cbam1`), and gives the map to go on with: an
   * input of its own, and only the rest of the network is left in the graph.
   */
  tap?(layer: string, map: FeatureMap): FeatureMap;
}

/** A part of a network. */
export interface Module {
  /** What `explain` and the user call it. */
  readonly name: string;
  readonly parameters: readonly Parameter[];
  forward(value: Value, build: Build): Value;
}

/** A parameter that is trained. */
export const trained = (name: string, shape: Shape, initial: Initial): Parameter => ({
  name,
  shape,
  initial,
  isTrained: true,
});

/** PyTorch's default for weights and biases: Kaiming-uniform with a = √5, which is ±1/√fan-in for both. */
export const fanIn = (inputs: number): Initial => ({ bound: 1 / Math.sqrt(inputs) });
