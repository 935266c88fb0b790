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
import { type Build, layer, mapOf, weightAndBias } from './layer.ts';
import { type FeatureMap, mapShape, mapSize, perChannel } from './layout.ts';
import { count, MOST } from './schema.ts';

const SPATIAL_KERNEL = 7;
const KEEP = { keepDims: true };

/** `reduction`: the MLP narrows C channels to C / reduction. `residual`: the output contains x itself; default true. */
export const cbam = layer({
  schema: (zod) =>
    zod.strictObject({ reduction: count(zod, MOST.channels), residual: zod.boolean().optional() }),
  labels: ({ reduction, residual = true }) => [
    `CBAM, reduction ${reduction}${residual ? '' : ', no residual'}`,
  ],
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
