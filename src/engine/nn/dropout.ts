/** Inverted dropout, as in PyTorch: training sets each feature to 0 with probability `rate` and multiplies the rest by 1/(1-rate). */
import { greaterEqual, multiply } from '../graph/elementwise.ts';
import { featuresOf, layer } from './layer.ts';

export const dropout = layer({
  schema: (zod) => zod.number().min(0).lt(1),
  labels: (rate) => [`dropout ${rate}`],
  colours: ['#eef1f5', '#8b97aa'],
  isSparse: true,
  place(rate, input, { number }) {
    return {
      name: `dropout${number}`,
      parameters: [],
      output: featuresOf(input),
      forward(value, { training, random }) {
        if (!training || rate === 0) return value;
        const { tensor } = featuresOf(value);
        const kept = multiply(greaterEqual(random(tensor.shape), rate), 1 / (1 - rate));
        return { ...value, tensor: multiply(tensor, kept) };
      },
    };
  },
});
