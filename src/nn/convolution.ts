/** The 'same' convolution of a map, in the way that costs least: spectral, direct, or one matrix product for 1×1 kernels. */
import { convolution } from '../graph/convolution.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';
import { frequencyCount, type SignsJoined, spectralConvolution } from './spectral.ts';

/** How convolutions are computed; the results agree to rounding. `auto` decides for each layer by cost. */
export type ConvolutionMethod = 'auto' | 'spectral' | 'direct';

interface ConvolutionSize {
  height: number;
  width: number;
  channels: number;
  outputs: number;
  kernel: number;
  batch: number;
}

/** Multiply-adds of a direct convolution. */
function directCost({ height, width, channels, outputs, kernel, batch }: ConvolutionSize): number {
  return height * width * kernel * kernel * channels * outputs * batch;
}

/** Multiply-adds of a spectral convolution: the five steps of `spectral.ts`, and the kernels' own transforms. */
function spectralCost(
  { height, width, channels, outputs, kernel, batch }: ConvolutionSize,
  signs: SignsJoined,
): number {
  const tall = frequencyCount(height, kernel);
  const wide = frequencyCount(width, kernel);
  const isJoined = signs === 'inFrequencyProduct';
  const rows = 2 * tall * height * width;
  const columns = 4 * tall * wide * 2 * width;
  const transforms = ((rows + columns) * channels + (rows + columns / (isJoined ? 2 : 1)) * outputs) * batch;
  const product = 8 * tall * wide * outputs * channels * batch * (isJoined ? 2 : 1);
  const kernelColumns = 8 * tall * wide * 2 * kernel * (isJoined ? 2 : 1);
  const kernels = (2 * tall * kernel * kernel + kernelColumns) * outputs * channels;
  return transforms + product + kernels;
}

/** The cheaper way to join the signs of a spectral convolution. */
function cheaperSigns(size: ConvolutionSize): SignsJoined {
  return spectralCost(size, 'inFrequencyProduct') < spectralCost(size, 'inColumnsBack')
    ? 'inFrequencyProduct'
    : 'inColumnsBack';
}

function convolutionSize(map: FeatureMap, kernel: Tensor): ConvolutionSize {
  const [outputs, , size] = kernel.shape;
  return { ...mapSize(map), outputs, kernel: size };
}

function isSpectral(size: ConvolutionSize, method: ConvolutionMethod): boolean {
  if (method !== 'auto') return method === 'spectral';
  return spectralCost(size, cheaperSigns(size)) < directCost(size);
}

/** A 1×1 convolution in [H, W, C, N]: the same matrix at every place. */
function pointwise(x: Tensor, kernel: Tensor): Tensor {
  const [height, width, channels, batch] = x.shape;
  const outputs = kernel.shape[0];
  const places = reshape(x, [height * width, channels, batch]);
  return reshape(matmul(reshape(kernel, [outputs, channels]), places), [height, width, outputs, batch]);
}

/** A direct convolution in [H, W, C, N], by way of ONNX's layout. */
function directConvolution(x: Tensor, kernel: Tensor, padding: number): Tensor {
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
  const cost = convolutionSize(map, kernel);
  if (isSpectral(cost, method)) {
    return { layout, parts: spectralConvolution(x, kernel, phases, cheaperSigns(cost)) };
  }
  return { layout, parts: [directConvolution(x, kernel, padding)] };
}
