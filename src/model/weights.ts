/** Weights by PyTorch's names and in PyTorch's layouts: what is read into a network, and what is given to others. */

import type { Network } from '../engine/nn/network.ts';
import { AVERAGE, isTrainingState } from '../engine/nn/trainingStep.ts';
import { UserError } from '../errors.ts';
import { float32, type StoredTensor, takeFloat32 } from '../files/safetensors.ts';

/** PyTorch's batch norms count their batches; nothing here depends on it. */
const COUNTER = 'num_batches_tracked';

/**
 * The parameters of a network out of a file's tensors: averages, where a training kept some, else the raw ones. Adam's moments
 * are passed over.
 * @throws UserError that names the file and what is missing, does not fit, is too much, or is not finite
 * @example
 * const { tensors } = decodeSafetensors(await readFile('weights.safetensors'), 'weights.safetensors');
 * checkWeights(network, tensors, 'weights.safetensors').get('0.bias'); // [C] of the first convolution
 */
export function checkWeights(
  network: Network,
  tensors: ReadonlyMap<string, StoredTensor>,
  file: string,
): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  const prefix = [...tensors.keys()].some((name) => name.startsWith(AVERAGE)) ? AVERAGE : '';
  for (const { name, shape } of network.parameters) {
    const values = takeFloat32(tensors, prefix + name, shape, file);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new UserError(`${file}: '${prefix}${name}': value ${bad} is ${values[bad]}`);
    weights.set(name, values);
  }
  const unknown = [...tensors.keys()].find(
    (name) => !weights.has(name) && !name.endsWith(COUNTER) && !isTrainingState(name),
  );
  if (unknown !== undefined) throw new UserError(`${file}: '${unknown}' is not a tensor of this network`);
  return weights;
}

/**
 * Weights as tensors of a file that PyTorch's `load_state_dict` takes: with the batch norms' counters.
 * @param steps of training: what the counters say
 * @example encodeSafetensors(stateDictionary(network, weights, steps), { format: 'pt' })
 */
export function stateDictionary(
  network: Network,
  weights: ReadonlyMap<string, Float32Array>,
  steps: number,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const { name, shape } of network.parameters) {
    tensors.set(name, float32(weights.get(name)!, shape));
    if (!name.endsWith('running_var')) continue;
    const counter = name.replace('running_var', COUNTER);
    tensors.set(counter, { dtype: 'I64', shape: [], data: BigInt64Array.of(BigInt(steps)) });
  }
  return tensors;
}
