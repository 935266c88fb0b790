/**
 * EMA, efficient multi-scale attention (Ouyang et al. 2023). The C channels are G groups of c = C/G, which share all
 * parameters. Of a group's map x:
 *
 *   x₁ = groupNorm(x · σ(a(mean of x over W)) · σ(a(mean of x over H))), a: a 1×1 convolution, groupNorm: per channel
 *   x₂ = a 3×3 convolution of x
 *   the output is x · σ(Σ_c softmax_c(mean of x₂) · x₁ + Σ_c softmax_c(mean of x₁) · x₂), means over H and W
 *
 * The norm's output has the mean β, so softmax_c(mean of x₁) = softmax(β). With x₁ = scale · gated + shift,
 * Σ_c p·x₁ = Σ_c (p·scale)·gated + Σ_c p·shift: x₁ is never computed as a map. The bias of x₂ is factored out likewise.
 */
import { add, divide, maximum, multiply, sigmoid, sqrt, square, subtract } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { mean, softmax, sum } from '../graph/reduce.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { GraphError, type Shape, type Tensor } from '../graph/tensor.ts';
import type { AttentionKind } from './attention.ts';
import { convolve } from './convolution.ts';
import { type Build, fanIn, trained } from './layer.ts';
import { type FeatureMap, mapSize } from './layout.ts';
import { count, MOST } from './schema.ts';

const EPSILON = 1e-5;
const KERNEL = 3;
const KEEP = { keepDims: true };

/** Axes of a map with its groups split off: [H, W, G, c, N] or [N, G, c, H, W]. */
const GROUPED = {
  HWCN: { height: 0, width: 1, group: 2, channel: 3, batch: 4 },
  NCHW: { batch: 0, group: 1, channel: 2, height: 3, width: 4 },
} as const;

/** `factor`: the number of groups, G. */
export const ema: AttentionKind<{ factor: number }> = {
  schema: (zod) => zod.strictObject({ factor: count(zod, MOST.channels) }),
  label: ({ factor }) => `EMA, factor ${factor}`,
  place({ factor }, channels, prefix) {
    const each = channels / factor;
    if (!Number.isInteger(each)) {
      throw new GraphError(`ema: the factor must divide the ${channels} channels, got ${factor}`);
    }
    const names = {
      scale: `${prefix}.gn.weight`,
      shift: `${prefix}.gn.bias`,
      pointwise: `${prefix}.conv1x1.weight`,
      pointwiseBias: `${prefix}.conv1x1.bias`,
      kernel: `${prefix}.conv3x3.weight`,
      kernelBias: `${prefix}.conv3x3.bias`,
    };
    const parameters = [
      trained(names.pointwise, [each, each, 1, 1], fanIn(each)),
      trained(names.pointwiseBias, [each], fanIn(each)),
      trained(names.kernel, [each, each, KERNEL, KERNEL], fanIn(each * KERNEL ** 2)),
      trained(names.kernelBias, [each], fanIn(each * KERNEL ** 2)),
      trained(names.scale, [each], { value: 1 }),
      trained(names.shift, [each], { value: 0 }),
    ];

    function forward(map: FeatureMap, { state, method }: Build): FeatureMap {
      const { layout, tensor } = map;
      const { height, width, batch } = mapSize(map);
      const axes = GROUPED[layout.name];
      const places = [axes.height, axes.width];
      const shaped = (sizes: Partial<Record<keyof typeof axes, number>>): Shape => {
        const shape = [1, 1, 1, 1, 1];
        for (const [axis, size] of Object.entries(sizes)) shape[axes[axis as keyof typeof axes]] = size;
        return shape;
      };
      const perChannel = (name: string) => reshape(state(name), shaped({ channel: each }));
      const x = reshape(tensor, shaped({ height, width, group: factor, channel: each, batch }));

      /** The 1×1 convolution of means over one of the map's axes: a matrix times the channels of each group. */
      function pointwise(means: Tensor): Tensor {
        const { shape } = means;
        const count = (first: number, last: number) => shape.slice(first, last).reduce((a, b) => a * b, 1);
        const groups = [count(0, axes.channel), each, count(axes.channel + 1, shape.length)];
        const product = matmul(reshape(state(names.pointwise), [each, each]), reshape(means, groups));
        return add(reshape(product, shape), perChannel(names.pointwiseBias));
      }

      /** The 3×3 convolution without its bias: a map of c channels and G times as many pictures. */
      function convolved(): Tensor {
        const kernel = state(names.kernel);
        if (layout.name === 'NCHW') {
          const groups = reshape(x, [batch * factor, each, height, width]);
          return reshape(convolve({ layout, tensor: groups }, kernel, method).tensor, x.shape);
        }
        const groups = reshape(transpose(x, [0, 1, 3, 2, 4]), [height, width, each, factor * batch]);
        const { tensor: mixed } = convolve({ layout, tensor: groups }, kernel, method);
        return transpose(reshape(mixed, [height, width, each, factor, batch]), [0, 1, 3, 2, 4]);
      }

      const gates = multiply(
        sigmoid(pointwise(mean(x, axes.width, KEEP))),
        sigmoid(pointwise(mean(x, axes.height, KEEP))),
      );
      const gated = multiply(x, gates);
      const average = mean(gated, places, KEEP);
      // E[x²] - E[x]² needs no centred map; rounding may make it slightly negative.
      const variance = maximum(subtract(mean(square(gated), places, KEEP), square(average)), 0);
      const scale = divide(perChannel(names.scale), sqrt(add(variance, EPSILON)));
      const shift = subtract(perChannel(names.shift), multiply(average, scale));
      const local = convolved();
      const bias = perChannel(names.kernelBias);
      const ofNormalised = softmax(add(mean(local, places, KEEP), bias), axes.channel);
      const ofLocal = softmax(perChannel(names.shift), axes.channel);
      const overChannels = (first: Tensor, second: Tensor) => sum(add(first, second), axes.channel, KEEP);
      const weights = add(
        overChannels(multiply(gated, multiply(ofNormalised, scale)), multiply(local, ofLocal)),
        overChannels(multiply(ofNormalised, shift), multiply(ofLocal, bias)),
      );
      return { layout, tensor: reshape(multiply(x, sigmoid(weights)), tensor.shape) };
    }

    return {
      parameters,
      multiplyAdds: (size) =>
        channels * each * (KERNEL ** 2 * size ** 2 + 2 * size) + 2 * channels * size ** 2,
      forward,
    };
  },
};
