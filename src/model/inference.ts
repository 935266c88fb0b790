/** The inference graph: pictures in, vote fractions out. */
import { transpose } from '../engine/graph/shape.ts';
import { constant, type Tensor } from '../engine/graph/tensor.ts';
import type { ConvolutionMethod } from '../engine/nn/convolution.ts';
import type { Build } from '../engine/nn/layer.ts';
import type { Layout } from '../engine/nn/layout.ts';
import type { Network } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { headFractions } from './head.ts';

/**
 * A build that uses running statistics, with these tensors as parameters.
 * @example inferenceBuild(constantState(network, weights), 'auto')
 */
export function inferenceBuild(state: (name: string) => Tensor, method: ConvolutionMethod): Build {
  const never = (what: string) => () => {
    throw new Error(`inference asked for ${what}`);
  };
  return { training: false, method, state, update: never('an update'), random: never('random numbers') };
}

/**
 * Parameters as constants of a graph.
 * @example
 * const baseline = await openNetwork('baseline', { tree: GALAXY_ZOO_2 });
 * constantState(baseline, baseline.initialState(1))('0.weight'); // [32, 3, 17, 17]
 */
export function constantState(network: Network, values: ReadonlyMap<string, Float32Array>): Build['state'] {
  const tensors = new Map(
    network.parameters.map(({ name, shape }) => [name, constant(values.get(name)!, shape)]),
  );
  return (name) => tensors.get(name)!;
}

/** Fractions `[N, answers]` from logits in the layout's order. */
export function fractionsOf({ tree, head }: GalaxyNetwork, logits: Tensor, layout: Layout): Tensor {
  return layout.name === 'HWCN'
    ? transpose(headFractions(tree, head, logits, 0), [1, 0])
    : headFractions(tree, head, logits, 1);
}

/**
 * Fractions `[N, answers]` of normalised pictures.
 * @param image `[H, W, C, N]` or `[N, C, H, W]`, in the layout's order
 * @example
 * const build = inferenceBuild(constantState(network, weights), 'auto');
 * inferenceGraph(network, input('image', [128, 128, 3, 96]), HWCN, build); // [96, 37]
 */
export function inferenceGraph(network: GalaxyNetwork, image: Tensor, layout: Layout, build: Build): Tensor {
  const logits = network.forward({ kind: 'map', layout, tensor: image }, build);
  if (logits.kind !== 'features') throw new Error('the network gives a map');
  return fractionsOf(network, logits.tensor, layout);
}
