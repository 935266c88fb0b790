/** Checks descriptions of networks from files. */
import { z } from 'zod';
import { elements, GraphError } from '../engine/graph/tensor.ts';
import { LAYERS } from '../engine/nn/layers.ts';
import { count, oneOf } from '../engine/nn/schema.ts';
import { UserError } from '../errors.ts';
import { checked } from '../files/schema.ts';
import { MOST_BANDS } from '../picture/preprocessing.ts';
import type { Tree } from '../tree/tree.ts';
import { GalaxyNetwork, type GalaxyNetworkDescription } from './galaxyNetwork.ts';
import { HEADS } from './head.ts';

/**
 * Upper limits of a description. `weights`: an ONNX model is a protocol buffer and has 2 GiB at most. `map`: the numbers in the
 * output of a layer, for one picture.
 */
const MOST = {
  layers: 1000,
  size: 1024,
  weights: 2 ** 29,
  map: 2 ** 28,
};

/** The schema of a `GalaxyNetworkDescription`. */
const descriptionSchema = z.strictObject({
  input: z.strictObject({ size: count(z, MOST.size), channels: count(z, MOST_BANDS) }),
  layers: z
    .array(oneOf(z, LAYERS))
    .min(1, 'expected one or more')
    .max(MOST.layers, `expected ${MOST.layers} at most`),
  head: z.enum(HEADS).optional(),
  temperature: z.number().positive().optional(),
});

/** @throws UserError if all layers together exceed the limits */
function checkSize({ layers }: GalaxyNetwork, place: string): void {
  let weights = 0;
  for (const [i, { kind, parameters, output }] of layers.entries()) {
    const where = `${place}: layers.${i}.${kind}`;
    weights += parameters.reduce((sum, { shape }) => sum + elements(shape), 0);
    if (weights > MOST.weights) {
      throw new UserError(`${where}: ${weights} weights so far: expected ${MOST.weights} at most`);
    }
    const numbers = output.kind === 'map' ? output.size ** 2 * output.channels : output.count;
    if (numbers > MOST.map) {
      throw new UserError(`${where}: makes ${numbers} numbers of a picture: expected ${MOST.map} at most`);
    }
  }
}

/**
 * Checks a description and builds its network.
 * @param place the file, and the place in it, for messages
 * @param pretrained initial values of parameters, by name
 * @throws UserError that names the file, the place in it and the fault
 * @example
 * parseNetwork({ input: { size: 128, channels: 3 }, layers: [{ flatten: true }, { dense: 37 }] }, GALAXY_ZOO_2, 'my.json');
 */
export function parseNetwork(
  description: unknown,
  tree: Tree,
  place: string,
  pretrained?: ReadonlyMap<string, Float32Array>,
): GalaxyNetwork {
  const sound = checked(descriptionSchema, description, place) as GalaxyNetworkDescription;
  try {
    const network = new GalaxyNetwork(sound, tree, pretrained);
    checkSize(network, place);
    return network;
  } catch (error) {
    if (error instanceof GraphError) throw new UserError(`${place}: ${error.message}`);
    throw error;
  }
}
