/**
 * CBAM, the convolutional block attention module (Woo et al. 2018), as in the report: channel attention
 * ca = σ(mlp(max over H, W) + mlp(mean over H, W)), y = x·ca; spatial attention sa = σ(conv7×7([max over C, mean over C] of y));
 * the output is x + y·sa.
 */
import { add, multiply, relu, sigmoid } from '../graph/elementwise.ts';
import { max, mean } from '../graph/reduce.ts';
import { concatenate, reshape } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import type { AttentionKind } from './attention.ts';
import { convolve } from './convolution.ts';
import { affine } from './dense.ts';
import { type Build, fanIn, trained } from './layer.ts';
import { type FeatureMap, mapShape, mapSize, perChannel } from './layout.ts';
import { count, MOST } from './schema.ts';

const SPATIAL_KERNEL = 7;
const KEEP = { keepDims: true };

/** `reduction`: the MLP narrows C channels to C / reduction. */
export const cbam: AttentionKind<{ reduction: number }> = {
  schema: (zod) => zod.strictObject({ reduction: count(zod, MOST.channels) }),
  label: ({ reduction }) => `CBAM, reduction ${reduction}`,
  place({ reduction }, channels, prefix) {
    const narrow = channels / reduction;
    if (!Number.isInteger(narrow)) {
      throw new GraphError(`cbam: the reduction must divide the ${channels} channels, got ${reduction}`);
    }
    const parameters = [
      trained(`${prefix}.channel.fc1.weight`, [narrow, channels], fanIn(channels)),
      trained(`${prefix}.channel.fc1.bias`, [narrow], fanIn(channels)),
      trained(`${prefix}.channel.fc2.weight`, [channels, narrow], fanIn(narrow)),
      trained(`${prefix}.channel.fc2.bias`, [channels], fanIn(narrow)),
      trained(
        `${prefix}.spatial.weight`,
        [1, 2, SPATIAL_KERNEL, SPATIAL_KERNEL],
        fanIn(2 * SPATIAL_KERNEL ** 2),
      ),
      trained(`${prefix}.spatial.bias`, [1], fanIn(2 * SPATIAL_KERNEL ** 2)),
    ];

    function channelAttention(map: FeatureMap, state: Build['state']): Tensor {
      const { layout, tensor } = map;
      const places = [layout.height, layout.width];
      const { batch } = mapSize(map);
      const layer = (x: Tensor, name: string) =>
        affine(x, state(`${prefix}.channel.${name}.weight`), state(`${prefix}.channel.${name}.bias`), layout);
      const perceptron = (features: Tensor) => layer(relu(layer(features, 'fc1')), 'fc2');
      const attention = sigmoid(add(perceptron(max(tensor, places)), perceptron(mean(tensor, places))));
      return reshape(attention, mapShape(layout, { channels, batch }));
    }

    function spatialAttention({ layout, tensor }: FeatureMap, { state, method }: Build): Tensor {
      const { channel } = layout;
      const pooled = concatenate([max(tensor, channel, KEEP), mean(tensor, channel, KEEP)], channel);
      const convolved = convolve({ layout, tensor: pooled }, state(`${prefix}.spatial.weight`), method);
      return sigmoid(add(convolved.tensor, perChannel(state(`${prefix}.spatial.bias`), layout)));
    }

    return {
      parameters,
      // The MLP sees two pooled maps, the kernel two channels.
      multiplyAdds: (size) => 2 * 2 * channels * narrow + 2 * SPATIAL_KERNEL ** 2 * size ** 2,
      forward(map, build) {
        const { layout, tensor } = map;
        const weighted = multiply(tensor, channelAttention(map, build.state));
        const byPlace = spatialAttention({ layout, tensor: weighted }, build);
        return { layout, tensor: add(tensor, multiply(weighted, byPlace)) };
      },
    };
  },
};
