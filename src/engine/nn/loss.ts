/** Losses and the activations that precede them. To add one, write its record here. */
import {
  add,
  exp,
  log,
  logRising,
  maximum,
  multiply,
  negative,
  sigmoid,
  softplus,
  square,
  subtract,
} from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { max, softmax, sum } from '../graph/reduce.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/** Functions from logits to predictions of the same shape; `axis` is the axis of the outputs. */
export const ACTIVATIONS = {
  none: (logits: Tensor, _axis: number) => logits,
  sigmoid: (logits: Tensor, _axis: number) => sigmoid(logits),
  softmax,
  concentrations: (logits: Tensor, _axis: number) => concentrations(logits),
};

export type Activation = keyof typeof ACTIVATIONS;

export interface Loss {
  /**
   * One term for each prediction; predictions, targets and terms have one shape. For counts, one term `[N, groups]` for each group
   * of outputs `[N, outputs]`.
   * @param groups required for counts: 1 for each output of a group, else 0, `[outputs, groups]`
   */
  terms(prediction: Tensor, target: Tensor, groups?: Tensor): Tensor;
  /** The activation that usually computes the predictions. */
  readonly activation: Activation;
  /** The same terms, computed from the logits before that activation: accurate for logits of any size. @param axis of the outputs */
  termsOfLogits?(logits: Tensor, target: Tensor, axis: number): Tensor;
  /**
   * `fractions` are independent of each other: the loss is the mean of all terms. `classes` exclude each other: the terms are
   * summed over the classes, then averaged over the batch. `counts` are numbers of votes: the terms are minus the log-likelihoods
   * of the groups' votes, summed over the groups, then averaged over the batch. A group without votes adds nothing.
   */
  readonly targets: 'fractions' | 'classes' | 'counts';
}

/** The smallest argument of a logarithm: a fraction may be exactly 0 or 1. */
const SMALLEST = 1e-12;
const KEEP = { keepDims: true };

const safeLogarithm = (x: Tensor) => log(maximum(x, SMALLEST));

/**
 * Concentrations of a Dirichlet distribution, 1 + 100 · sigmoid(z - 3). They are at least 1, so that no distribution has a peak at 0
 * or 1, and at most 101, which the votes of most galaxies cannot distinguish from certainty. As in Zoobot (Walmsley et al. 2022, MNRAS
 * 509, 3966), but with the 3: networks begin with about 6 instead of 51, which is nearer to the votes.
 */
const concentrations = (logits: Tensor) => add(1, multiply(100, sigmoid(subtract(logits, 3))));

/** The log of the number of orders in which each group's votes can come: n! / ∏ k! for counts k of n votes. */
function logOrders(counts: Tensor, groups: Tensor): Tensor {
  const one = constant(1);
  return subtract(logRising(one, matmul(counts, groups)), matmul(logRising(one, counts), groups));
}

/**
 * The losses by name: binary cross-entropy, mean squared error, categorical cross-entropy, and two for counts of votes.
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
  multinomial: {
    /** -log(n! / ∏ k! · ∏ p^k) for the counts k of n votes, and the shares p of a group. */
    terms(prediction, target, groups) {
      const votes = matmul(multiply(target, safeLogarithm(prediction)), groups!);
      return negative(add(logOrders(target, groups!), votes));
    },
    activation: 'softmax',
    targets: 'counts',
  },
  'dirichlet-multinomial': {
    /**
     * -log(n! / ∏ k! · ∏ Γ(α + k)/Γ(α) · Γ(A)/Γ(A + n)) with A = Σ α: the multinomial, averaged over shares p with the Dirichlet
     * distribution of the concentrations α. Source: Mosimann 1962, Biometrika 49, 65.
     */
    terms(prediction, target, groups) {
      const votes = matmul(logRising(prediction, target), groups!);
      const all = logRising(matmul(prediction, groups!), matmul(target, groups!));
      return negative(add(logOrders(target, groups!), subtract(votes, all)));
    },
    activation: 'concentrations',
    targets: 'counts',
  },
} as const satisfies Record<string, Loss>;

export type LossName = keyof typeof LOSSES;
