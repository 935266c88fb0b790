/** The 'same' convolution of a map, in the way that costs least: spectral, direct, or one matrix product for 1×1 kernels. */
import { convolution } from '../graph/convolution.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';
import { frequencyCount, type SpectralPlan, spectralConvolution } from './spectral.ts';

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

/**
 * The cost of batches of matrix products [rows, inner] · [inner, columns], in multiply-adds. A number that is read or written
 * costs as much as so many multiply-adds: that makes thin products dear, as they are.
 */
function productCost(count: number, rows: number, inner: number, columns: number): number {
  const moved = rows * inner + inner * columns + rows * columns;
  return count * (rows * inner * columns + MOVE_COST * moved);
}

const MOVE_COST = 16;

/** The cost of a direct convolution, as if it were one matrix product. */
function directCost({ height, width, channels, outputs, kernel, batch }: ConvolutionSize): number {
  return productCost(1, outputs, channels * kernel ** 2, height * width * batch);
}

/** The cost of a spectral convolution: the steps of `spectral.ts`, and the kernels' own transforms. */
function spectralCost(size: ConvolutionSize, { signsJoined, tiles: [down, across] }: SpectralPlan): number {
  const { height, width, channels, outputs, kernel, batch } = size;
  const tall = frequencyCount(height, kernel, down);
  const wide = frequencyCount(width, kernel, across);
  const [maps, results, kernels] = [channels * batch, outputs * batch, channels * outputs];
  const frequencies = down * tall * across * wide;
  const joins = signsJoined === 'inProduct';
  return (
    productCost(1, 2 * down * tall, height, width * maps) +
    productCost(down * tall, 4 * across * wide, 2 * width, maps) +
    productCost(1, 2 * tall, kernel, kernel * kernels) +
    productCost(tall, (joins ? 16 : 8) * wide, 2 * kernel, kernels) +
    (joins
      ? productCost(2 * frequencies, 2 * outputs, 4 * channels, batch) +
        productCost(2 * down * tall * across, width / across, 2 * wide, results)
      : productCost(4 * frequencies, 2 * outputs, channels, batch) +
        productCost(down * tall, 2 * width, 4 * wide, results)) +
    productCost(down, height / down, 2 * tall, width * results)
  );
}

const TILES = [1, 2, 4, 8];

/** The plans that fit a map. */
export function spectralPlans(height: number, width: number): SpectralPlan[] {
  const [down, across] = [height, width].map((size) => TILES.filter((tiles) => size % tiles === 0));
  return down.flatMap((tilesDown) => [
    { signsJoined: 'inColumnsBack', tiles: [tilesDown, 1] } as const,
    ...across.map((tilesAcross) => ({ signsJoined: 'inProduct', tiles: [tilesDown, tilesAcross] }) as const),
  ]);
}

/** The cheapest way to compute a spectral convolution, and what it costs. */
export function bestPlan(size: ConvolutionSize): { plan: SpectralPlan; cost: number } {
  return spectralPlans(size.height, size.width)
    .map((plan) => ({ plan, cost: spectralCost(size, plan) }))
    .reduce((best, each) => (each.cost < best.cost ? each : best));
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
 * The 'same' correlation of a map with kernels [O, C, K, K], K odd.
 * @throws GraphError where the kernel is even, not square, or has other channels than the map
 * @example convolve({ layout: HWCN, tensor: x }, kernel, 'auto')
 */
export function convolve(map: FeatureMap, kernel: Tensor, method: ConvolutionMethod): FeatureMap {
  const [outputs, channels, size, width] = kernel.shape;
  if (size % 2 === 0 || size !== width || channels !== mapSize(map).channels) {
    throw new GraphError(
      `convolve: a map of ${mapSize(map).channels} channels and a kernel [${kernel.shape}] (O, C, K, K; K odd) do not fit`,
    );
  }
  const { layout, tensor } = map;
  const padding = (size - 1) / 2;
  if (layout.name === 'NCHW') return { layout, tensor: convolution(tensor, kernel, padding) };
  if (size === 1) return { layout, tensor: pointwise(tensor, kernel) };
  const dimensions = { ...mapSize(map), outputs, kernel: size };
  const { plan, cost } = bestPlan(dimensions);
  if (method === 'spectral' || (method === 'auto' && cost < directCost(dimensions))) {
    return { layout, tensor: spectralConvolution(tensor, kernel, plan) };
  }
  return { layout, tensor: directConvolution(tensor, kernel, padding) };
}
