/** 2×2 pools of a map: between its phases in [H, W, C, N], as ONNX has them in [N, C, H, W]. */
import { averagePool, maxPool } from '../graph/convolution.ts';
import { maximum, multiply } from '../graph/elementwise.ts';
import { total } from '../graph/reduce.ts';
import { constant } from '../graph/tensor.ts';
import { type FeatureMap, inPhases } from './layout.ts';

export type Pool = 'max' | 'average';

/** The map, half as high and wide. @example pool({ layout: HWCN, parts: [x] }, 'max') */
export function pool(map: FeatureMap, kind: Pool): FeatureMap {
  const { layout } = map;
  if (layout.name === 'NCHW') {
    return { layout, parts: [kind === 'max' ? maxPool(map.parts[0]) : averagePool(map.parts[0])] };
  }
  const [a, b, c, d] = inPhases(map).parts;
  const pooled =
    kind === 'max' ? maximum(maximum(a, b), maximum(c, d)) : multiply(total([a, b, c, d]), constant(0.25));
  return { layout, parts: [pooled] };
}
