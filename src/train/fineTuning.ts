/** Settings of a training that starts from a trained network, chosen by the number of galaxies. */
import type { TrainingConfig } from './config.ts';

/** The settings that are chosen unless they are given. */
export type ChosenSettings = Pick<
  TrainingConfig,
  'epochs' | 'batch' | 'learningRate' | 'layerLr' | 'warmup' | 'weightAverage' | 'validation'
>;

/** Learning rate of a new last layer. The layers below it have a tenth of it, and so has a network without one. */
const NEW_LAYER_RATE = 1e-3;
const KEPT_RATE_FACTOR = 0.1;

/** Steps of a training, unless there are enough galaxies for more. */
const STEPS = 400;

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

/**
 * The settings of a fine-tuning: those that are given, and others that follow from them and from the number of galaxies.
 * @param galaxies with labels, before the split
 * @param kept names of the layers below a new last one; none if the network keeps its last layer
 * @example fineTuningSettings(200, { epochs: 10 }, ['conv1', 'conv2']).layerLr // ['conv1:0.0001', 'conv2:0.0001']
 */
export function fineTuningSettings(
  galaxies: number,
  given: Readonly<Partial<TrainingConfig>>,
  kept: readonly string[],
): ChosenSettings {
  const { freeze = [], validation = galaxies < 500 ? 0.2 : 0.1, test = 0, calibration = 0 } = given;
  const trained = Math.max(1, Math.floor(galaxies * (1 - validation - test - calibration)));
  const batch = given.batch ?? Math.min(16, trained);
  const steps = Math.max(1, Math.floor(trained / (batch === 'auto' ? 16 : batch))); // in an epoch
  const epochs = given.epochs ?? clamp(Math.round(STEPS / steps), 8, 40);
  const { learningRate = NEW_LAYER_RATE * (kept.length > 0 ? 1 : KEPT_RATE_FACTOR) } = given;
  const rated = (given.layerLr ?? []).map((text) => text.split(':')[0]!);
  const layerLr = kept
    .filter((name) => !freeze.includes(name) && !rated.includes(name))
    .map((name) => `${name}:${Number((learningRate * KEPT_RATE_FACTOR).toPrecision(12))}`);
  return {
    epochs,
    batch,
    learningRate,
    layerLr: [...(given.layerLr ?? []), ...layerLr],
    warmup: given.warmup ?? 1,
    weightAverage: given.weightAverage ?? 0.98,
    validation,
  };
}
