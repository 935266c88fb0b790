/**
 * CBAM, the convolutional block attention module (Woo et al. 2018), as the report has it: channel attention
 * ca = σ(mlp(max over H, W) + mlp(mean over H, W)), y = x·ca; spatial attention sa = σ(conv7×7([max over C, mean over C] of y));
 * the output is x + y·sa.
 */
import { add, maximum, multiply, relu, sigmoid } from '../graph/elementwise.ts';
import { mean, reduceMaximum, total } from '../graph/reduce.ts';
import { concatenate, interleave, reshape } from '../graph/shape.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { convolve } from './convolution.ts';
import { affine } from './dense.ts';
import { eachPart, type FeatureMap, inPhases, mapShape, mapSize, perChannel } from './layout.ts';
import { type Build, fanIn, type Parameter, trained } from './module.ts';

const SPATIAL_KERNEL = 7;

/** Attention over a map: parameters, and the map changed by it. */
export interface Attention {
  readonly parameters: readonly Parameter[];
  forward(map: FeatureMap, build: Build): FeatureMap;
}

/** @param reduction the MLP narrows C channels to C / reduction @example cbam('3', 32, 4) */
export function cbam(prefix: string, channels: number, reduction: number): Attention {
  const narrow = channels / reduction;
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

  function channelAttention({ layout, parts }: FeatureMap, state: Build['state']): Tensor {
    const places = [layout.height, layout.width];
    const { batch } = mapSize({ layout, parts });
    const layer = (x: Tensor, name: string) =>
      affine(x, state(`${prefix}.channel.${name}.weight`), state(`${prefix}.channel.${name}.bias`), layout);
    const perceptron = (pooled: Tensor) => {
      const features = reshape(pooled, layout.name === 'HWCN' ? [channels, batch] : [batch, channels]);
      return layer(relu(layer(features, 'fc1')), 'fc2');
    };
    const most = parts.map((part) => reduceMaximum(part, places)).reduce(maximum);
    const average = multiply(total(parts.map((part) => mean(part, places))), constant(1 / parts.length));
    const attention = sigmoid(add(perceptron(most), perceptron(average)));
    return reshape(attention, mapShape(layout, { channels, batch }));
  }

  function spatialAttention({ layout, parts }: FeatureMap, { state, method }: Build): FeatureMap {
    const pooled = parts.map((part) =>
      concatenate([reduceMaximum(part, [layout.channel]), mean(part, [layout.channel])], layout.channel),
    );
    const whole = parts.length === 1 ? pooled[0] : interleave(pooled, Math.min(layout.height, layout.width));
    const kernel = state(`${prefix}.spatial.weight`);
    const convolved = convolve({ layout, parts: [whole] }, kernel, method, parts.length === 4);
    const bias = perChannel(state(`${prefix}.spatial.bias`), layout);
    const attention = eachPart(convolved, (part) => sigmoid(add(part, bias)));
    return parts.length === 4 ? inPhases(attention) : attention;
  }

  return {
    parameters,
    forward(map, build) {
      const byChannel = channelAttention(map, build.state);
      const weighted = eachPart(map, (part) => multiply(part, byChannel));
      const byPlace = spatialAttention(weighted, build);
      return {
        layout: map.layout,
        parts: map.parts.map((part, i) => add(part, multiply(weighted.parts[i], byPlace.parts[i]))),
      };
    },
  };
}
