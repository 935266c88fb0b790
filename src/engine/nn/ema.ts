/**
 * EMA, efficient multi-scale attention (Ouyang et al. 2023). It splits the C channels into G groups of c = C/G channels; all
 * groups share the parameters. For the map x of one group:
 *
 *   x₁ = norm(x · σ(a(mean of x over W)) · σ(a(mean of x over H))); a is a 1×1 convolution, norm a group norm per channel
 *   x₂ = conv3×3(x)
 *   output: x · σ(Σ_c softmax_c(mean of x₂) · x₁ + Σ_c softmax_c(mean of x₁) · x₂), with means over H and W
 *
 * Two shortcuts: the norm's output has the mean β, so softmax_c(mean of x₁) = softmax(β). And with x₁ = scale · gated + shift,
 * Σ_c p·x₁ = Σ_c (p·scale)·gated + Σ_c p·shift, so the map x₁ is never computed; nor is the bias of x₂ added to a map.
 */
import { add, divide, maximum, multiply, sigmoid, sqrt, square, subtract } from '../graph/elementwise.ts';
import { matmul } from '../graph/matmul.ts';
import { mean, softmax, sum } from '../graph/reduce.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { elements, GraphError, type Shape, type Tensor } from '../graph/tensor.ts';
import { convolve } from './convolution.ts';
import { type Build, layer, mapOf, type Parameter, trained, type Value, weightAndBias } from './layer.ts';
import { mapSize } from './layout.ts';
import { count, MOST } from './schema.ts';

const EPSILON = 1e-5;
const KERNEL = 3;
const KEEP = { keepDims: true };

/** Axes of a map with the channels split into groups: [H, W, G, c, N] or [N, G, c, H, W]. */
const GROUPED = {
  HWCN: { height: 0, width: 1, group: 2, channel: 3, batch: 4 },
  NCHW: { batch: 0, group: 1, channel: 2, height: 3, width: 4 },
} as const;

const labelOf = (factor: number) => `EMA, factor ${factor}`;

