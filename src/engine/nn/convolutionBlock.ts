/**
 * Convolution → batch norm → ReLU → attention, if any → 2×2 pool, if any: one module, for what can be saved between them.
 *
 * 1. A bias before a batch norm is taken out again by the mean: in training it moves the running mean and nothing else.
 *    (PyTorch computes it, and a gradient that is zero but for rounding.)
 * 2. max-pool(relu(γ'x + β')) = relu(γ'·max-pool(x) + β') where γ' ≥ 0. The kernel is multiplied by the sign of γ, and the
 *    scale with it, so that this always holds: after the convolution only the statistics are taken at full size.
 * 3. With running statistics the scale is multiplied into the kernel.
 */
import { add, greaterOrEqual, multiply, relu, subtract } from '../graph/elementwise.ts';
import { reshape } from '../graph/shape.ts';
import { constant, GraphError, type Tensor } from '../graph/tensor.ts';
import { type AttentionDescription, attention } from './attention.ts';
import { batchNorm } from './batchNorm.ts';
import { convolve } from './convolution.ts';
import { type FeatureMap, perChannel } from './layout.ts';
import { type Build, fanIn, type Module, trained } from './module.ts';
import { type Pool, pool } from './pooling.ts';

export interface ConvolutionBlock {
  inputs: number;
  channels: number;
  kernel: number;
  attention?: AttentionDescription;
  pool?: Pool;
}

/** The number of PyTorch modules that a block stands for: it decides the names of those behind it. */
export function modulesOfBlock({ attention, pool: kind }: ConvolutionBlock): number {
  return 3 + Number(attention !== undefined) + Number(kind !== undefined);
}

/** A block as a module. */
export interface ConvolutionModule extends Module {
  /** Multiply-adds of convolution and attention, of one map of so many pixels a side. */
  multiplyAdds(size: number): number;
}

const tap = (layer: string, map: FeatureMap, build: Build) => build.tap?.(layer, map) ?? map;

/** Multiplies each kernel [O, C, K, K] by its factor [O]. */
function scaled(kernel: Tensor, factor: Tensor): Tensor {
  return multiply(kernel, reshape(factor, [kernel.shape[0]!, 1, 1, 1]));
}

/**
 * @param index where the block stands in PyTorch's Sequential: its convolution is module `index`
 * @example convolutionBlock('conv1', 0, { inputs: 3, channels: 32, kernel: 17, pool: 'max' })
 */
export function convolutionBlock(name: string, index: number, block: ConvolutionBlock): ConvolutionModule {
  const { inputs, channels, kernel: size, pool: poolKind } = block;
  const fan = fanIn(inputs * size * size);
  const kernelParameter = trained(`${index}.weight`, [channels, inputs, size, size], fan);
  const biasParameter = trained(`${index}.bias`, [channels], fan);
  const norm = batchNorm(`${index + 1}`, channels);
  const attends = block.attention && attention(`${index + 3}`, channels, block.attention);

  /** The pooled map before the ReLU's shift, or the whole one, and what is left to be done to it. */
  function normalised(
    map: FeatureMap,
    build: Build,
  ): { convolved: FeatureMap; scale?: Tensor; shift: Tensor } {
    const { state, method } = build;
    const kernel = state(kernelParameter.name);
    const bias = state(biasParameter.name);
    if (!build.training) {
      const { scale, shift } = norm.running(build);
      return {
        convolved: convolve(map, scaled(kernel, scale), method),
        shift: add(shift, multiply(bias, scale)),
      };
    }
    const gamma = state(norm.parameters[0]!.name);
    const sign = poolsFirst(map, build)
      ? subtract(multiply(greaterOrEqual(gamma, constant(0)), constant(2)), constant(1))
      : constant(1);
    const convolved = convolve(map, poolsFirst(map, build) ? scaled(kernel, sign) : kernel, method);
    return { convolved, ...norm.batch(convolved, { sign, bias }, build) };
  }

  // In [N, C, H, W] other runtimes fuse convolution, bias and ReLU, so there the pool comes last.
  const poolsFirst = ({ layout }: FeatureMap, { tap }: Build) =>
    poolKind === 'max' && attends === undefined && tap === undefined && layout.name === 'HWCN';

  return {
    name,
    parameters: [kernelParameter, biasParameter, ...norm.parameters, ...(attends?.parameters ?? [])],
    multiplyAdds: (side) => channels * inputs * size ** 2 * side ** 2 + (attends?.multiplyAdds(side) ?? 0),
    forward(value, build) {
      if (value.kind !== 'map') throw new GraphError(`${name}: expected a map, got features`);
      const { convolved, scale, shift } = normalised(value, build);
      const { layout } = value;
      const { tensor } = poolsFirst(value, build) ? pool(convolved, 'max') : convolved;
      const stretched = scale === undefined ? tensor : multiply(tensor, perChannel(scale, layout));
      const active = { layout, tensor: relu(add(stretched, perChannel(shift, layout))) };
      const shown = tap(name, active, build);
      const attended =
        attends === undefined
          ? shown
          : tap(name.replace('conv', attends.kind), attends.forward(shown, build), build);
      const result = poolKind === undefined || poolsFirst(value, build) ? attended : pool(attended, poolKind);
      return { kind: 'map', ...result };
    },
  };
}
