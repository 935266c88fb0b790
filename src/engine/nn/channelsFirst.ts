/**
 * Convolutions of maps [C, N, H, W], channels first: the layout in which a convolution of 1×1 pixels is one matrix product, and each
 * channel is one piece of memory. For training: with fixed kernels, ONNX Runtime's own convolutions of maps [N, C, H, W] are faster.
 */
import type { Placing } from '../graph/convolution.ts';
import { depthwise, resultSize, weightPlaces } from '../graph/depthwise.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, slice } from '../graph/shape.ts';
import { elements, type Tensor } from '../graph/tensor.ts';

/** The largest matrix of a channel, [places of the map, places of the result]. Above it, a product has too many zeros. */
const MOST_PLACES = 2 ** 16;

/**
 * A convolution of a map [C, N, H, W], in the same layout.
 * @param kernel `[O, C / groups, K, L]`
 * @returns undefined if this layout has no advantage
 * @example
 * const placing = { padding: [0, 0, 0, 0], stride: [1, 1], dilation: [1, 1], groups: 1 };
 * convolveChannels(input('map', [96, 64, 8, 8]), input('kernel', [24, 96, 1, 1]), placing); // [24, 64, 8, 8]
 */
export function convolveChannels(map: Tensor, kernel: Tensor, placing: Placing): Tensor | undefined {
  const [channels] = map.shape as [number];
  const [outputs, each, height, width] = kernel.shape as [number, number, number, number];
  const { groups, padding } = placing;
  const isPoint = height === 1 && width === 1 && padding.every((margin) => margin === 0);
  if (groups === 1 && isPoint) return pointwise(map, kernel, placing);
  if (groups !== channels || each !== 1 || outputs !== channels) return undefined;
  const size = map.shape.slice(2);
  const result = resultSize(size, [height, width], placing);
  const isSmall = elements(size) * elements(result) <= MOST_PLACES;
  return isSmall ? byMatrices(map, kernel, placing) : depthwise(map, kernel, placing);
}

/** Each place by itself: one product of matrices [O, C] · [C, N · H · W]. */
function pointwise(map: Tensor, kernel: Tensor, { stride }: Placing): Tensor {
  const seen = stride.reduce(
    (x, step, i) => (step === 1 ? x : slice(x, i + 2, 0, x.shape[i + 2]!, step)),
    map,
  );
  const [channels, ...places] = seen.shape as [number, ...number[]];
  const [outputs] = kernel.shape as [number];
  const columns = reshape(seen, [channels, elements(places)]);
  return reshape(matmul(reshape(kernel, [outputs, channels]), columns), [outputs, ...places]);
}

/**
 * A depthwise convolution of small maps. The kernel of a channel becomes the matrix [H · W, H' · W'] of the whole convolution, zero
 * where a place has no weight, so that a channel of all pictures is one product. It has more multiply-adds than the kernel needs, but
 * matrix products run many times faster than convolutions of single channels.
 */
function byMatrices(map: Tensor, kernel: Tensor, placing: Placing): Tensor {
  const [channels, pictures, ...size] = map.shape as [number, number, ...number[]];
  const window = kernel.shape.slice(2);
  const result = resultSize(size, window, placing);
  const weights = reshape(kernel, [channels, elements(window)]);
  const matrices = matmul(weights, weightPlaces(size, window, placing));
  const product = matmul(
    reshape(map, [channels, pictures, elements(size)]),
    reshape(matrices, [channels, elements(size), elements(result)]),
  );
  return reshape(product, [channels, pictures, ...result]);
}
