/**
 * The layer `convolution`: convolution → batch norm → ReLU → attention (optional) → 2×2 pool (optional), as one layer
 * because that saves work:
 *
 * 1. Batch norm subtracts the convolution's bias again, so in training the bias only shifts the running mean.
 * 2. max-pool(relu(γ'x + β')) = relu(γ'·max-pool(x) + β') if γ' ≥ 0. Multiplying kernel and scale by the sign of γ ensures
 *    that, so only the statistics are computed at full size.
 * 3. With running statistics the scale is multiplied into the kernel.
 */
import { add, greaterEqual, multiply, relu, subtract } from '../graph/elementwise.ts';
import { reshape } from '../graph/shape.ts';
import { constant, GraphError, type Tensor } from '../graph/tensor.ts';
import { ATTENTIONS, attentionOf } from './attention.ts';
import { batchNorm } from './batchNorm.ts';
import { convolve } from './convolution.ts';
import { type Build, fanIn, layer, mapOf, trained } from './layer.ts';
import { type FeatureMap, perChannel } from './layout.ts';
import { POOLS, type Pool, pool } from './pooling.ts';
import { count, MOST, oneOf } from './schema.ts';

const tap = (name: string, map: FeatureMap, build: Build) => build.tap?.(name, map) ?? map;

/** Multiplies each kernel [O, C, K, K] by its factor [O]. */
const scaled = (kernel: Tensor, factor: Tensor): Tensor =>
  multiply(kernel, reshape(factor, [kernel.shape[0]!, 1, 1, 1]));

export const convolutionBlock = layer({
  schema: (zod) =>
    zod.strictObject({
      channels: count(zod, MOST.channels),
      kernel: count(zod, MOST.kernel).refine((size) => size % 2 === 1, 'expected an odd size'),
      attention: oneOf(zod, ATTENTIONS).optional(),
      pool: zod.enum(Object.keys(POOLS) as Pool[]).optional(),
    }),
  colours: ['#bcd4f6', '#3567b0'],
  kernel: ({ kernel }) => kernel,
  labels({ kernel, attention, pool }) {
    const attends = attention && attentionOf(attention);
    return [
      `convolution ${kernel}×${kernel}`,
      'batch norm, ReLU',
      ...(attends ? [attends.kind.label(attends.own)] : []),
      ...(pool ? [`${pool} pool 2×2`] : []),
    ];
  },

  place({ channels, kernel: size, attention, pool: poolName }, input, { index, number }) {
    if (input.kind !== 'map') throw new GraphError('a convolution after the map was flattened');
    const { channels: inputs, size: side } = input;
    if (poolName !== undefined && side % 2 !== 0) {
      throw new GraphError(`a 2×2 pool of a map of odd size, ${side}×${side}`);
    }
    const name = `conv${number}`;
    const fan = fanIn(inputs * size * size);
    const kernelParameter = trained(`${index}.weight`, [channels, inputs, size, size], fan);
    const biasParameter = trained(`${index}.bias`, [channels], fan);
    const norm = batchNorm(`${index + 1}`, channels);
    const chosen = attention && attentionOf(attention);
    const attends = chosen?.kind.place(chosen.own, channels, `${index + 3}`);

    // In [N, C, H, W] runtimes fuse convolution, bias and ReLU, so the pool comes last.
    const poolsFirst = ({ layout }: FeatureMap, { tap }: Build) =>
      poolName !== undefined &&
      POOLS[poolName].keepsOrder &&
      attends === undefined &&
      tap === undefined &&
      layout.name === 'HWCN';

    /** The convolved map, with the scale and shift of its batch norm still to be applied. */
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
      const sign = poolsFirst(map, build) ? subtract(multiply(greaterEqual(gamma, 0), 2), 1) : constant(1);
      const convolved = convolve(map, poolsFirst(map, build) ? scaled(kernel, sign) : kernel, method);
      return { convolved, ...norm.batch(convolved, { sign, bias }, build) };
    }

    return {
      name,
      parameters: [kernelParameter, biasParameter, ...norm.parameters, ...(attends?.parameters ?? [])],
      output: { kind: 'map', size: poolName === undefined ? side : side / 2, channels },
      span: 3 + Number(attends !== undefined) + Number(poolName !== undefined),
      multiplyAdds: channels * inputs * size ** 2 * side ** 2 + (attends?.multiplyAdds(side) ?? 0),
      forward(value, build) {
        const map = mapOf(value, name);
        const { convolved, scale, shift } = normalised(map, build);
        const { layout } = map;
        const { tensor } = poolsFirst(map, build) ? pool(convolved, poolName!) : convolved;
        const stretched = scale === undefined ? tensor : multiply(tensor, perChannel(scale, layout));
        const active = { layout, tensor: relu(add(stretched, perChannel(shift, layout))) };
        const shown = tap(name, active, build);
        const attended = attends
          ? tap(`${chosen!.name}${number}`, attends.forward(shown, build), build)
          : shown;
        const result = poolName === undefined || poolsFirst(map, build) ? attended : pool(attended, poolName);
        return { kind: 'map', ...result };
      },
    };
  },
});
