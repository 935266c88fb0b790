/** Summaries of networks, layer by layer, for lists and diagrams. */
import { type Layer, parameterCount } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';

export interface LayerSummary
  extends Pick<Layer, 'name' | 'kind' | 'labels' | 'kernel' | 'module' | 'output'> {
  /** Trained parameters. */
  parameters: number;
  /**
   * Side of the square of input pixels that one output depends on, without attention. It may be larger than the input.
   * Source: Araujo et al. 2019, Computing receptive fields of convolutional neural networks.
   */
  receptiveField: number;
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

/** @example describeLayers(await openNetwork(nodePlatform, 'cnn', { tree: GALAXY_ZOO_2 })).layers[0].output // { kind: 'map', size: 64, channels: 32 } */
export function describeLayers(network: GalaxyNetwork): NetworkSummary {
  let receptiveField = 1;
  let jump = 1; // input pixels between two neighbours of the map
  const layers = network.layers.map((layer): LayerSummary => {
    const { name, kind, labels, kernel, module, output, parameters, windows = [], multiplyAdds = 0 } = layer;
    if (windows === 'all') receptiveField = Math.max(receptiveField, network.description.input.size);
    else
      for (const { size, stride } of windows) {
        receptiveField += (size - 1) * jump;
        jump *= stride;
      }
    return {
      name,
      kind,
      labels,
      ...(kernel && { kernel }),
      ...(module && { module }),
      output,
      parameters: parameterCount(parameters),
      receptiveField,
      multiplyAdds,
    };
  });
  return {
    parameters: network.parameterCount,
    multiplyAdds: layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0),
    input: { ...network.description.input },
    layers,
    head: network.head,
  };
}
