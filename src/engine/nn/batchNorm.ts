/**
 * Batch normalisation (Ioffe & Szegedy 2015) with PyTorch's defaults: y = γ·(x - mean)/√(variance + ε) + β, with the statistics
 * of each channel over batch, height and width. Running statistics move by 0.1 in each step; their variance is unbiased.
 */
import { OptionError } from '../../errors.ts';
import { add, divide, maximum, multiply, sqrt, square, subtract } from '../graph/elementwise.ts';
import { sum, sumOfSquares } from '../graph/reduce.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Build, type Parameter, trained } from './layer.ts';
import { type FeatureMap, mapSize } from './layout.ts';

const EPSILON = 1e-5;
const MOMENTUM = 0.1;

interface BatchNorm {
  readonly parameters: readonly Parameter[];
  /** Scale and shift, [C] each, from the running statistics. */
  running(build: Build): { scale: Tensor; shift: Tensor };
  /**
   * Scale and shift, [C] each, from the statistics of the map. Updates the running ones.
   * @throws OptionError if a channel has one value alone: it has no variance
   */
  batch(map: FeatureMap, adjustment: Adjustment, build: Build): { scale: Tensor; shift: Tensor };
}

/** Batch norm is applied to sign · map + bias, [C] each; see `convolutionBlock.ts`. */
interface Adjustment {
  sign: Tensor;
  bias: Tensor;
}

/** Mean and biased variance over axes. @param count the product of their sizes */
export function moments(
  x: Tensor,
  axes: readonly number[],
  count: number,
): { mean: Tensor; variance: Tensor } {
  const average = (reduce: typeof sum) => multiply(reduce(x, axes), 1 / count);
  const mean = average(sum);
  // E[x²] - E[x]² reads the map once. Rounding may make it slightly negative.
  const variance = maximum(subtract(average(sumOfSquares), square(mean)), 0);
  return { mean, variance };
}

export function batchNorm(prefix: string, channels: number): BatchNorm {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (name) => `${prefix}.${name}`,
  );
  const statistic = (name: string, value: number): Parameter => ({
    name,
    shape: [channels],
    initial: { value },
    isTrained: false,
  });
  const inverse = (of: Tensor) => divide(1, sqrt(add(of, EPSILON)));
  return {
    parameters: [
      trained(weight!, [channels], { value: 1 }),
      trained(bias!, [channels], { value: 0 }),
      statistic(mean!, 0),
      statistic(variance!, 1),
    ],

    running({ state }) {
      const scale = multiply(state(weight!), inverse(state(variance!)));
      return { scale, shift: subtract(state(bias!), multiply(state(mean!), scale)) };
    },

    batch(map, adjustment, { state, update }) {
      const { height, width, batch } = mapSize(map);
      const count = height * width * batch;
      if (count === 1)
        throw new OptionError('batch', 'batch norm needs two or more: its map has 1×1 pixels', 1);
      const { layout, tensor } = map;
      const own = moments(tensor, [layout.height, layout.width, layout.batch].sort(), count);
      const move = (name: string, value: Tensor) =>
        update(name, add(multiply(state(name), 1 - MOMENTUM), multiply(value, MOMENTUM)));
      move(mean!, add(multiply(own.mean, adjustment.sign), adjustment.bias));
      move(variance!, multiply(own.variance, count / (count - 1)));
      const scale = multiply(multiply(state(weight!), adjustment.sign), inverse(own.variance));
      return { scale, shift: subtract(state(bias!), multiply(own.mean, scale)) };
    },
  };
}
