/** The forward graph of a trained network. */
import { constant } from '../graph/tensor.ts';
import type { ConvolutionMethod } from './convolution.ts';
import type { Build } from './layer.ts';
import type { Network } from './network.ts';

/**
 * A build with running statistics, without dropout.
 * @param state gives the tensor of a parameter by its name
 * @example inferenceBuild(constantState(network, weights), 'auto')
 */
export function inferenceBuild(state: Build['state'], method: ConvolutionMethod): Build {
  const never = (what: string) => () => {
    throw new Error(`inference needs ${what}`);
  };
  return { training: false, method, state, update: never('an update'), random: never('random numbers') };
}

/**
 * The parameters and statistics of a network as constants of a graph.
 * @param values by name
 * @example constantState(network, network.initialState(1))('0.weight') // [4, 3, 3, 3]
 */
export function constantState(
  { parameters }: Pick<Network, 'parameters'>,
  values: ReadonlyMap<string, Float32Array>,
): Build['state'] {
  const tensors = new Map(parameters.map(({ name, shape }) => [name, constant(values.get(name)!, shape)]));
  return (name) => tensors.get(name)!;
}
