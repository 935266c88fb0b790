/**
 * CBAM, the convolutional block attention module (Woo et al. 2018), as in the report. For a map x:
 *
 *   channel attention: ca = σ(mlp(max of x over H, W) + mlp(mean of x over H, W)), y = x · ca
 *   spatial attention: sa = σ(conv7×7([max of y over C, mean of y over C]))
 *   output: x + y · sa; with `residual: false`, as in the paper, y · sa
 */
import { add, multiply, relu, sigmoid } from '../graph/elementwise.ts';
import { max, mean } from '../graph/reduce.ts';
import { concatenate, reshape } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import { convolve } from './convolution.ts';
import { affine } from './dense.ts';
import { type Build, layer, type Module, mapOf, weightAndBias } from './layer.ts';
import { type FeatureMap, mapShape, mapSize, perChannel } from './layout.ts';
import { count, MOST } from './schema.ts';

const SPATIAL_KERNEL = 7;
const KEEP = { keepDims: true };

interface CbamDescription {
  reduction: number;
  residual?: boolean;
}

const labelOf = ({ reduction, residual = true }: CbamDescription) =>
  `CBAM, reduction ${reduction}${residual ? '' : ', no residual'}`;

/** The channel module of a map x. */
function channelModule(reduction: number): Module {
  const narrow = reduction === 1 ? 'C' : `C/${reduction}`;
  const vector = '1 × 1 × C';
  return {
    title: 'Channel module',
    steps: [
      { name: 'x', label: ['x'], from: [] },
      { name: 'max', label: ['max over H, W'], size: vector, from: ['x'], column: -0.5 },
      { name: 'mean', label: ['mean over H, W'], size: vector, from: ['x'], column: 0.5 },
      {
        name: 'mlp',
        label: ['mlp, shared by both', `dense C → ${narrow}, ReLU, dense ${narrow} → C`],
        size: `${vector} each`,
        from: ['max', 'mean'],
        parameters: ['channel.fc1', 'channel.fc2'],
        isShared: true,
      },
      { name: 'ca', label: ['ca = σ(mlp(max) + mlp(mean))'], size: vector, from: ['mlp'] },
    ],
  };
}

/** The spatial module of the map y = x · ca. */
const SPATIAL_MODULE: Module = {
  title: 'Spatial module',
  steps: [
    { name: 'y', label: ['y = x · ca'], from: [] },
    { name: 'max', label: ['max over C'], size: 'H × W × 1', from: ['y'], column: -0.5 },
    { name: 'mean', label: ['mean over C'], size: 'H × W × 1', from: ['y'], column: 0.5 },
    { name: 'both', label: ['[max, mean]'], size: 'H × W × 2', from: ['max', 'mean'] },
    {
      name: 'convolution',
      label: [`convolution ${SPATIAL_KERNEL}×${SPATIAL_KERNEL}`],
      size: 'H × W × 1',
      from: ['both'],
      parameters: ['spatial'],
    },
    { name: 'sa', label: ['sa = σ(convolution)'], size: 'H × W × 1', from: ['convolution'] },
  ],
};

/** `reduction`: the MLP narrows C channels to C / reduction. `residual`: the output contains x itself; default true. */
export const cbam = layer({
  schema: (zod) =>
    zod.strictObject({ reduction: count(zod, MOST.channels), residual: zod.boolean().optional() }),
  labels: (description) => [labelOf(description)],
  module(description) {
    const { reduction, residual = true } = description;
    return {
      title: labelOf(description),
      steps: [
        { name: 'x', label: ['x'], from: [] },
        {
          name: 'ca',
          label: ['ca: channel module'],
          size: '1 × 1 × C',
          from: ['x'],
          column: 1,
          module: channelModule(reduction),
        },
        { name: 'y', label: ['y = x · ca'], from: ['x', 'ca'] },
        {
          name: 'sa',
          label: ['sa: spatial module'],
          size: 'H × W × 1',
          from: ['y'],
          column: 1,
          module: SPATIAL_MODULE,
        },
        residual
          ? { name: 'output', label: ['x + y · sa'], from: ['x', 'y', 'sa'] }
          : { name: 'output', label: ['y · sa'], from: ['y', 'sa'] },
      ],
    };
  },
  place({ reduction, residual = true }, input, { index, number }) {
    const { channels, size } = mapOf(input);
    const narrow = channels / reduction;
    if (!Number.isInteger(narrow)) {
      throw new GraphError(`cbam: the reduction must divide the ${channels} channels, got ${reduction}`);
    }
    const [fc1, fc2] = [`${index}.channel.fc1`, `${index}.channel.fc2`];
    const spatial = `${index}.spatial`;

    function channelAttention(map: FeatureMap, state: Build['state']): Tensor {
      const { layout, tensor } = map;
      const places = [layout.height, layout.width];
      const { batch } = mapSize(map);
      const dense = (x: Tensor, of: string) => affine(x, state(`${of}.weight`), state(`${of}.bias`), layout);
      const perceptron = (features: Tensor) => dense(relu(dense(features, fc1)), fc2);
      const attention = sigmoid(add(perceptron(max(tensor, places)), perceptron(mean(tensor, places))));
      return reshape(attention, mapShape(layout, { channels, batch }));
    }

    function spatialAttention({ layout, tensor }: FeatureMap, { state, method }: Build): Tensor {
      const { channel } = layout;
      const pooled = concatenate([max(tensor, channel, KEEP), mean(tensor, channel, KEEP)], channel);
      const convolved = convolve({ layout, tensor: pooled }, state(`${spatial}.weight`), method);
      return sigmoid(add(convolved.tensor, perChannel(state(`${spatial}.bias`), layout)));
    }

    return {
      name: `cbam${number}`,
      parameters: [
        ...weightAndBias(fc1, [narrow, channels]),
        ...weightAndBias(fc2, [channels, narrow]),
        ...weightAndBias(spatial, [1, 2, SPATIAL_KERNEL, SPATIAL_KERNEL]),
      ],
      output: input,
      // The MLP runs on two pooled maps, the spatial kernel on two channels.
      multiplyAdds: 2 * 2 * channels * narrow + 2 * SPATIAL_KERNEL ** 2 * size ** 2,
      forward(value, build) {
        const map = mapOf(value);
        const { layout, tensor } = map;
        const weighted = multiply(tensor, channelAttention(map, build.state));
        const byPlace = spatialAttention({ layout, tensor: weighted }, build);
        const attended = multiply(weighted, byPlace);
        return { kind: 'map', layout, tensor: residual ? add(tensor, attended) : attended };
      },
    };
  },
});
