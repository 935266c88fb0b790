/**
 * Feature maps. Training and batches use the layout [H, W, C, N], in which every matrix product of a spectral convolution
 * has its operands as they lie; exported models use [N, C, H, W], as other runtimes do.
 */
import { phases, reshape } from '../graph/shape.ts';
import { GraphError, type Shape, type Tensor } from '../graph/tensor.ts';

/** Which axis of a map is which. */
export interface Layout {
  readonly name: 'HWCN' | 'NCHW';
  readonly height: number;
  readonly width: number;
  readonly channel: number;
  readonly batch: number;
}

/** The layout of batches, [H, W, C, N]. @example pool({ layout: HWCN, parts: [x] }, 'max') */
export const HWCN: Layout = { name: 'HWCN', height: 0, width: 1, channel: 2, batch: 3 };
/** The layout of exported models, [N, C, H, W]. @example pool({ layout: NCHW, parts: [x] }, 'max') */
export const NCHW: Layout = { name: 'NCHW', batch: 0, channel: 1, height: 2, width: 3 };

/**
 * A map as one tensor, or as its four phases (see {@link phases}), each half as high and wide, which is how a spectral
 * convolution gives it before a pool. A statistic of the map runs over all parts.
 */
export interface FeatureMap {
  readonly layout: Layout;
  readonly parts: readonly Tensor[];
}

export interface MapSize {
  height: number;
  width: number;
  channels: number;
  batch: number;
}

/** The size of the whole map, whether it is in parts or not. */
export function mapSize({ layout, parts }: FeatureMap): MapSize {
  const { shape } = parts[0];
  const factor = parts.length === 4 ? 2 : 1;
  return {
    height: shape[layout.height] * factor,
    width: shape[layout.width] * factor,
    channels: shape[layout.channel],
    batch: shape[layout.batch],
  };
}

/** The shape of a map, or of something that broadcasts to one where sizes are left out. */
export function mapShape(layout: Layout, size: Partial<MapSize>): Shape {
  const shape = [1, 1, 1, 1];
  shape[layout.height] = size.height ?? 1;
  shape[layout.width] = size.width ?? 1;
  shape[layout.channel] = size.channels ?? 1;
  shape[layout.batch] = size.batch ?? 1;
  return shape;
}

/** One number for each channel, [C], ready to broadcast to a map. */
export function perChannel(vector: Tensor, layout: Layout): Tensor {
  return reshape(vector, mapShape(layout, { channels: vector.shape[0] }));
}

/** The map with each part changed by `change`. */
export function eachPart({ layout, parts }: FeatureMap, change: (part: Tensor) => Tensor): FeatureMap {
  return { layout, parts: parts.map(change) };
}

/** The map in four parts. @throws GraphError where its height or width is odd */
export function inPhases(map: FeatureMap): FeatureMap {
  if (map.parts.length === 4) return map;
  const { height, width } = mapSize(map);
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new GraphError(`a 2×2 pool needs a map of even height and width, got ${height}×${width}`);
  }
  return { layout: map.layout, parts: phases(map.parts[0], Math.min(map.layout.height, map.layout.width)) };
}
