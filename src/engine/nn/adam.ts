/**
 * Adam (Kingma & Ba 2015), as PyTorch computes it: m and v are running means of the gradient and of its square,
 * p -= lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε). Weight decay λ adds λ·p to the gradient; in AdamW (Loshchilov & Hutter 2019) it
 * multiplies p by 1 - lr·λ instead.
 */
import { add, divide, multiply, square, squareRoot, subtract } from '../graph/elementwise.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** The optimizers by name. */
export const OPTIMIZERS = ['adam', 'adamw'] as const;

/** How a step is taken. */
export interface AdamOptions {
  optimizer: (typeof OPTIMIZERS)[number];
  /** λ; 0 for none. */
  weightDecay: number;
  /** What the learning rate of this parameter is multiplied by. */
  rateFactor: number;
}

/** What of a step depends on its number alone: computed outside the graph, in double precision. */
export interface AdamRates {
  /** lr / (1 - β₁ᵗ) */
  stepSize: number;
  /** 1 / √(1 - β₂ᵗ) */
  correction: number;
}

/** @param step counted from 1 @example adamRates(1e-4, 1) // { stepSize: 1e-3, correction: 31.6 } */
export function adamRates(learningRate: number, step: number): AdamRates {
  return { stepSize: learningRate / (1 - BETA_1 ** step), correction: 1 / Math.sqrt(1 - BETA_2 ** step) };
}

/** A parameter with its moments. */
export interface AdamState {
  parameter: Tensor;
  first: Tensor;
  second: Tensor;
}

/** What every parameter's step is given, as tensors []. */
export interface AdamInputs extends Readonly<Record<keyof AdamRates, Tensor>> {
  learningRate: Tensor;
}

/** x times a number, or x itself where that is 1. */
const times = (x: Tensor, factor: number) => (factor === 1 ? x : multiply(x, constant(factor)));

/** One step, as tensors. @example adam(state, gradient, inputs, { optimizer: 'adam', weightDecay: 0, rateFactor: 1 }) */
export function adam(
  { parameter, first, second }: AdamState,
  gradient: Tensor,
  { stepSize, correction, learningRate }: AdamInputs,
  { optimizer, weightDecay, rateFactor }: AdamOptions,
): AdamState {
  const isDecayed = weightDecay > 0;
  const pulled = isDecayed && optimizer === 'adam' ? add(gradient, times(parameter, weightDecay)) : gradient;
  const shrunk =
    isDecayed && optimizer === 'adamw'
      ? multiply(parameter, subtract(constant(1), times(learningRate, rateFactor * weightDecay)))
      : parameter;
  const decay = (moment: Tensor, beta: number, value: Tensor) =>
    add(multiply(moment, constant(beta)), multiply(value, constant(1 - beta)));
  const newFirst = decay(first, BETA_1, pulled);
  const newSecond = decay(second, BETA_2, square(pulled));
  const denominator = add(multiply(squareRoot(newSecond), correction), constant(EPSILON));
  const change = divide(multiply(newFirst, times(stepSize, rateFactor)), denominator);
  return { parameter: subtract(shrunk, change), first: newFirst, second: newSecond };
}
