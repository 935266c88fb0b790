/**
 * Convolutions of maps [C, N, H, W], channels first: the layout in which a convolution of 1×1 pixels is one matrix product, and each
 * channel is one piece of memory. For training: with fixed kernels, ONNX Runtime's own convolutions of maps [N, C, H, W] are faster.
 */
import type { Placing } from '../graph/convolution.ts';
import { depthwise } from '../graph/depthwise.ts';
import { add, divide, maximum, multiply, sqrt, subtract } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { broadcastTo, mean, sum } from '../graph/reduce.ts';
import { concatenate, reshape, slice } from '../graph/shape.ts';
import { elements, type Tensor } from '../graph/tensor.ts';

/** A convolution of 1×1 pixels as a product of matrices, [O, C] · [C, N · H · W]. */
export interface Product {
  readonly weights: Tensor;
  readonly columns: Tensor;
}

/**
 * A convolution of a map [C, N, H, W], in the same layout.
 * @param kernel `[O, C / groups, K, L]`
 * @returns undefined if this layout has no advantage
 * @example
 * const placing = { padding: [0, 0, 0, 0], stride: [1, 1], dilation: [1, 1], groups: 1 };
 * convolveChannels(input('map', [96, 64, 8, 8]), input('kernel', [24, 96, 1, 1]), placing)!.map; // [24, 64, 8, 8]
 */
export function convolveChannels(
  map: Tensor,
  kernel: Tensor,
  placing: Placing,
): { map: Tensor; product?: Product } | undefined {
  const [channels] = map.shape as [number];
  const [outputs, each, height, width] = kernel.shape as [number, number, number, number];
  const { groups, padding } = placing;
  const isPoint = height === 1 && width === 1 && padding.every((margin) => margin === 0);
  if (groups === 1 && isPoint) return pointwise(map, kernel, placing);
  const isDepthwise = groups === channels && each === 1 && outputs === channels;
  return isDepthwise ? { map: depthwise(map, kernel, placing) } : undefined;
}

/** Each place by itself. */
function pointwise(map: Tensor, kernel: Tensor, { stride }: Placing) {
  const seen = stride.reduce(
    (x, step, i) => (step === 1 ? x : slice(x, i + 2, 0, x.shape[i + 2]!, step)),
    map,
  );
  const [channels, ...places] = seen.shape as [number, ...number[]];
  const [outputs] = kernel.shape as [number];
  const product = {
    weights: reshape(kernel, [outputs, channels]),
    columns: reshape(seen, [channels, elements(places)]),
  };
  return { map: reshape(matmul(product.weights, product.columns), [outputs, ...places]), product };
}

/**
 * Batch normalisation of a product of matrices. Mean and covariance of the columns give the mean and variance of the product, so that
 * scale and shift are applied to the weights. The product is computed once and never read for its statistics, which pays off if it has
 * more rows than the columns.
 * @param scale `[O]`, like `shift`
 * @param epsilon added to the variance
 * @returns the normalised product, [O, N · H · W], and mean and biased variance of the product, [O] each
 */
export function normalisedProduct(
  { weights, columns }: Product,
  { scale, shift, epsilon }: { scale: Tensor; shift: Tensor; epsilon: number },
): { normalised: Tensor; mean: Tensor; variance: Tensor } {
  const [outputs] = weights.shape as [number];
  const count = columns.shape[1]!;
  const means = mean(columns, 1, { keepDims: true });
  const centred = subtract(columns, means);
  const covariance = multiply(matmul(centred, centred, false, true), 1 / count);
  // Rounding may make it slightly negative.
  const variance = maximum(sum(multiply(matmul(weights, covariance), weights), 1), 0);
  const factor = divide(scale, sqrt(add(variance, epsilon)));
  const column = (vector: Tensor) => reshape(vector, [outputs, 1]);
  // The row of ones brings the shift.
  const scaled = concatenate([multiply(weights, column(factor)), column(shift)], 1);
  const normalised = matmul(scaled, concatenate([centred, broadcastTo(1, [1, count])], 0));
  return { normalised, mean: reshape(matmul(weights, means), [outputs]), variance };
}
