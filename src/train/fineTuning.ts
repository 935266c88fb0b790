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

/** Of fewer galaxies, a fifth validates, else a tenth: the score of fewer than 50 says little. */
const FEW = 500;

/** Steps of a training, unless they make too few or too many epochs. */
const STEPS = 120;
const [FEWEST_EPOCHS, MOST_EPOCHS] = [8, 40];

const rounded = (value: number) => Number(value.toPrecision(3));

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
  const { freeze = [], layerLr: rated = [], test = 0, calibration = 0 } = given;
  const { learningRate = NEW_LAYER_RATE * (kept.length > 0 ? 1 : KEPT_RATE_FACTOR) } = given;
  const others = kept.filter(
    (name) => !freeze.includes(name) && !rated.some((text) => text.startsWith(`${name}:`)),
  );
  const share = 1 - test - calibration;
  const { validation = rounded((galaxies * share < FEW ? 0.2 : 0.1) * share) } = given;
  const left = Math.max(1, Math.floor(galaxies * (share - validation)));
  const trained = Math.min(left, given.limit ?? left);
  const usual = trained < 1000 ? 16 : 32;
  const { batch = Math.min(usual, trained) } = given;
  const steps = Math.max(1, Math.floor(trained / (batch === 'auto' ? usual : batch))); // of an epoch
  const wanted = Math.round(STEPS / steps);
  const { epochs = Math.min(Math.max(wanted, FEWEST_EPOCHS), MOST_EPOCHS) } = given;
  return {
    epochs,
    batch,
    learningRate,
    layerLr: [...rated, ...others.map((name) => `${name}:${rounded(learningRate * KEPT_RATE_FACTOR)}`)],
    warmup: given.warmup ?? Math.min(1, epochs),
    // The average is over about a fifth of all steps.
    weightAverage: given.weightAverage ?? rounded(Math.max(0.5, 1 - 5 / (epochs * steps))),
    validation,
  };
}
