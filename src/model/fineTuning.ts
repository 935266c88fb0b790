/** Networks that start from a trained one: for its own decision tree, or with a new last layer for another. */
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import type { Head } from './head.ts';
import { type Model, networkOf } from './model.ts';

/**
 * A network with the layers of a model, and its weights as initial values; those of a new last layer are drawn. The model's
 * temperature was fitted for its own weights and is left out.
 * @param isLastNew if true, the last layer is replaced by a new one for the answers of the tree
 * @throws UserError if the last layer is to be replaced, and is not fully connected
 * @example tunedNetwork(model, { tree: GALAXY10_DECALS, head: 'softmax', isLastNew: true }).outputs // 10
 */
export function tunedNetwork(
  model: Model,
  { tree, head, isLastNew }: { tree: Tree; head: Head; isLastNew: boolean },
): GalaxyNetwork {
  const { input, layers } = model.network;
  if (!isLastNew) return new GalaxyNetwork({ input, layers, head }, tree, model.weights);
  const last = networkOf(model).layers.at(-1)!;
  if (last.kind !== 'dense') {
    const problem = `its last layer is '${last.kind}'; only 'dense' can be replaced for another tree`;
    throw new UserError(`${model.file}: ${problem}`);
  }
  const kept = new Map(model.weights);
  for (const { name } of last.parameters) kept.delete(name);
  const replaced = [...layers.slice(0, -1), { dense: tree.columns.length }];
  return new GalaxyNetwork({ input, layers: replaced, head }, tree, kept);
}
