/**
 * Feature maps. Training uses the layout [H, W, C, N], in which spectral convolutions need no transposition. Exported models
 * use [N, C, H, W], as other runtimes do.
 */
import { reshape, transpose } from '../graph/shape.ts';
import type { Shape, Tensor } from '../graph/tensor.ts';

export interface Layout {
  readonly name: 'HWCN' | 'NCHW';
  readonly height: number;
  readonly width: number;
  readonly channel: number;
  readonly batch: number;
}

/**
 * The layout of batches, [H, W, C, N].
 * @example const map: FeatureMap = { layout: HWCN, tensor: input('map', [128, 128, 3, 96]) };
 */
export const HWCN: Layout = { name: 'HWCN', height: 0, width: 1, channel: 2, batch: 3 };
/**
 * The layout of exported models, [N, C, H, W].
 * @example const map: FeatureMap = { layout: NCHW, tensor: input('map', [96, 3, 128, 128]) };
 */
export const NCHW: Layout = { name: 'NCHW', batch: 0, channel: 1, height: 2, width: 3 };

/** A map [H, W, C, N] as [N, C, H, W]. */
export const toNCHW = (map: Tensor): Tensor => transpose(map, [3, 2, 0, 1]);
/** A map [N, C, H, W] as [H, W, C, N]. */
export const toHWCN = (map: Tensor): Tensor => transpose(map, [2, 3, 1, 0]);

export interface FeatureMap {
  readonly layout: Layout;
  readonly tensor: Tensor;
}

export interface MapSize {
  height: number;
  width: number;
  channels: number;
  batch: number;
}

export function mapSize({ layout, tensor: { shape } }: FeatureMap): MapSize {
  return {
    height: shape[layout.height]!,
    width: shape[layout.width]!,
    channels: shape[layout.channel]!,
    batch: shape[layout.batch]!,
  };
}

/** The shape of a map. Default of each size: 1. */
export function mapShape(layout: Layout, size: Partial<MapSize>): Shape {
  const shape = [1, 1, 1, 1];
  shape[layout.height] = size.height ?? 1;
  shape[layout.width] = size.width ?? 1;
  shape[layout.channel] = size.channels ?? 1;
  shape[layout.batch] = size.batch ?? 1;
  return shape;
}

/** A vector [C] shaped to broadcast to a map. */
export function perChannel(vector: Tensor, layout: Layout): Tensor {
  return reshape(vector, mapShape(layout, { channels: vector.shape[0] }));
}
