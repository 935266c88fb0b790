/** The features of a network: the output of one of its layers. */
import { Network } from '../engine/nn/network.ts';
import { OptionError } from '../errors.ts';

/** A network up to one of its layers. */
export interface FeatureNetwork {
  /** The layer's name: `dense1`. */
  readonly layer: string;
  /** Its outputs are the features. Its parameters have the names that they have in the whole network. */
  readonly network: Network;
}

/**
 * A network up to one of its layers. A map is averaged over its pixels.
 * @param layer default: the last layer before the last fully connected one, without dropout
 * @throws OptionError if there is no such layer
 * @example
 * const whole = new GalaxyNetwork(describeNetwork('cnn', { tree: GALAXY_ZOO_2 }), GALAXY_ZOO_2);
 * featureNetwork(whole).layer; // 'dense2'
 * featureNetwork(whole, 'conv3').network.outputs; // 128
 */
export function featureNetwork({ description, layers }: Network, layer?: string): FeatureNetwork {
  const kinds = layers.map(({ kind }) => kind);
  const lastDense = kinds.lastIndexOf('dense');
  const place =
    layer === undefined
      ? kinds.findLastIndex((kind, i) => i < lastDense && kind !== 'dropout')
      : layers.findIndex(({ name }) => name === layer);
  const found = layers[place];
  if (found === undefined) {
    const names = layers.map(({ name }) => name).join(', ');
    throw new OptionError('layer', `expected one of ${names}`, layer);
  }
  const kept = description.layers.slice(0, place + 1);
  const pooled = found.output.kind === 'map' ? [{ globalMean: true } as const] : [];
  const network = new Network({ input: description.input, layers: [...kept, ...pooled] });
  return { layer: found.name, network };
}
