/** Losses: means over the batch and all outputs. Predictions and targets have one shape. */
import { multiply, softplus, square, subtract } from '../graph/elementwise.ts';
import { mean } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

function meanOfAll(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return reshape(mean(x, axes), []);
}

/**
 * Binary cross-entropy of σ(logits), from the logits: log(1 + exp(z)) - t·z, exact however sure the network is.
 * @example binaryCrossEntropyOfLogits(logits, target) // []
 */
export function binaryCrossEntropyOfLogits(logits: Tensor, target: Tensor): Tensor {
  return meanOfAll(subtract(softplus(logits), multiply(target, logits)));
}

/** The mean of (p - t)². @example meanSquaredError(prediction, target) // [] */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return meanOfAll(square(subtract(prediction, target)));
}
