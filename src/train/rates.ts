/** Learning rates of single layers, for fine-tuning. */
import type { Network } from '../engine/nn/network.ts';
import { OptionError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import type { TrainingConfig } from './config.ts';

/**
 * Factors on the learning rate, by layer: 0 for frozen layers; layers with factor 1 are absent.
 * @throws OptionError if there is no such layer, a rate is wrong, or all layers are frozen
 * @example rateFactors({ learningRate: 1e-3, freeze: ['conv1'], layerLr: ['conv2:1e-4'] }, network) // conv1 → 0, conv2 → 0.1
 */
export function rateFactors(
  { learningRate, freeze, layerLr }: Pick<TrainingConfig, 'learningRate' | 'freeze' | 'layerLr'>,
  { layers }: Network,
): Map<string, number> {
  const names = layers.filter(({ parameters }) => parameters.length > 0).map(({ name }) => name);
  const factors = new Map<string, number>();
  const set = (option: 'freeze' | 'layerLr', text: string, name: string, factor: number) => {
    if (!names.includes(name)) {
      throw new OptionError(option, `no layer '${name}': there are ${names.join(', ')}`, text);
    }
    if (factors.has(name)) throw new OptionError(option, `${name} has a rate already`, text);
    factors.set(name, factor);
  };
  for (const name of freeze) set('freeze', name, name, 0);
  for (const text of layerLr) {
    const [, name, rate] = /^([^:]+):(.+)$/.exec(text) ?? [];
    const value = parseDecimal(rate ?? '');
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new OptionError('layerLr', 'expected LAYER:RATE, such as conv4:1e-5', text);
    }
    set('layerLr', text, name!, value / learningRate);
  }
  if (names.every((name) => factors.get(name) === 0))
    throw new OptionError('freeze', 'nothing is left to train');
  return factors;
}
