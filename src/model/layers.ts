/** Summaries of networks, layer by layer, for lists and diagrams. */
import { type Layer, parameterCount } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';

export interface LayerSummary extends Pick<Layer, 'name' | 'kind' | 'labels' | 'kernel' | 'output'> {
  /** Trained parameters. */
  parameters: number;
  /** For one picture, forward, with direct convolutions. */
  multiplyAdds: number;
}

export interface NetworkSummary {
  parameters: number;
  multiplyAdds: number;
  input: { size: number; channels: number };
  layers: LayerSummary[];
  head: Head;
}

/** @example describeLayers(await openNetwork(nodePlatform.files, 'cnn', { tree: GALAXY_ZOO_2 })).layers[0].output // { kind: 'map', size: 64, channels: 32 } */
export function describeLayers(network: GalaxyNetwork): NetworkSummary {
  const layers = network.layers.map(
    ({ name, kind, labels, kernel, output, parameters, multiplyAdds = 0 }): LayerSummary => ({
      name,
      kind,
      labels,
      ...(kernel && { kernel }),
      output,
      parameters: parameterCount(parameters),
      multiplyAdds,
    }),
  );
  return {
    parameters: network.parameterCount,
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
    input: { ...network.description.input },
    layers,
    head: network.head,
  };
}
