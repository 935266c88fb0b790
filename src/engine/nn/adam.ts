/**
 * Adam (Kingma & Ba 2015), as PyTorch computes it. With the running means m of the gradient and v of its square,
 * p -= lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + ε). Weight decay λ adds λ·p to the gradient; AdamW (Loshchilov & Hutter 2019)
 * multiplies p by 1 - lr·λ instead.
 */
import { add, divide, multiply, sqrt, square, subtract } from '../graph/elementwise.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Optimizer } from './optimizer.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export const MOMENTS = { first: 'adam.m.', second: 'adam.v.' } as const;

type Rate = 'stepSize' | 'correction' | 'learningRate';

/** x times a number, or x itself if that is 1. */
export const times = (x: Tensor, factor: number) => (factor === 1 ? x : multiply(x, factor));

const decay = (moment: Tensor, beta: number, value: Tensor) =>
  add(multiply(moment, beta), multiply(value, 1 - beta));

/** @param isDecoupled weight decay shrinks the parameter itself, as in AdamW */
const variant = (weightDecay: number, isDecoupled: boolean): Optimizer<Rate> => ({
  weightDecay,
  moments: Object.values(MOMENTS),
  rates: (learningRate, step) => ({
    stepSize: learningRate / (1 - BETA_1 ** step),
    correction: 1 / Math.sqrt(1 - BETA_2 ** step),
    learningRate,
  }),
  update({ parameter, moments }, gradient, { stepSize, correction, learningRate }, options) {
    const { weightDecay, rateFactor } = options;
    const isDecayed = weightDecay > 0;
    const pulled = isDecayed && !isDecoupled ? add(gradient, times(parameter, weightDecay)) : gradient;
    const shrunk =
      isDecayed && isDecoupled
        ? multiply(parameter, subtract(1, times(learningRate, rateFactor * weightDecay)))
        : parameter;
    const first = decay(moments[0]!, BETA_1, pulled);
    const second = decay(moments[1]!, BETA_2, square(pulled));
    const denominator = add(multiply(sqrt(second), correction), EPSILON);
    const change = divide(multiply(first, times(stepSize, rateFactor)), denominator);
    return { parameter: subtract(shrunk, change), moments: [first, second] };
  },
});

export const adam = variant(0, false);
export const adamw = variant(0.01, true);
