/** A map as features, in PyTorch's order (C, H, W). */
import { reshape, transpose } from '../graph/shape.ts';
import { GraphError } from '../graph/tensor.ts';
import { layer, mapOf } from './layer.ts';
import { mapSize } from './layout.ts';

export const flatten = layer({
  schema: (zod) => zod.literal(true),
  labels: () => [],
  colours: ['#b9e3d4', '#2b8366'],
  place(_, input) {
    if (input.kind !== 'map') throw new GraphError('the map was flattened before');
    const count = input.size ** 2 * input.channels;
    return {
      name: 'flatten',
      parameters: [],
      output: { kind: 'features', count },
      forward(value) {
        const map = mapOf(value, 'flatten');
        const { batch } = mapSize(map);
        const { layout } = map;
        const tensor =
          layout.name === 'HWCN'
            ? reshape(transpose(map.tensor, [2, 0, 1, 3]), [count, batch])
            : reshape(map.tensor, [batch, count]);
        return { kind: 'features', layout, tensor };
      },
    };
  },
});
