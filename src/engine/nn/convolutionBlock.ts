/**
 * The layer `convolution`: convolution → batch norm (unless `batchNorm` is false) → ReLU → attention (optional) → 2×2 pool
 * (optional). They are one layer because that saves work:
 *
 * 1. Batch norm subtracts the bias of the convolution, so training adds it to the running mean only.
 * 2. max-pool(relu(γ'x + β')) = relu(γ'·max-pool(x) + β') if γ' ≥ 0. Kernel and scale are multiplied by the sign of γ, which
 *    makes γ' ≥ 0. So the pool comes first, and only the statistics need the full-size map.
 * 3. With running statistics, the scale is multiplied into the kernel.
 */
import { add, greaterEqual, multiply, relu, subtract } from '../graph/elementwise.ts';
import { reshape } from '../graph/shape.ts';
import { constant, GraphError, type Tensor } from '../graph/tensor.ts';
import { ATTENTIONS } from './attention.ts';
import { batchNorm } from './batchNorm.ts';
import { convolve } from './convolution.ts';
import { type Build, layer, mapOf, weightAndBias } from './layer.ts';
import { type FeatureMap, perChannel } from './layout.ts';
import { POOLS, type Pool, pool } from './pooling.ts';
import { count, MOST, oneOf, recordOf } from './schema.ts';

/** Multiplies each kernel [O, C, K, K] by its factor [O]. */
const scaled = (kernel: Tensor, factor: Tensor): Tensor =>
  multiply(kernel, reshape(factor, [kernel.shape[0]!, 1, 1, 1]));

export const convolutionBlock = layer({
  schema: (zod) =>
    zod.strictObject({
      channels: count(zod, MOST.channels),
      kernel: count(zod, MOST.kernel).refine((size) => size % 2 === 1, 'expected an odd size'),
      batchNorm: zod.boolean().optional(),
      attention: oneOf(zod, ATTENTIONS).optional(),
      pool: zod.enum(Object.keys(POOLS) as Pool[]).optional(),
    }),
  colours: ['#bcd4f6', '#3567b0'],
  kernel: ({ kernel }) => kernel,
  labels({ kernel, batchNorm = true, attention, pool }) {
    const chosen = attention && recordOf(ATTENTIONS, attention);
    return [
      `convolution ${kernel}×${kernel}`,
      batchNorm ? 'batch norm, ReLU' : 'ReLU',
      ...(chosen?.record.labels(chosen.own) ?? []),
      ...(pool ? [`${pool} pool 2×2`] : []),
    ];
  },
  module({ attention }) {
    const chosen = attention && recordOf(ATTENTIONS, attention);
    return chosen?.record.module?.(chosen.own);
  },

  place({ channels, kernel: size, batchNorm: hasNorm = true, attention, pool: poolName }, input, position) {
    const { index, number } = position;
    const { channels: inputs, size: side } = mapOf(input);
    if (poolName !== undefined && side % 2 !== 0) {
      throw new GraphError(`a 2×2 pool of a map of odd size, ${side}×${side}`);
    }
    const name = `conv${number}`;
    const convolution = weightAndBias(`${index}`, [channels, inputs, size, size]);
    const norm = hasNorm ? batchNorm(`${index + 1}`, channels) : undefined;
    const before = norm ? 3 : 2; // modules of PyTorch before the attention
    const chosen = attention && recordOf(ATTENTIONS, attention);
    const map = { kind: 'map', size: side, channels } as const;
    const attends = chosen?.record.place(chosen.own, map, { index: index + before, number });

    /** In [N, C, H, W] the pool comes last, because runtimes fuse convolution, bias and ReLU. */
    const canPoolFirst = poolName !== undefined && POOLS[poolName].keepsOrder && attends === undefined;
    const poolsFirst = ({ layout }: FeatureMap, { tap }: Build) =>
      canPoolFirst && tap === undefined && layout.name === 'HWCN';

    /** The convolved map, and the scale and shift of its batch norm, which are not yet applied. Without one, the shift is the bias. */
    function normalised(
      map: FeatureMap,
      build: Build,
    ): { convolved: FeatureMap; scale?: Tensor; shift: Tensor } {
      const { state, method } = build;
      const [kernel, bias] = convolution.map((each) => state(each.name)) as [Tensor, Tensor];
      if (!norm) return { convolved: convolve(map, kernel, method), shift: bias };
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
      parameters: [...convolution, ...(norm?.parameters ?? []), ...(attends?.parameters ?? [])],
      output: { ...map, size: poolName === undefined ? side : side / 2 },
      span: before + Number(attends !== undefined) + Number(poolName !== undefined),
      windows: [{ size, stride: 1 }, ...(poolName === undefined ? [] : [{ size: 2, stride: 2 }])],
      multiplyAdds: channels * inputs * size ** 2 * side ** 2 + (attends?.multiplyAdds ?? 0),
      forward(value, build) {
        const map = mapOf(value);
        const { layout } = map;
        const tapped = (layer: string, each: FeatureMap) => build.tap?.(layer, each) ?? each;
        const { convolved, scale, shift } = normalised(map, build);
        const { tensor } = poolsFirst(map, build) ? pool(convolved, poolName!) : convolved;
        const stretched = scale === undefined ? tensor : multiply(tensor, perChannel(scale, layout));
        const active = { layout, tensor: relu(add(stretched, perChannel(shift, layout))) };
        const shown = tapped(name, active);
        const attended = attends
          ? tapped(attends.name, attends.forward({ kind: 'map', ...shown }, build))
          : shown;
        const result = poolName === undefined || poolsFirst(map, build) ? attended : pool(attended, poolName);
        return { kind: 'map', ...result };
      },
    };
  },
});
