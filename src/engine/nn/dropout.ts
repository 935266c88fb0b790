/** Inverted dropout, as PyTorch's: in training each feature is zero with probability `rate`, the others grow by 1/(1-rate). */
import { greaterEqual, multiply } from '../graph/elementwise.ts';
import { featureCount, featuresOf, layer } from './layer.ts';

export const dropout = layer({
  schema: (zod) => zod.number().min(0).lt(1),
  labels: (rate) => [`dropout ${rate}`],
  colours: ['#eef1f5', '#8b97aa'],
  isSparse: true,
  place(rate, input, { number }) {
    const name = `dropout${number}`;
    return {
      name,
      parameters: [],
      output: { kind: 'features', count: featureCount(input) },
      forward(value, { training, random }) {
        if (!training || rate === 0) return value;
        const tensor = featuresOf(value, name);
        const kept = multiply(greaterEqual(random(tensor.shape), rate), 1 / (1 - rate));
        return { kind: 'features', layout: value.layout, tensor: multiply(tensor, kept) };
      },
    };
  },
});
