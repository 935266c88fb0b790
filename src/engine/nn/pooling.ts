/** 2×2 pools of a map: over pairs of neighbours in [H, W, C, N], as ONNX has them in [N, C, H, W]. */
import { averagePool, maxPool } from '../graph/convolution.ts';
import { mean, reduceMaximum } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import { GraphError } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';

export type Pool = 'max' | 'average';

/**
 * The map, half as high and wide.
 * @throws GraphError where its height or width is odd
 * @example pool({ layout: HWCN, tensor: x }, 'max')
 */
export function pool(map: FeatureMap, kind: Pool): FeatureMap {
  const { layout, tensor } = map;
  const { height, width, channels, batch } = mapSize(map);
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new GraphError(`pool: a 2×2 pool needs a map of even height and width, got ${height}×${width}`);
  }
  if (layout.name === 'NCHW') {
    return { layout, tensor: kind === 'max' ? maxPool(tensor) : averagePool(tensor) };
  }
  const pairs = reshape(tensor, [height / 2, 2, width / 2, 2, channels, batch]);
  const pooled = (kind === 'max' ? reduceMaximum : mean)(pairs, [1, 3]);
  return { layout, tensor: reshape(pooled, [height / 2, width / 2, channels, batch]) };
}
