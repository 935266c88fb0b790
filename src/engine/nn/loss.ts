/** Losses and the activations that precede them. To add one, write its record here. */
import {
  add,
  exp,
  log,
  maximum,
  multiply,
  negative,
  sigmoid,
  softplus,
  square,
  subtract,
} from '../graph/elementwise.ts';
import { max, softmax, sum } from '../graph/reduce.ts';
import type { Tensor } from '../graph/tensor.ts';

/** Functions from logits to predictions of the same shape; `axis` is the axis of the outputs. */
export const ACTIVATIONS = {
  none: (logits: Tensor, _axis: number) => logits,
  sigmoid: (logits: Tensor, _axis: number) => sigmoid(logits),
  softmax,
};

export type Activation = keyof typeof ACTIVATIONS;

export interface Loss {
  /** One term for each prediction. Predictions, targets and terms have one shape. */
  terms(prediction: Tensor, target: Tensor): Tensor;
  /** The activation that usually computes the predictions. */
  readonly activation: Activation;
  /** The same terms, computed from the logits before that activation: accurate for logits of any size. @param axis of the outputs */
  termsOfLogits?(logits: Tensor, target: Tensor, axis: number): Tensor;
  /**
   * `fractions` are independent of each other: the loss is the mean of all terms. `classes` exclude each other: the terms are
   * summed over the classes, then averaged over the batch.
   */
  readonly targets: 'fractions' | 'classes';
}

/** The smallest argument of a logarithm: a fraction may be exactly 0 or 1. */
const SMALLEST = 1e-12;
const KEEP = { keepDims: true };

const safeLogarithm = (x: Tensor) => log(maximum(x, SMALLEST));

/**
 * The losses by name: binary cross-entropy, mean squared error and categorical cross-entropy.
 * @example mean(LOSSES.bce.terms(sigmoid(logits), target)) // []
 */
export const LOSSES = {
  bce: {
    /** -t·log p - (1 - t)·log(1 - p). */
    terms(prediction, target) {
      const yes = multiply(target, safeLogarithm(prediction));
      const no = multiply(subtract(1, target), safeLogarithm(subtract(1, prediction)));
      return subtract(0, add(yes, no));
    },
    activation: 'sigmoid',
    /** log(1 + exp(z)) - t·z. */
    termsOfLogits: (logits, target) => subtract(softplus(logits), multiply(target, logits)),
    targets: 'fractions',
  },
  mse: {
    /** (p - t)². */
    terms: (prediction, target) => square(subtract(prediction, target)),
    activation: 'none',
    targets: 'fractions',
  },
  categorical: {
    /** -t·log p. */
    terms: (prediction, target) => negative(multiply(target, safeLogarithm(prediction))),
    activation: 'softmax',
    /** t·(log Σ exp(z) - z). */
    termsOfLogits(logits, target, axis) {
      const shifted = subtract(logits, max(logits, axis, KEEP)); // the largest is 0: none overflows
      return multiply(target, subtract(log(sum(exp(shifted), axis, KEEP)), shifted));
    },
    targets: 'classes',
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;
