/**
 * Losses: means over the batch and all outputs. Predictions and targets have one shape; a weight, which broadcasts to it,
 * makes some count more than others.
 */
import { add, logarithm, maximum, multiply, softplus, square, subtract } from '../graph/elementwise.ts';
import { mean } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/** Logarithms are taken of no less than this: a fraction may be exactly 0 or 1. */
const SMALLEST = 1e-12;

function meanOfAll(x: Tensor, weight: Tensor | undefined): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return reshape(mean(weight === undefined ? x : multiply(x, weight), axes), []);
}

/**
 * Binary cross-entropy of σ(logits), from the logits: log(1 + exp(z)) - t·z, exact however sure the network is.
 * @example binaryCrossEntropyOfLogits(logits, target) // []
 */
export function binaryCrossEntropyOfLogits(logits: Tensor, target: Tensor, weight?: Tensor): Tensor {
  return meanOfAll(subtract(softplus(logits), multiply(target, logits)), weight);
}

/** Binary cross-entropy of fractions: -t·log p - (1 - t)·log(1 - p). @example binaryCrossEntropy(sigmoid(logits), target) // [] */
export function binaryCrossEntropy(prediction: Tensor, target: Tensor, weight?: Tensor): Tensor {
  const one = constant(1);
  const safeLogarithm = (x: Tensor) => logarithm(maximum(x, constant(SMALLEST)));
  const yes = multiply(target, safeLogarithm(prediction));
  const no = multiply(subtract(one, target), safeLogarithm(subtract(one, prediction)));
  return meanOfAll(subtract(constant(0), add(yes, no)), weight);
}

/** The mean of (p - t)². @example meanSquaredError(sigmoid(logits), target) // [] */
export function meanSquaredError(prediction: Tensor, target: Tensor, weight?: Tensor): Tensor {
  return meanOfAll(square(subtract(prediction, target)), weight);
}
