/** A network layer by layer, for people: what `tuningfork networks` lists and diagrams show. */
import type { Extent, Layer, LayerDescription } from '../engine/nn/network.ts';
import { parameterCount } from '../engine/nn/network.ts';
import type { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';

/** A layer. */
export interface LayerSummary {
  /** As `--freeze` calls it: conv1. */
  name: string;
  kind: 'convolution' | 'flatten' | 'dropout' | 'dense';
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

function labelsOf(description: LayerDescription): string[] {
  if ('flatten' in description) return [];
  if ('dropout' in description) return [`dropout ${description.dropout}`];
  if ('dense' in description) return ['fully connected'];
  const { kernel, attention, pool } = description.convolution;
  const labels = [`convolution ${kernel}×${kernel}`, 'batch norm, ReLU'];
  if (attention) {
    labels.push(
      'cbam' in attention
        ? `CBAM, reduction ${attention.cbam.reduction}`
        : `EMA, factor ${attention.ema.factor}`,
    );
  }
  if (pool) labels.push(`${pool} pool 2×2`);
  return labels;
}

function summarize({ description, module, output, multiplyAdds }: Layer): LayerSummary {
  const { name, parameters } = module;
  const [kind] = Object.keys(description) as LayerSummary['kind'][];
  return {
    name,
    kind: kind!,
    labels: labelsOf(description),
    ...('convolution' in description && { kernel: description.convolution.kernel }),
    output,
    parameters: parameterCount(parameters),
    multiplyAdds,
  };
}

/** @example describeLayers(new GalaxyNetwork(describeNetwork('cnn'))).layers[0].output // { kind: 'map', size: 64, channels: 32 } */
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
