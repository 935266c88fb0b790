/** Reads and writes weights with PyTorch's names and layouts. */
import type { Network } from '../engine/nn/network.ts';
import { AVERAGE, isTrainingState } from '../engine/nn/trainingStep.ts';
import { UserError } from '../errors.ts';
import { float32, type StoredTensor, takeFloat32 } from '../files/safetensors.ts';

/** PyTorch's batch norms count their batches. This program does not use the counter. */
const COUNTER = 'num_batches_tracked';

/**
 * The parameters of a network from a file's tensors: the moving averages if there are any, else the parameters themselves.
 * Moments are ignored.
 * @throws UserError that names the file and a tensor that is missing, unknown, not finite or of another shape
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
    let bad = 0; // `findIndex` takes 50 ms for 3 million weights
    while (bad < values.length && Number.isFinite(values[bad])) bad++;
    if (bad < values.length)
      throw new UserError(`${file}: '${prefix}${name}': value ${bad} is ${values[bad]}`);
    weights.set(name, values);
  }
  const unknown = [...tensors.keys()].find(
    (name) => !weights.has(name) && !name.endsWith(COUNTER) && !isTrainingState(name),
  );
  if (unknown !== undefined) throw new UserError(`${file}: '${unknown}' is not a tensor of this network`);
  return weights;
}

/**
 * Weights as tensors that PyTorch's `load_state_dict` accepts, with the counters of the batch norms.
 * @param steps value of the counters: the number of training steps
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
