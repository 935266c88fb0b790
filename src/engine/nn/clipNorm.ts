/** Gradient clipping, as in PyTorch's clip_grad_norm_. */
import { add, clip, divide, multiply, sqrt } from '../graph/elementwise.ts';
import { sumOfSquares } from '../graph/reduce.ts';
import type { Tensor } from '../graph/tensor.ts';

const EPSILON = 1e-6;

/** Scales all gradients by one factor so that their joint norm is at most `largest`. */
export function clipNorm(gradients: readonly Tensor[], largest: number): Tensor[] {
  const squares = gradients.map((gradient) => sumOfSquares(gradient));
  const norm = sqrt(squares.reduce((sum, each) => add(sum, each)));
  const factor = clip(divide(largest, add(norm, EPSILON)), 0, 1);
  return gradients.map((gradient) => multiply(gradient, factor));
}
