/** The 'same' convolution of a map, in the way that costs least: spectral, direct, or one matrix product for 1×1 kernels. */
import { convolution } from '../graph/convolution.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';
import { spectralConvolution, transformLength } from './spectral.ts';

/** How convolutions are computed; the results agree to rounding. `auto` decides for each layer by cost. */
export type ConvolutionMethod = 'auto' | 'spectral' | 'direct';

export interface ConvolutionSize {
  height: number;
  width: number;
  channels: number;
  outputs: number;
  kernel: number;
  batch: number;
}

/** Multiply-adds of a direct convolution. */
export function directCost({ height, width, channels, outputs, kernel, batch }: ConvolutionSize): number {
  return height * width * kernel * kernel * channels * outputs * batch;
}

/** Multiply-adds of a spectral convolution: the five steps of `spectral.ts`, and the kernels' own transforms. */
export function spectralCost({ height, width, channels, outputs, kernel, batch }: ConvolutionSize): number {
  const tall = transformLength(height, kernel) / 2 + 1;
  const wide = transformLength(width, kernel) / 2 + 1;
  const transform = (2 * tall * height * width + 4 * tall * wide * 2 * width) * (channels + outputs) * batch;
  const product = tall * wide * 2 * (2 * outputs) * (2 * channels) * batch;
  const kernels = (2 * tall * kernel * kernel + 8 * tall * wide * 2 * kernel) * outputs * channels;
  return transform + product + kernels;
}

function isSpectral(map: FeatureMap, kernel: Tensor, method: ConvolutionMethod): boolean {
  if (method !== 'auto') return method === 'spectral';
  const [outputs, channels, size] = kernel.shape;
  const cost = { ...mapSize(map), channels, outputs, kernel: size };
  return spectralCost(cost) < directCost(cost);
}

/** A 1×1 convolution in [H, W, C, N]: the same matrix at every place. */
function pointwise(x: Tensor, kernel: Tensor): Tensor {
  const [height, width, channels, batch] = x.shape;
  const outputs = kernel.shape[0];
  const places = reshape(x, [height * width, channels, batch]);
  return reshape(matmul(reshape(kernel, [outputs, channels]), places), [height, width, outputs, batch]);
}

/** A direct convolution in [H, W, C, N], by way of ONNX's layout. */
function turned(x: Tensor, kernel: Tensor, padding: number): Tensor {
  return transpose(convolution(transpose(x, [3, 2, 0, 1]), kernel, padding), [2, 3, 1, 0]);
}

/**
 * The 'same' correlation of a map (in one part) with kernels [O, C, K, K], K odd.
 * @param phases give the result in four phases where that saves a pass
 * @throws GraphError where the kernel is even, not square, or has other channels than the map
 * @example convolve({ layout: HWCN, parts: [x] }, kernel, 'auto', true)
 */
export function convolve(
  map: FeatureMap,
  kernel: Tensor,
  method: ConvolutionMethod,
  phases: boolean,
): FeatureMap {
  const [, channels, size, width] = kernel.shape;
  if (map.parts.length !== 1 || size % 2 === 0 || size !== width || channels !== mapSize(map).channels) {
    throw new GraphError(
      `convolve: a map in ${map.parts.length} part(s) of ${mapSize(map).channels} channels and a kernel [${kernel.shape}] ` +
        '(O, C, K, K; K odd) do not fit',
    );
  }
  const [x] = map.parts;
  const padding = (size - 1) / 2;
  const { layout } = map;
  if (layout.name === 'NCHW') return { layout, parts: [convolution(x, kernel, padding)] };
  if (size === 1) return { layout, parts: [pointwise(x, kernel)] };
  if (isSpectral(map, kernel, method)) return { layout, parts: spectralConvolution(x, kernel, phases) };
  return { layout, parts: [turned(x, kernel, padding)] };
}
