/** Networks that start from a trained one: for its own decision tree, or with a new last layer for another. */
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';
import type { Model } from './model.ts';

export interface Start {
  model: Model;
  /** If true, the last layer is replaced by a new one for the answers of the new tree. */
  isLastNew: boolean;
}

/**
 * A network with the layers of a model. The model's temperature was fitted for its own weights and is left out.
 * @throws UserError if the last layer is to be replaced, and is not fully connected
 * @example tunedNetwork({ model, isLastNew: true }, { tree: GALAXY10_DECALS, head: 'softmax' }).outputs // 10
 */
export function tunedNetwork(
  { model, isLastNew }: Start,
  { tree, head }: { tree: Tree; head: Head },
): GalaxyNetwork {
  const { input, layers } = model.network;
  const [last] = layers.slice(-1);
  if (isLastNew && !('dense' in last!)) {
    const [kind] = Object.keys(last!);
    throw new UserError(
      `${model.file}: its last layer is '${kind}'; only 'dense' can be replaced for another tree`,
    );
  }
  const kept = isLastNew ? [...layers.slice(0, -1), { dense: tree.columns.length }] : layers;
  return new GalaxyNetwork({ input, layers: kept, head }, tree);
}

/**
 * The weights before the first step: the model's, and for a new last layer initial values drawn with the seed.
 * @param network the one of {@link tunedNetwork}
 * @example tunedWeights({ model, isLastNew: false }, network, 1).get('0.bias') // the model's, [C]
 */
export function tunedWeights(
  { model: { weights }, isLastNew }: Start,
  network: GalaxyNetwork,
  seed: number,
): Map<string, Float32Array> {
  const drawn = isLastNew ? network.layers.at(-1)!.parameters.map(({ name }) => name) : [];
  const initial = network.initialState(seed);
  return new Map(
    [...initial].map(([name, values]) => [name, drawn.includes(name) ? values : weights.get(name)!]),
  );
}
