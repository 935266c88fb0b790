/** The mean of each channel over all pixels of a map, as PyTorch's AdaptiveAvgPool2d(1) and Flatten. */
import { mean } from '../graph/reduce.ts';
import { layer, mapOf } from './layer.ts';

export const globalMean = layer({
  schema: (zod) => zod.literal(true),
  labels: () => ['mean of all pixels'],
  colours: ['#b9e3d4', '#2b8366'],
  place(_, input, { number }) {
    const { channels } = mapOf(input);
    return {
      name: `mean${number}`,
      parameters: [],
      output: { kind: 'features', count: channels },
      span: 2,
      windows: 'all',
      forward(value) {
        const { layout, tensor } = mapOf(value);
        return { kind: 'features', layout, tensor: mean(tensor, [layout.height, layout.width]) };
      },
    };
  },
});
