/** Learning rates of parts of a network, for fine-tuning. */

import type { Network } from '../engine/nn/network.ts';
import { UserError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import type { TrainingConfig } from './config.ts';

/**
 * What the learning rate of a layer is multiplied by, where that is not 1; 0 for frozen layers.
 * @throws UserError where a layer is not there, a rate is none, or nothing is left to train
 * @example rateFactors({ learningRate: 1e-3, freeze: ['conv1'], layerLr: ['conv2:1e-4'] }, network) // conv1 → 0, conv2 → 0.1
 */
export function rateFactors(
  { learningRate, freeze, layerLr }: Pick<TrainingConfig, 'learningRate' | 'freeze' | 'layerLr'>,
  { layers }: Network,
): Map<string, number> {
  const names = layers.filter(({ parameters }) => parameters.length > 0).map(({ name }) => name);
  const factors = new Map<string, number>();
  const set = (flag: string, name: string, factor: number) => {
    if (!names.includes(name))
      throw new UserError(`${flag}: no layer '${name}': there are ${names.join(', ')}`);
    if (factors.has(name)) throw new UserError(`${flag}: ${name} has a rate already`);
    factors.set(name, factor);
  };
  for (const name of freeze) set(`--freeze ${name}`, name, 0);
  for (const text of layerLr) {
    const [, name, rate] = /^([^:]+):(.+)$/.exec(text) ?? [];
    const value = parseDecimal(rate ?? '');
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new UserError(`--layer-lr ${text}: expected LAYER:RATE, such as conv4:1e-5`);
    }
    set(`--layer-lr ${text}`, name!, value / learningRate);
  }
  if (names.every((name) => factors.get(name) === 0))
    throw new UserError('--freeze: nothing is left to train');
  return factors;
}
