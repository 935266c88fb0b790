/**
 * Adam (Kingma & Ba 2015), as PyTorch computes it: m and v are running means of the gradient and of its square,
 * p -= lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε).
 */
import { add, divide, multiply, square, squareRoot, subtract } from '../graph/elementwise.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

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

/** One step, as tensors. @param rates the scalars of {@link adamRates} as tensors [] */
export function adam(
  { parameter, first, second }: AdamState,
  gradient: Tensor,
  rates: Readonly<Record<keyof AdamRates, Tensor>>,
): AdamState {
  const decay = (moment: Tensor, beta: number, value: Tensor) =>
    add(multiply(moment, constant(beta)), multiply(value, constant(1 - beta)));
  const newFirst = decay(first, BETA_1, gradient);
  const newSecond = decay(second, BETA_2, square(gradient));
  const denominator = add(multiply(squareRoot(newSecond), rates.correction), constant(EPSILON));
  const change = divide(multiply(newFirst, rates.stepSize), denominator);
  return { parameter: subtract(parameter, change), first: newFirst, second: newSecond };
}
