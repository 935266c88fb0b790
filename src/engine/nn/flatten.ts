/** Flattens a map to features, in PyTorch's order (C, H, W). */
import { reshape, transpose } from '../graph/shape.ts';
import { layer, mapOf } from './layer.ts';
import { mapSize } from './layout.ts';

export const flatten = layer({
  schema: (zod) => zod.literal(true),
  labels: () => [],
  colours: ['#b9e3d4', '#2b8366'],
  place(_, input) {
    const { size, channels } = mapOf(input);
    const count = size ** 2 * channels;
    return {
      name: 'flatten',
      parameters: [],
      output: { kind: 'features', count },
      forward(value) {
        const { layout, tensor } = mapOf(value);
        const { batch } = mapSize(value);
        const features =
          layout.name === 'HWCN'
            ? reshape(transpose(tensor, [2, 0, 1, 3]), [count, batch])
            : reshape(tensor, [batch, count]);
        return { kind: 'features', layout, tensor: features };
      },
    };
  },
});
