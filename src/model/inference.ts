/** The graph of a trained network: pictures in, vote fractions out. */
import { transpose } from '../engine/graph/shape.ts';
import { constant, type Tensor } from '../engine/graph/tensor.ts';
import type { ConvolutionMethod } from '../engine/nn/convolution.ts';
import type { Build } from '../engine/nn/layer.ts';
import type { Layout } from '../engine/nn/layout.ts';
import type { Network } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { type Head, headFractions } from './head.ts';

/**
 * A build with running statistics, from tensors for the parameters.
 * @example inferenceBuild(constantState(network, weights), 'auto')
 */
export function inferenceBuild(state: (name: string) => Tensor, method: ConvolutionMethod): Build {
  const never = (what: string) => () => {
    throw new Error(`inference asked for ${what}`);
  };
  return { training: false, method, state, update: never('an update'), random: never('random numbers') };
}

/**
 * The parameters of a network as constants of a graph.
 * @example
 * const baseline = await openNetwork('baseline');
 * constantState(baseline, baseline.initialState(1))('0.weight'); // [32, 3, 17, 17]
 */
export function constantState(network: Network, values: ReadonlyMap<string, Float32Array>): Build['state'] {
  const tensors = new Map(
    network.parameters.map(({ name, shape }) => [name, constant(values.get(name)!, shape)]),
  );
  return (name) => tensors.get(name)!;
}

/** Logits in the layout's order as fractions, [N, 37]. */
export function fractionsOf(logits: Tensor, layout: Layout, head: Head): Tensor {
  return layout.name === 'HWCN'
    ? transpose(headFractions(head, logits, 0), [1, 0])
    : headFractions(head, logits, 1);
}

/**
 * The fractions, [N, 37], of normalised pictures.
 * @param image [H, W, C, N] or [N, C, H, W], as the layout says; values (x/255 - 0.5) / 0.5
 * @example
 * const build = inferenceBuild(constantState(network, weights), 'auto');
 * inferenceGraph(network, input('image', [128, 128, 3, 96]), HWCN, build); // [96, 37]
 */
export function inferenceGraph(network: GalaxyNetwork, image: Tensor, layout: Layout, build: Build): Tensor {
  const logits = network.forward({ kind: 'map', layout, tensor: image }, build);
  if (logits.kind !== 'features') throw new Error('the network gives a map');
  return fractionsOf(logits.tensor, layout, network.head);
}
