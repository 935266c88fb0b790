/** Summaries of networks, layer by layer, for lists and diagrams. */
import type { Extent } from '../engine/nn/layer.ts';
import type { LayerName } from '../engine/nn/layers.ts';
import { type Layer, layerKindOf, parameterCount } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';

/** A layer. */
export interface LayerSummary {
  /** As `--freeze` calls it: conv1. */
  name: string;
  kind: LayerName;
  /** What it does, one thing after another: 'convolution 17×17', 'batch norm, ReLU', 'max pool 2×2'. */
  labels: string[];
  /** Side of a convolution's kernel. */
  kernel?: number;
  output: Extent;
  /** Those that are trained. */
  parameters: number;
  /** Of one picture, forward, if convolutions are computed directly. */
  multiplyAdds: number;
}

/** A whole network. */
export interface NetworkSummary {
  parameters: number;
  multiplyAdds: number;
  input: { size: number; channels: number };
  layers: LayerSummary[];
  head: Head;
}

function summarize({ name, kind, description, parameters, output, multiplyAdds = 0 }: Layer): LayerSummary {
  const { own, record } = layerKindOf(description);
  const kernel = record.kernel?.(own);
  return {
    name,
    kind,
    labels: record.labels(own),
    ...(kernel && { kernel }),
    output,
    parameters: parameterCount(parameters),
    multiplyAdds,
  };
}

/** @example describeLayers(await openNetwork(nodePlatform.files, 'cnn', { tree: GALAXY_ZOO_2 })).layers[0].output // { kind: 'map', size: 64, channels: 32 } */
export function describeLayers(network: GalaxyNetwork): NetworkSummary {
  const layers = network.layers.map(summarize);
  return {
    parameters: network.parameterCount,
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
    input: { ...network.description.input },
    layers,
    head: network.head,
  };
}
