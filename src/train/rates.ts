/** Learning rates of layers and parts of layers, for fine-tuning. */
import type { Network } from '../engine/nn/network.ts';
import { isPartOf, parameterRates, partName } from '../engine/nn/trainingStep.ts';
import { enumerate, OptionError } from '../errors.ts';
import { parseDecimal } from '../files/decimal.ts';
import type { TrainingConfig } from './config.ts';

/** Parts of a layer that an error lists. */
const LISTED = 12;

/**
 * Factors on the learning rate, by layer or part of a layer (see `StepOptions`): 0 for frozen ones; those with factor 1 are absent.
 * @throws OptionError if there is no such layer or part, a rate is wrong, or all parameters are frozen
 * @example rateFactors({ learningRate: 1e-3, freeze: ['conv1'], layerLr: ['conv2:1e-4'] }, network) // conv1 → 0, conv2 → 0.1
 */
export function rateFactors(
  { learningRate, freeze, layerLr }: Pick<TrainingConfig, 'learningRate' | 'freeze' | 'layerLr'>,
  { layers }: Pick<Network, 'layers'>,
): Map<string, number> {
  const trained = layers.filter(({ parameters }) => parameters.length > 0);
  const parts = trained.flatMap(({ name: layer, parameters }) =>
    parameters.map(({ name }) => partName(layer, name)),
  );
  const factors = new Map<string, number>();
  const set = (option: 'freeze' | 'layerLr', text: string, name: string, factor: number) => {
    if (!parts.some((part) => isPartOf(part, name))) {
      const layer = trained.find((each) => isPartOf(name, each.name))?.name;
      const there = layer === undefined ? trained.map((each) => each.name) : partsOf(layer, parts);
      throw new OptionError(option, `no layer '${name}': there are ${enumerate(there, LISTED)}`, text);
    }
    if (factors.has(name)) throw new OptionError(option, `${name} has a rate already`, text);
    factors.set(name, factor);
  };
  for (const name of freeze) set('freeze', name, name, 0);
  for (const text of layerLr) {
    const [, name, rate] = /^(.+):([^:]+)$/.exec(text) ?? [];
    const value = parseDecimal(rate ?? '');
    if (!(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw new OptionError('layerLr', 'expected LAYER:RATE, such as conv4:1e-5', text);
    }
    set('layerLr', text, name!, value / learningRate);
  }
  const rates = parameterRates({ layers }, factors);
  if (layers.every(({ parameters }) => parameters.every(({ name }) => rates.get(name) === 0)))
    throw new OptionError('freeze', 'nothing is left to train');
  return factors;
}

/** The parts of a layer, to the first name after the layer's own. */
const partsOf = (layer: string, parts: readonly string[]): string[] => [
  ...new Set(
    parts.filter((part) => isPartOf(part, layer)).map((part) => part.split('.').slice(0, 2).join('.')),
  ),
];
