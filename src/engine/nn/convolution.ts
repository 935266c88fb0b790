/** The 'same' convolution of a map by the cheapest method: spectral, direct or, for 1×1 kernels, one matrix product. */
import { convolution } from '../graph/convolution.ts';
import { matmul } from '../graph/matmul.ts';
import { reshape } from '../graph/shape.ts';
import { GraphError, type Tensor, topologicalOrder } from '../graph/tensor.ts';
import { type FeatureMap, type MapSize, mapSize, toHWCN, toNCHW } from './layout.ts';
import { frequencyCount, type SpectralPlan, spectralConvolution } from './spectral.ts';

/** How convolutions are computed; results agree to rounding. `auto` picks the cheapest method for each layer. */
export type ConvolutionMethod = 'auto' | 'spectral' | 'direct';

/** The sizes that determine a convolution's cost. */
export interface ConvolutionCase extends MapSize {
  outputs: number;
  kernel: number;
  /** Constant kernels are transformed once, when the model is loaded. */
  isKernelConstant: boolean;
}

/** The cost of reading or writing a number, in multiply-adds. It makes products of thin matrices expensive. */
const MOVE_COST = 16;

/** The cost of transposing a number between [H, W, C, N] and [N, C, H, W], in multiply-adds; measured: 7 to 9 ns on one thread. */
const TURN_COST = 400;

/** The cost of `count` matrix products [rows, inner] · [inner, columns], in multiply-adds. */
function productCost(count: number, rows: number, inner: number, columns: number): number {
  const moved = rows * inner + inner * columns + rows * columns;
  return count * (rows * inner * columns + MOVE_COST * moved);
}

/** A direct convolution costs as much as a matrix product and two transpositions. */
function directCost({ height, width, channels, outputs, kernel, batch }: ConvolutionCase): number {
  const places = height * width * batch;
  return productCost(1, outputs, channels * kernel ** 2, places) + TURN_COST * (channels + outputs) * places;
}

/** The cost of the steps in `spectral.ts`. */
function spectralCost(each: ConvolutionCase, plan: SpectralPlan): number {
  const { height, width, channels, outputs, kernel, batch, isKernelConstant } = each;
  const [down, across] = plan.tiles;
  const tall = frequencyCount(height, kernel, down);
  const wide = frequencyCount(width, kernel, across);
  const [maps, results, kernels] = [channels * batch, outputs * batch, channels * outputs];
  const joins = plan.product === 'joinsSigns';
  const groups = plan.product === 'apart' ? 2 : 1;
  const blocks = (joins ? 4 : 2) / groups;
  const frequencies = 2 * down * tall * across * wide;

  const forward =
    productCost(1, 2 * down * tall, height, width * maps) +
    groups * productCost(down * tall, (4 / groups) * across * wide, 2 * width, maps);
  const factors =
    groups *
    (productCost(1, 2 * tall, kernel, blocks ** 2 * kernel * kernels) +
      productCost(tall, 4 * wide, 2 * blocks * kernel, blocks * kernels));
  const product =
    groups * productCost(frequencies, 2 * outputs, blocks * channels, batch) +
    (groups - 1) * MOVE_COST * 3 * frequencies * 2 * results;
  const columnsBack = joins
    ? productCost(2 * down * tall * across, width / across, 2 * wide, results)
    : productCost(down * tall, 2 * width, 4 * wide, results);
  const rowsBack = productCost(down, height / down, 2 * tall, width * results);
  return forward + (isKernelConstant ? 0 : factors) + product + columnsBack + rowsBack;
}

const TILES = [1, 2, 4, 8];

/** The spectral plans that fit a map, with their costs, cheapest first. */
export function rankedPlans(each: ConvolutionCase): { plan: SpectralPlan; cost: number }[] {
  const [down, across] = [each.height, each.width].map((size) => TILES.filter((tiles) => size % tiles === 0));
  // The costs are those of the forward pass. In training, the backward kernel transforms cost more than `together` saves.
  const products = each.isKernelConstant ? (['together', 'apart'] as const) : (['apart'] as const);
  const plans = down!.flatMap((rows): SpectralPlan[] => [
    ...products.map((product) => ({ product, tiles: [rows, 1] as const })),
    ...across!.map((columns) => ({ product: 'joinsSigns' as const, tiles: [rows, columns] as const })),
  ]);
  return plans.map((plan) => ({ plan, cost: spectralCost(each, plan) })).sort((a, b) => a.cost - b.cost);
}

const isConstant = (tensor: Tensor): boolean =>
  topologicalOrder([tensor]).every(({ source }) => source.kind !== 'input');

/** A 1×1 convolution in [H, W, C, N]: the same matrix at every position. */
function pointwise(x: Tensor, kernel: Tensor): Tensor {
  const [height, width, channels, batch] = x.shape;
  const outputs = kernel.shape[0];
  const places = reshape(x, [height! * width!, channels!, batch!]);
  return reshape(matmul(reshape(kernel, [outputs!, channels!]), places), [height!, width!, outputs!, batch!]);
}

/** A direct convolution in [H, W, C, N]; ONNX computes it in [N, C, H, W]. */
function directConvolution(x: Tensor, kernel: Tensor, padding: number): Tensor {
  return toHWCN(convolution(toNCHW(x), kernel, padding));
}

/**
 * The 'same' correlation of a map with kernels [O, C, K, K], K odd.
 * @throws GraphError if the kernel is even or not square, or its channels differ from the map's
 */
export function convolve(map: FeatureMap, kernel: Tensor, method: ConvolutionMethod): FeatureMap {
  const [outputs, channels, size, width] = kernel.shape;
  if (size! % 2 === 0 || size !== width || channels !== mapSize(map).channels) {
    throw new GraphError(
      `convolve: a map of ${mapSize(map).channels} channels and a kernel [${kernel.shape}] (O, C, K, K; K odd) do not fit`,
    );
  }
  const { layout, tensor } = map;
  const padding = (size! - 1) / 2;
  if (layout.name === 'NCHW') return { layout, tensor: convolution(tensor, kernel, padding) };
  if (size === 1) return { layout, tensor: pointwise(tensor, kernel) };
  const each = { ...mapSize(map), outputs: outputs!, kernel: size!, isKernelConstant: isConstant(kernel) };
  const { plan, cost } = rankedPlans(each)[0]!;
  if (method === 'spectral' || (method === 'auto' && cost < directCost(each))) {
    return { layout, tensor: spectralConvolution(tensor, kernel, plan) };
  }
  return { layout, tensor: directConvolution(tensor, kernel, padding) };
}
