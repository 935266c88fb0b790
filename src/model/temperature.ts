/**
 * Temperature scaling: one number T, fitted on galaxies that the network was not trained on, makes all its predictions less certain
 * (above 1) or more certain. The heads `tree` and `softmax` replace the shares p within a question by p^(1/T), normalised; `dirichlet`
 * divides its concentrations by T. Source: Guo et al. 2017, On calibration of modern neural networks.
 */
import { conditionalFractions, cumulativeFractions } from '../tree/conditional.ts';
import type { Tree } from '../tree/tree.ts';
import type { Predicted } from './inference.ts';
import { type PredictedGalaxy, voteLogLikelihood } from './likelihood.ts';

/** T is between 1 / LARGEST and LARGEST. */
const LARGEST = 50;

/** The predictions of one galaxy at a temperature. */
function atTemperature(
  tree: Tree,
  { fractions, concentrations }: PredictedGalaxy,
  temperature: number,
): PredictedGalaxy {
  if (concentrations)
    return { fractions, concentrations: Float64Array.from(concentrations, (each) => each / temperature) };
  const shares = conditionalFractions(tree, fractions).map((share) => share ** (1 / temperature));
  return { fractions: cumulativeFractions(tree, conditionalFractions(tree, shares)) };
}

/** The predictions of galaxies, one by one. */
export function predictedGalaxies(
  { columns }: Tree,
  { fractions, concentrations }: Predicted,
): PredictedGalaxy[] {
  const width = columns.length;
  return Array.from({ length: fractions.length / width }, (_, row) => {
    const cells = (values: Float32Array) => values.subarray(row * width, (row + 1) * width);
    return { fractions: cells(fractions), ...(concentrations && { concentrations: cells(concentrations) }) };
  });
}

/** Predictions at a temperature, from those at temperature 1. */
export const tempered = (
  tree: Tree,
  predictions: readonly PredictedGalaxy[],
  temperature: number,
): PredictedGalaxy[] =>
  temperature === 1 ? [...predictions] : predictions.map((each) => atTemperature(tree, each, temperature));

/**
 * The temperature at which the votes are likeliest, by golden-section search.
 * @param counts of each galaxy, `[columns]`
 * @param predictions of the same galaxies at temperature 1
 */
export function fitTemperature(
  tree: Tree,
  counts: readonly ArrayLike<number>[],
  predictions: readonly PredictedGalaxy[],
): number {
  const likelihoodAt = (logarithm: number) =>
    predictions.reduce((sum, each, i) => {
      const prediction = atTemperature(tree, each, Math.exp(logarithm));
      return sum + voteLogLikelihood(tree, counts[i]!, prediction);
    }, 0);
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-Math.log(LARGEST), Math.log(LARGEST)];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [ofLeft, ofRight] = [likelihoodAt(left), likelihoodAt(right)];
  while (high - low > 1e-3) {
    if (ofLeft > ofRight) {
      [high, right, ofRight] = [right, left, ofLeft];
      left = high - ratio * (high - low);
      ofLeft = likelihoodAt(left);
    } else {
      [low, left, ofLeft] = [left, right, ofRight];
      right = low + ratio * (high - low);
      ofRight = likelihoodAt(right);
    }
  }
  return Number(Math.exp((low + high) / 2).toPrecision(4));
}
