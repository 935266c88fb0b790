/**
 * Losses: means over the batch. Predictions and targets have one shape; a weight, which broadcasts to it, multiplies each
 * term. To add a loss, write its record here.
 */
import {
  add,
  exp,
  log,
  maximum,
  multiply,
  sigmoid,
  softplus,
  square,
  subtract,
} from '../graph/elementwise.ts';
import { max, mean, softmax, sum } from '../graph/reduce.ts';
import type { Tensor } from '../graph/tensor.ts';

/** @param axis of the outputs, 1 of [N, outputs] (default) or 0 of [outputs, N] */
export type LossFunction = (prediction: Tensor, target: Tensor, weight?: Tensor, axis?: number) => Tensor;

/** The smallest argument of a logarithm: a fraction may be exactly 0 or 1. */
const SMALLEST = 1e-12;
const KEEP = { keepDims: true };

const safeLogarithm = (x: Tensor) => log(maximum(x, SMALLEST));

const meanOfAll = (x: Tensor, weight: Tensor | undefined): Tensor =>
  mean(weight === undefined ? x : multiply(x, weight));

/**
 * Binary cross-entropy of σ(logits), log(1 + exp(z)) - t·z: exact for logits of any size.
 * @example binaryCrossEntropyOfLogits(logits, target) // []
 */
export const binaryCrossEntropyOfLogits: LossFunction = (logits, target, weight) =>
  meanOfAll(subtract(softplus(logits), multiply(target, logits)), weight);

/** Binary cross-entropy of fractions: -t·log p - (1 - t)·log(1 - p). @example binaryCrossEntropy(sigmoid(logits), target) // [] */
export const binaryCrossEntropy: LossFunction = (prediction, target, weight) => {
  const yes = multiply(target, safeLogarithm(prediction));
  const no = multiply(subtract(1, target), safeLogarithm(subtract(1, prediction)));
  return meanOfAll(subtract(0, add(yes, no)), weight);
};

/** The mean of (p - t)². @example meanSquaredError(sigmoid(logits), target) // [] */
export const meanSquaredError: LossFunction = (prediction, target, weight) =>
  meanOfAll(square(subtract(prediction, target)), weight);

/** The mean over the batch of -Σ t·log p; Σ t = 1. @example categoricalCrossEntropy(softmax(logits, 1), target) // [] */
export const categoricalCrossEntropy: LossFunction = (prediction, target, weight, axis = 1) =>
  multiply(meanOfAll(multiply(target, safeLogarithm(prediction)), weight), -prediction.shape[axis]!);

/**
 * Categorical cross-entropy of softmax(logits), Σ t·(log Σ exp(z) - z): exact for logits of any size.
 * @example categoricalCrossEntropyOfLogits(logits, target) // []
 */
export const categoricalCrossEntropyOfLogits: LossFunction = (logits, target, weight, axis = 1) => {
  const shifted = subtract(logits, max(logits, axis, KEEP)); // the largest is 0: none overflows
  const surprise = subtract(log(sum(exp(shifted), axis, KEEP)), shifted);
  return multiply(meanOfAll(multiply(target, surprise), weight), logits.shape[axis]!);
};

/** How logits become predictions. */
export const ACTIVATIONS = {
  none: (logits: Tensor, _axis: number) => logits,
  sigmoid: (logits: Tensor, _axis: number) => sigmoid(logits),
  softmax,
};

export type Activation = keyof typeof ACTIVATIONS;

export interface Loss {
  of: LossFunction;
  /** The usual activation before it. */
  readonly activation: Activation;
  /** The loss of the logits before that activation, if it is more exact. */
  ofLogits?: LossFunction;
  /** Independent fractions, or one class of all. */
  readonly targets: 'fractions' | 'classes';
}

/** The losses by name. @example LOSSES.categorical.activation // 'softmax' */
export const LOSSES = {
  bce: {
    of: binaryCrossEntropy,
    activation: 'sigmoid',
    ofLogits: binaryCrossEntropyOfLogits,
    targets: 'fractions',
  },
  mse: { of: meanSquaredError, activation: 'none', targets: 'fractions' },
  categorical: {
    of: categoricalCrossEntropy,
    activation: 'softmax',
    ofLogits: categoricalCrossEntropyOfLogits,
    targets: 'classes',
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;
