/**
 * Stochastic gradient descent with momentum (Sutskever et al. 2013), as PyTorch computes it: v = μ·v + g, p -= lr·v with
 * μ = 0.9. Weight decay λ adds λ·p to the gradient.
 */
import { add, multiply, subtract } from '../graph/elementwise.ts';
import { times } from './adam.ts';
import type { Optimizer } from './optimizer.ts';

const MOMENTUM = 0.9;

export const sgd: Optimizer<'learningRate'> = {
  weightDecay: 0,
  moments: ['sgd.v.'],
  rates: (learningRate) => ({ learningRate }),
  update({ parameter, moments }, gradient, { learningRate }, { weightDecay, rateFactor }) {
    const pulled = weightDecay > 0 ? add(gradient, times(parameter, weightDecay)) : gradient;
    const velocity = add(multiply(moments[0]!, MOMENTUM), pulled);
    return {
      parameter: subtract(parameter, multiply(velocity, times(learningRate, rateFactor))),
      moments: [velocity],
    };
  },
};
