/** The inference graph: pictures in, vote fractions out. */
import { transpose } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import type { Build } from '../engine/nn/layer.ts';
import type { Layout } from '../engine/nn/layout.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { headFractions } from './head.ts';

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
