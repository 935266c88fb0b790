/** The inference graph: pictures in, vote fractions out. */
import { transpose } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import { type Build, featuresOf } from '../engine/nn/layer.ts';
import type { Layout } from '../engine/nn/layout.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { headFractions } from './head.ts';

/**
 * Fractions `[N, answers]` of normalised pictures.
 * @param image `[H, W, C, N]` or `[N, C, H, W]`, in the layout's order
 * @throws GraphError if the image does not have the network's size
 * @example
 * const build = inferenceBuild(constantState(network, weights), 'auto');
 * inferenceGraph(network, input('image', [128, 128, 3, 96]), HWCN, build); // [96, 37]
 */
export function inferenceGraph(network: GalaxyNetwork, image: Tensor, layout: Layout, build: Build): Tensor {
  const { tensor } = featuresOf(network.forward({ kind: 'map', layout, tensor: image }, build));
  const { tree, head } = network;
  return layout.name === 'HWCN'
    ? transpose(headFractions(tree, head, tensor, 0), [1, 0])
    : headFractions(tree, head, tensor, 1);
}
