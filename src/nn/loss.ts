/** Losses: means over the batch and all outputs. Predictions and targets have one shape. */
import { add, clip, logarithm, multiply, negate, softplus, square, subtract } from '../graph/elementwise.ts';
import { mean } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

/** Below this a probability is taken as this, so that no logarithm is infinite; PyTorch holds the logarithm above -100. */
const SMALLEST = 1e-12;

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

/**
 * Binary cross-entropy, -t·log(p) - (1-t)·log(1-p), of predictions in 0…1.
 * @example binaryCrossEntropy(prediction, target) // []
 */
export function binaryCrossEntropy(prediction: Tensor, target: Tensor): Tensor {
  const one = constant(1);
  const part = (t: Tensor, p: Tensor) => multiply(t, logarithm(clip(p, SMALLEST, 1)));
  const other = part(subtract(one, target), subtract(one, prediction));
  return meanOfAll(negate(add(part(target, prediction), other)));
}

/** The mean of (p - t)². @example meanSquaredError(prediction, target) // [] */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return meanOfAll(square(subtract(prediction, target)));
}
