/** The forward graph of a trained network. */
import { constant } from '../graph/tensor.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { Build } from './layer.ts';
import type { Network } from './network.ts';

/**
 * A build with running statistics.
 * @param state the tensor of a parameter
 * @example inferenceBuild(constantState(network, weights), 'auto')
 */
export function inferenceBuild(state: Build['state'], method: ConvolutionMethod): Build {
  const never = (what: string) => () => {
    throw new Error(`inference asked for ${what}`);
  };
  return { training: false, method, state, update: never('an update'), random: never('random numbers') };
}

/**
 * The parameters of a network as constants of a graph.
 * @example constantState(network, network.initialState(1))('0.weight') // [4, 3, 3, 3]
 */
export function constantState(network: Network, values: ReadonlyMap<string, Float32Array>): Build['state'] {
  const tensors = new Map(
    network.parameters.map(({ name, shape }) => [name, constant(values.get(name)!, shape)]),
  );
  return (name) => tensors.get(name)!;
}