/** `factor`: the number of groups, G. */
export const ema = layer({
  schema: (zod) => zod.strictObject({ factor: count(zod, MOST.channels) }),
  labels: ({ factor }) => [labelOf(factor)],
  module({ factor }) {
    const each = factor === 1 ? 'C' : `C/${factor}`;
    const [map, vector] = [`H × W × ${each}`, `1 × 1 × ${each}`];
    return {
      title: `${labelOf(factor)}, for one group of ${each} channels`,
      steps: [
        { name: 'x', label: ['x, one group'], size: map, from: [] },
        { name: 'rows', label: ['mean over W'], size: `H × 1 × ${each}`, from: ['x'], column: -1.75 },
        { name: 'columns', label: ['mean over H'], size: `1 × W × ${each}`, from: ['x'], column: -0.65 },
        {
          name: 'gates',
          label: ['σ(convolution 1×1), shared by both'],
          size: `H × 1 × ${each}, 1 × W × ${each}`,
          from: ['rows', 'columns'],
          parameters: ['conv1x1'],
          isShared: true,
        },
        { name: 'gated', label: ['x · both gates'], size: map, from: ['gates', 'x'], column: -1.2 },
        {
          name: 'x1',
          label: ['x₁ = norm per channel'],
          size: map,
          from: ['gated'],
          parameters: ['gn'],
          column: -1.2,
        },
        {
          name: 'x2',
          label: [`x₂ = convolution ${KERNEL}×${KERNEL}`],
          size: map,
          from: ['x'],
          parameters: ['conv3x3'],
          column: 1.2,
        },
        {
          name: 'p1',
          size: vector,
          label: ['p₁ = softmax of the', 'mean of x₁ over H, W'],
          from: ['x1'],
          column: -0.5,
        },
        {
          name: 'p2',
          size: vector,
          label: ['p₂ = softmax of the', 'mean of x₂ over H, W'],
          from: ['x2'],
          column: 0.5,
        },
        {
          name: 'first',
          label: ['sum of p₂ · x₁ over C'],
          size: 'H × W × 1',
          from: ['x1', 'p2'],
          column: -1.2,
        },
        {
          name: 'second',
          label: ['sum of p₁ · x₂ over C'],
          size: 'H × W × 1',
          from: ['p1', 'x2'],
          column: 1.2,
        },
        { name: 'weight', label: ['w = σ(both sums)'], size: 'H × W × 1', from: ['first', 'second'] },
        { name: 'output', label: ['x · w'], size: map, from: ['weight', 'x'] },
      ],
    };
  },
  place({ factor }, input, { index, number }) {
    const { channels, size } = mapOf(input);
    const each = channels / factor;
    if (!Number.isInteger(each)) {
      throw new GraphError(`ema: the factor must divide the ${channels} channels, got ${factor}`);
    }
    const [weight, weightBias] = weightAndBias(`${index}.conv1x1`, [each, each, 1, 1]);
    const [kernel, kernelBias] = weightAndBias(`${index}.conv3x3`, [each, each, KERNEL, KERNEL]);
    const gamma = trained(`${index}.gn.weight`, [each], { value: 1 });
    const beta = trained(`${index}.gn.bias`, [each], { value: 0 });

    function forward(value: Value, { state, method }: Build): Value {
      const { layout, tensor } = mapOf(value);
      const { height, width, batch } = mapSize(value);
      const axes = GROUPED[layout.name];
      const places = [axes.height, axes.width];
      const shaped = (sizes: Partial<Record<keyof typeof axes, number>>): Shape => {
        const shape = [1, 1, 1, 1, 1];
        for (const [axis, size] of Object.entries(sizes)) shape[axes[axis as keyof typeof axes]] = size;
        return shape;
      };
      const perChannel = ({ name }: Parameter) => reshape(state(name), shaped({ channel: each }));
      const x = reshape(tensor, shaped({ height, width, group: factor, channel: each, batch }));

      /** The 1×1 convolution of means along H or W: a matrix product over the channels of each group. */
      function pointwise(means: Tensor): Tensor {
        const { shape } = means;
        const [before, after] = [shape.slice(0, axes.channel), shape.slice(axes.channel + 1)];
        const groups = [elements(before), each, elements(after)];
        const product = matmul(reshape(state(weight.name), [each, each]), reshape(means, groups));
        return add(reshape(product, shape), perChannel(weightBias));
      }

      /** The 3×3 convolution without its bias. The groups become pictures: c channels, G · N pictures. */
      function convolved(): Tensor {
        if (layout.name === 'NCHW') {
          const groups = reshape(x, [batch * factor, each, height, width]);
          return reshape(convolve({ layout, tensor: groups }, state(kernel.name), method).tensor, x.shape);
        }
        const groups = reshape(transpose(x, [0, 1, 3, 2, 4]), [height, width, each, factor * batch]);
        const { tensor: mixed } = convolve({ layout, tensor: groups }, state(kernel.name), method);
        return transpose(reshape(mixed, [height, width, each, factor, batch]), [0, 1, 3, 2, 4]);
      }

      const gates = multiply(
        sigmoid(pointwise(mean(x, axes.width, KEEP))),
        sigmoid(pointwise(mean(x, axes.height, KEEP))),
      );
      const gated = multiply(x, gates);
      const average = mean(gated, places, KEEP);
      // E[x²] - E[x]² needs no centred map. Rounding may make it slightly negative.
      const variance = maximum(subtract(mean(square(gated), places, KEEP), square(average)), 0);
      const scale = divide(perChannel(gamma), sqrt(add(variance, EPSILON)));
      const shift = subtract(perChannel(beta), multiply(average, scale));
      const local = convolved();
      const bias = perChannel(kernelBias);
      const ofNormalised = softmax(add(mean(local, places, KEEP), bias), axes.channel);
      const ofLocal = softmax(perChannel(beta), axes.channel);
      const overChannels = (first: Tensor, second: Tensor) => sum(add(first, second), axes.channel, KEEP);
      const weights = add(
        overChannels(multiply(gated, multiply(ofNormalised, scale)), multiply(local, ofLocal)),
        overChannels(multiply(ofNormalised, shift), multiply(ofLocal, bias)),
      );
      return { ...value, tensor: reshape(multiply(x, sigmoid(weights)), tensor.shape) };
    }

    return {
      name: `ema${number}`,
      parameters: [weight, weightBias, kernel, kernelBias, gamma, beta],
      output: input,
      multiplyAdds: channels * each * (KERNEL ** 2 * size ** 2 + 2 * size) + 2 * channels * size ** 2,
      forward,
    };
  },
});
