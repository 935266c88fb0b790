/** 2×2 pools of a map: ONNX's pools in [N, C, H, W], reductions in [H, W, C, N]. */
import { averagePool, maxPool } from '../graph/convolution.ts';
import { max, mean } from '../graph/reduce.ts';
import { reshape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type FeatureMap, mapSize } from './layout.ts';

interface PoolKind {
  /** Pools a map [N, C, H, W]. */
  pool(map: Tensor): Tensor;
  /** Pools a map reshaped to [H/2, 2, W/2, 2, C, N] over `axes`, those of size 2. */
  reduce(pairs: Tensor, axes: readonly number[]): Tensor;
  /** True if pool(f(x)) = f(pool(x)) for every non-decreasing f. */
  readonly keepsOrder: boolean;
}

export const POOLS = {
  max: { pool: maxPool, reduce: max, keepsOrder: true },
  average: { pool: averagePool, reduce: mean, keepsOrder: false },
} as const satisfies Record<string, PoolKind>;

export type Pool = keyof typeof POOLS;

/** Halves a map's height and width. @throws GraphError if one of them is odd */
export function pool(map: FeatureMap, kind: Pool): FeatureMap {
  const { layout, tensor } = map;
  const { height, width, channels, batch } = mapSize(map);
  if (layout.name === 'NCHW') return { layout, tensor: POOLS[kind].pool(tensor) };
  const pairs = reshape(tensor, [height / 2, 2, width / 2, 2, channels, batch]);
  return { layout, tensor: POOLS[kind].reduce(pairs, [1, 3]) };
}
