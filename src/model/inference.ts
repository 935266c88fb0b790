/** The inference graph: pictures in, vote fractions out. */
import { transpose } from '../engine/graph/shape.ts';
import type { Tensor } from '../engine/graph/tensor.ts';
import { type Build, featuresOf } from '../engine/nn/layer.ts';
import type { Layout } from '../engine/nn/layout.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import { headConcentrations, headFractions } from './head.ts';

/** Predictions of N galaxies. */
export interface Predicted {
  /** Cumulative vote fractions `[N, answers]`. */
  fractions: Float32Array;
  /** `[N, answers]`, if the network has the head `dirichlet`. */
  concentrations?: Float32Array;
}

/** The graphs of {@link Predicted}, by name. */
export type PredictedGraphs = Record<string, Tensor> & { fractions: Tensor };

/**
 * The graphs of a network's predictions.
 * @param image `[H, W, C, N]` or `[N, C, H, W]`, in the layout's order
 * @throws GraphError if the image does not have the network's size
 */
export function inferenceOutputs(
  network: GalaxyNetwork,
  image: Tensor,
  layout: Layout,
  build: Build,
): PredictedGraphs {
  const { tensor } = featuresOf(network.forward({ kind: 'map', layout, tensor: image }, build));
  const axis = layout.name === 'HWCN' ? 0 : 1;
  const rows = (values: Tensor) => (axis === 0 ? transpose(values, [1, 0]) : values);
  const outputs: PredictedGraphs = { fractions: rows(headFractions(network.tree, network, tensor, axis)) };
  const concentrations = headConcentrations(network, tensor);
  if (concentrations) outputs.concentrations = rows(concentrations);
  return outputs;
}

/**
 * Fractions `[N, answers]` of normalised pictures.
 * @param image `[H, W, C, N]` or `[N, C, H, W]`, in the layout's order
 * @throws GraphError if the image does not have the network's size
 * @example
 * const build = inferenceBuild(constantState(network, weights), 'auto');
 * inferenceGraph(network, input('image', [128, 128, 3, 96]), HWCN, build); // [96, 37]
 */
export function inferenceGraph(network: GalaxyNetwork, image: Tensor, layout: Layout, build: Build): Tensor {
  return inferenceOutputs(network, image, layout, build).fractions;
}
