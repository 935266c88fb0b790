/**
 * Inverted dropout: training sets each feature to 0 with probability `rate` and multiplies the rest by 1/(1-rate), like PyTorch's
 * Dropout. In a map it drops whole channels, like Dropout2d.
 */
import { greaterEqual, multiply } from '../graph/elementwise.ts';
import type { Shape } from '../graph/tensor.ts';
import { layer } from './layer.ts';
import { type FeatureMap, mapShape, mapSize } from './layout.ts';

/** One number for each channel of each picture. */
function channelShape(map: FeatureMap): Shape {
  const { channels, batch } = mapSize(map);
  return mapShape(map.layout, { channels, batch });
}

export const dropout = layer({
  schema: (zod) => zod.number().min(0).lt(1),
  labels: (rate) => [`dropout ${rate}`],
  colours: ['#eef1f5', '#8b97aa'],
  isSparse: true,
  place(rate, input, { number }) {
    return {
      name: `dropout${number}`,
      parameters: [],
      output: input,
      forward(value, { training, random }) {
        if (!training || rate === 0) return value;
        const { tensor } = value;
        const shape = value.kind === 'map' ? channelShape(value) : tensor.shape;
        const kept = multiply(greaterEqual(random(shape), rate), 1 / (1 - rate));
        return { ...value, tensor: multiply(tensor, kept) };
      },
    };
  },
});
