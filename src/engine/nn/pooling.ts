/** 2×2 pools of a map: ONNX's pools in [N, C, H, W], reductions in [H, W, C, N]. */
import { averagePool, maxPool } from '../graph/convolution.ts';
import { max, mean } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import { GraphError, type Tensor } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';

interface PoolKind {
  /** Of a map [N, C, H, W]. */
  pool(map: Tensor): Tensor;
  /** Of a map reshaped to [H/2, 2, W/2, 2, C, N], over both axes of size 2. */
  reduce(pairs: Tensor, axes: readonly number[]): Tensor;
  /** pool(f(x)) = f(pool(x)) for every non-decreasing f. */
  readonly keepsOrder: boolean;
}

export const POOLS = {
  max: { pool: maxPool, reduce: max, keepsOrder: true },
  average: { pool: averagePool, reduce: mean, keepsOrder: false },
} as const satisfies Record<string, PoolKind>;

export type Pool = keyof typeof POOLS;

/** The map, half as high and wide. @throws GraphError if its height or width is odd */
export function pool(map: FeatureMap, kind: Pool): FeatureMap {
  const { layout, tensor } = map;
  const { height, width, channels, batch } = mapSize(map);
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new GraphError(`pool: a 2×2 pool needs a map of even height and width, got ${height}×${width}`);
  }
  if (layout.name === 'NCHW') return { layout, tensor: POOLS[kind].pool(tensor) };
  const pairs = reshape(tensor, [height / 2, 2, width / 2, 2, channels, batch]);
  return { layout, tensor: POOLS[kind].reduce(pairs, [1, 3]) };
}
