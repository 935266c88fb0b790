/** The convolution and the pools of ONNX, on maps [N, C, H, W]. */
import { add, divide, greaterEqual, multiply } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { maximumGradient, sum } from './reduce.ts';
import { extend, flip, pad, reshape, slice, spread, transpose } from './shape.ts';
import {
  constant,
  elements,
  type Gradients,
  GraphError,
  list,
  type NumberArray,
  operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

const SWAP = [1, 0, 2, 3];

/** How a kernel or a pool slides over a map [N, C, H, W]. Pairs are [down, across]. */
export interface Window {
  /** Zeros around the map: the same on each side, or [top, left, bottom, right]. Default 0. */
  padding?: number | readonly number[];
  /** Distance between neighbouring places of the window. Default 1. */
  stride?: number | readonly number[];
  /** Distance between neighbouring elements of the kernel. Default 1. */
  dilation?: number | readonly number[];
  /** Groups of channels that are convolved apart: C for a depthwise convolution. Default 1. */
  groups?: number;
}

/** A window with all sizes given. */
export interface Placing {
  padding: readonly number[];
  stride: readonly number[];
  dilation: readonly number[];
  groups: number;
}

const repeated = (value: number | readonly number[] | undefined, initial: number, count: number) =>
  typeof value === 'object' ? value : new Array<number>(count).fill(value ?? initial);

export function placing(window: number | Window): Placing {
  const { padding, stride, dilation, groups = 1 } = typeof window === 'number' ? { padding: window } : window;
  return {
    padding: repeated(padding, 0, 4),
    stride: repeated(stride, 1, 2),
    dilation: repeated(dilation, 1, 2),
    groups,
  };
}

/** Sizes along one axis: of the map, kernel and result, and rows of the padded map that no window reaches. */
export function along(i: number, x: Shape, size: readonly number[], { padding, stride, dilation }: Placing) {
  const [before, after] = [padding[i]!, padding[i + 2]!];
  const reach = dilation[i]! * (size[i]! - 1);
  const room = x[i + 2]! + before + after - reach - 1;
  const places = Math.floor(room / stride[i]!) + 1;
  return { before, after, reach, places, rest: room - stride[i]! * (places - 1) };
}

/** Channels [G · A, B, …] of kernels in groups as [G · B, A, …]. */
function swapChannels(kernel: Tensor, groups: number): Tensor {
  if (groups === 1) return transpose(kernel, SWAP);
  const [all, each, ...size] = kernel.shape as [number, number, number, number];
  const grouped = reshape(kernel, [groups, all / groups, each, ...size]);
  return reshape(transpose(grouped, [0, 2, 1, 3, 4]), [groups * each, all / groups, ...size]);
}

/** The longest row that {@link spreadRows} multiplies. */
const LONGEST_ROW = 256;

/** `spread` along the last axis. ONNX Runtime pads single numbers more slowly than it multiplies rows by a matrix of 0 and 1. */
function spreadRows(x: Tensor, step: number): Tensor {
  const size = x.shape.at(-1)!;
  if (step === 1 || size > LONGEST_ROW) return spread(x, x.shape.length - 1, step);
  const wide = (size - 1) * step + 1;
  const matrix = new Float32Array(size * wide);
  for (let i = 0; i < size; i++) matrix[i * (wide + step)] = 1;
  const rows = reshape(x, [elements(x.shape) / size, size]);
  return reshape(matmul(rows, constant(matrix, [size, wide])), [...x.shape.slice(0, -1), wide]);
}

/** The gradient of a convolution with respect to its map: the gradient, with zeros between strides, correlated with flipped kernels. */
export function mapGradient(
  x: Tensor,
  w: Tensor,
  at: Placing,
  g: Tensor,
  convolve: (map: Tensor, kernel: Tensor, window: Window) => Tensor = convolution,
): Tensor {
  const size = w.shape.slice(2);
  const margins = [0, 1].map((i) => {
    const { before, after, reach, rest } = along(i, x.shape, size, at);
    return [reach - before, reach - after + rest] as const;
  });
  let stretched = g;
  margins.forEach(([before, after], i) => {
    stretched = i === 1 ? spreadRows(stretched, at.stride[i]!) : spread(stretched, i + 2, at.stride[i]!);
    // ONNX has no negative padding.
    stretched = extend(stretched, i + 2, Math.min(0, before), Math.min(0, after));
  });
  const padding = [0, 1].flatMap((side) => margins.map((margin) => Math.max(0, margin[side]!)));
  const { dilation, groups } = at;
  return convolve(stretched, swapChannels(flip(w, [2, 3]), groups), { padding, dilation, groups });
}

/**
 * The gradient of a convolution with respect to its kernels: each map correlated with each gradient, summed over the batch as over
 * channels. Stride and dilation swap roles.
 */
function kernelGradient(x: Tensor, w: Tensor, { groups, ...at }: Placing, g: Tensor): Tensor {
  const [batch, channels, ...places] = x.shape as [number, number, number, number];
  const [outputs, each, ...size] = w.shape as [number, number, number, number];
  const window = { padding: at.padding, stride: at.dilation, dilation: at.stride };
  // Windows that no place of the convolution reaches.
  const crop = (kernels: Tensor) => {
    const rows = slice(kernels, 2, 0, size[0]!);
    return slice(rows, 3, 0, size[1]!);
  };
  if (groups > 1 && each === 1 && outputs === groups) {
    // Depthwise: each picture's maps are groups of their own, so that nothing is transposed.
    const maps = reshape(x, [1, batch * channels, ...places]);
    const gradients = reshape(g, [batch * channels, 1, ...g.shape.slice(2)]);
    const kernels = crop(convolution(maps, gradients, { ...window, groups: batch * channels }));
    return reshape(sum(reshape(kernels, [batch, channels, ...size]), 0), w.shape);
  }
  const maps =
    groups === 1
      ? transpose(x, SWAP)
      : reshape(transpose(reshape(x, [batch, groups, each, ...places]), [2, 1, 0, 3, 4]), [
          each,
          groups * batch,
          ...places,
        ]);
  return transpose(crop(convolution(maps, transpose(g, SWAP), { ...window, groups })), SWAP);
}

/**
 * The correlation of maps [N, C, H, W] with kernels [O, C / groups, K, L]: [N, O, H', W'] with
 * H' = ⌊(H + top + bottom - dilation · (K - 1) - 1) / stride⌋ + 1.
 * @param window padding alone if it is a number
 * @example
 * convolution(input('image', [96, 3, 128, 128]), input('kernel', [32, 3, 17, 17]), 8); // [96, 32, 128, 128]
 * const depthwise = { padding: 1, stride: 2, groups: 32 };
 * convolution(input('map', [96, 32, 128, 128]), input('kernels', [32, 1, 3, 3]), depthwise); // [96, 32, 64, 64]
 */
export const convolution = operation({
  name: 'convolution',
  call: (x: Tensor, kernel: Tensor, window: number | Window = 0) => [[x, kernel], placing(window)],
  infer: ([x, w], at) => {
    const { groups } = at;
    if (x!.length !== 4 || w!.length !== 4 || x![1]! !== groups * w![1]! || w![0]! % groups !== 0) {
      const parts = groups === 1 ? '' : ` in ${groups} groups`;
      throw new GraphError(
        `convolution: a map ${list(x!)} (N, C, H, W) and a kernel ${list(w!)} (O, C, K, L)${parts} do not fit`,
      );
    }
    return [x![0]!, w![0]!, ...[0, 1].map((i) => along(i, x!, w!.slice(2), at).places)];
  },

  gradient: ({ inputs: [x, w], attributes }, g): Gradients => [
    mapGradient(x!, w!, attributes, g),
    kernelGradient(x!, w!, attributes, g),
  ],

  reference: (
    [x, w],
    { padding: [top, left], stride, dilation, groups },
    [batch, outputs, height, width],
  ) => {
    const [, channels, inputHeight, inputWidth] = x!.shape;
    const [, each, kernelHeight, kernelWidth] = w!.shape;
    const result = new Float64Array(batch! * outputs! * height! * width!);
    let at = 0;
    for (let n = 0; n < batch!; n++) {
      for (let o = 0; o < outputs!; o++) {
        const first = Math.floor((o * groups) / outputs!) * each!;
        for (let i = 0; i < height!; i++) {
          for (let j = 0; j < width!; j++, at++) {
            for (let c = 0; c < each!; c++) {
              for (let u = 0; u < kernelHeight!; u++) {
                const row = i * stride[0]! + u * dilation[0]! - top!;
                if (row < 0 || row >= inputHeight!) continue;
                const from = ((n * channels! + first + c) * inputHeight! + row) * inputWidth!;
                const kernel = ((o * each! + c) * kernelHeight! + u) * kernelWidth!;
                for (let v = 0; v < kernelWidth!; v++) {
                  const column = j * stride[1]! + v * dilation[1]! - left!;
                  if (column < 0 || column >= inputWidth!) continue;
                  result[at]! += x!.data[from + column]! * w!.data[kernel + v]!;
                }
              }
            }
          }
        }
      }
    }
    return result;
  },

  emit: (emitter, inputs, { inputs: [, w], attributes: { padding, stride, dilation, groups } }) =>
    emitter.node('Conv', inputs, {
      kernel_shape: w!.shape.slice(2),
      pads: padding,
      ...(stride.some((step) => step > 1) && { strides: stride }),
      ...(dilation.some((step) => step > 1) && { dilations: dilation }),
      ...(groups > 1 && { group: groups }),
    }),
});

/** The windows of a pool. */
export interface PoolWindow extends Omit<Window, 'groups'> {
  /** Size of each window. Default 2. */
  size?: number | readonly number[];
}

/** A pool whose windows tile the map: each element is in one window. */
const tiles = ({ size, padding, stride, dilation }: Pool): boolean =>
  padding.every((each) => each === 0) &&
  dilation.every((each) => each === 1) &&
  size.join() === stride.join();

export interface Pool extends Omit<Placing, 'groups'> {
  size: readonly number[];
}

function pooling({ size, stride = size, ...rest }: PoolWindow): Pool {
  const { groups: _, ...window } = placing({ ...rest, stride: repeated(stride, 2, 2) });
  return { size: repeated(size, 2, 2), ...window };
}

function pooledShape(name: string, shape: Shape, pool: Pool): Shape {
  if (shape.length !== 4) throw new GraphError(`${name}: expected a map [N, C, H, W], got ${list(shape)}`);
  const axes = [0, 1].map((i) => along(i, shape, pool.size, { ...pool, groups: 1 }));
  if (tiles(pool) && axes.some(({ rest }) => rest > 0)) {
    throw new GraphError(`${name}: windows ${list(pool.size)} do not tile a map ${list(shape)}`);
  }
  return [shape[0]!, shape[1]!, ...axes.map(({ places }) => places)];
}

/** Folds the values of each window that lie in the map. */
function poolReference(
  { shape: [, , height, width], data }: NumberArray,
  shape: Shape,
  { size, padding: [top, left], stride, dilation }: Pool,
  pool: (values: number[]) => number,
): Float64Array {
  const [, , rows, columns] = shape;
  return Float64Array.from({ length: elements(shape) }, (_, i) => {
    const j = i % columns!;
    const row = Math.floor(i / columns!) % rows!;
    const map = Math.floor(i / columns! / rows!);
    const values: number[] = [];
    for (let u = 0; u < size[0]!; u++) {
      for (let v = 0; v < size[1]!; v++) {
        const y = row * stride[0]! + u * dilation[0]! - top!;
        const x = j * stride[1]! + v * dilation[1]! - left!;
        if (y >= 0 && y < height! && x >= 0 && x < width!)
          values.push(data[(map * height! + y) * width! + x]!);
      }
    }
    return pool(values);
  });
}

/** A map [N, C, H, W] as windows that tile it, [N, C, H/K, K, W/L, L]. */
const windowsOf = (x: Tensor, [down, across]: readonly number[]): Tensor => {
  const [batch, channels, height, width] = x.shape;
  return reshape(x, [batch!, channels!, height! / down!, down!, width! / across!, across!]);
};

/** A pooled map [N, C, H, W] as [N, C, H, 1, W, 1], which broadcasts to the windows. */
const ofWindows = (pooled: Tensor): Tensor => {
  const [batch, channels, height, width] = pooled.shape;
  return reshape(pooled, [batch!, channels!, height!, 1, width!, 1]);
};

/** For each element of a window, in the order of rows: the elements of the map that it meets at the window's places. */
function tapsOf(x: Tensor, pool: Pool, shape: Shape): Tap[] {
  const [rows, columns] = [0, 1].map((axis) =>
    Array.from({ length: pool.size[axis]! }, (_, at) => {
      const first = at * pool.dilation[axis]! - pool.padding[axis]!;
      const step = pool.stride[axis]!;
      const skipped = Math.max(0, Math.ceil(-first / step));
      const fitting = Math.floor((x.shape[axis + 2]! - 1 - first) / step) + 1;
      const end = Math.min(shape[axis + 2]!, fitting);
      return { step, skipped, end, start: first + skipped * step };
    }).filter(({ skipped, end }) => end > skipped),
  );
  return rows!.flatMap((row) => columns!.map((column): Tap => [row, column]));
}

/** Along each of two axes: the places skipped…end-1 of the window meet the elements start, start + step, … of the map. */
type Tap = readonly { step: number; skipped: number; end: number; start: number }[];

/** The elements of the map that a tap meets. */
const meets = (x: Tensor, tap: Tap): Tensor =>
  tap.reduce(
    (map, { step, skipped, end, start }, i) =>
      slice(map, i + 2, start, start + (end - skipped - 1) * step + 1, step),
    x,
  );

/** The places of a window [N, C, H', W'] at which a tap meets elements. */
const placesOf = (pooled: Tensor, tap: Tap): Tensor =>
  tap.reduce((map, { skipped, end }, i) => slice(map, i + 2, skipped, end), pooled);

/** Puts values of a tap's places back: at the elements of the map, zeros elsewhere. */
const backToMap = (values: Tensor, tap: Tap, shape: Shape): Tensor =>
  tap.reduce((map, { step, start }, i) => {
    const apart = spread(map, i + 2, step);
    return pad(apart, i + 2, start, shape[i + 2]! - start - apart.shape[i + 2]!);
  }, values);

/** Puts values of a tap's places back among all places, zeros elsewhere. */
const backToPlaces = (values: Tensor, tap: Tap, shape: Shape): Tensor =>
  tap.reduce((map, { skipped, end }, i) => pad(map, i + 2, skipped, shape[i + 2]! - end), values);

/** The gradient of a maximum over windows that overlap. Equal maxima share it equally. */
function overlapGradient(x: Tensor, pool: Pool, maxima: Tensor, g: Tensor): Tensor {
  const taps = tapsOf(x, pool, maxima.shape);
  const masks = taps.map((tap) => greaterEqual(meets(x, tap), placesOf(maxima, tap)));
  const counts = masks
    .map((mask, i) => backToPlaces(mask, taps[i]!, maxima.shape))
    .reduce((a, b) => add(a, b));
  const share = divide(g, counts);
  return taps
    .map((tap, i) => backToMap(multiply(masks[i]!, placesOf(share, tap)), tap, x.shape))
    .reduce((a, b) => add(a, b));
}

const poolAttributes = ({ size, padding, stride, dilation }: Pool) => ({
  kernel_shape: size,
  strides: stride,
  ...(padding.some((each) => each > 0) && { pads: padding }),
  ...(dilation.some((each) => each > 1) && { dilations: dilation }),
});

/**
 * The largest of each window: [N, C, H, W] → [N, C, H', W'], by default 2×2 windows that tile the map.
 * @throws GraphError if windows without overlap and padding do not tile the map
 * @example
 * maxPool(input('x', [96, 32, 128, 128])); // [96, 32, 64, 64]
 * maxPool(input('x', [96, 64, 112, 112]), { size: 3, stride: 2, padding: 1 }); // [96, 64, 56, 56]
 */
export const maxPool = operation({
  name: 'maxPool',
  call: (x: Tensor, window: PoolWindow = {}) => [[x], pooling(window)],
  infer: ([x], pool) => pooledShape('maxPool', x!, pool),
  gradient: ({ inputs: [x], output, attributes: pool }, g): Gradients => {
    if (!tiles(pool)) return [overlapGradient(x!, pool, output, g)];
    const windows = windowsOf(x!, pool.size);
    return [reshape(maximumGradient(windows, ofWindows(output), [3, 5], ofWindows(g)), x!.shape)];
  },
  reference: ([x], pool, shape) => poolReference(x!, shape, pool, (values) => Math.max(...values)),
  emit: (emitter, inputs, { attributes }) => emitter.node('MaxPool', inputs, poolAttributes(attributes)),
});

/**
 * The mean of each window: [N, C, H, W] → [N, C, H', W'], by default 2×2 windows that tile the map. Padding does not count.
 * @throws GraphError as {@link maxPool}
 * @example averagePool(input('x', [96, 32, 128, 128])) // [96, 32, 64, 64]
 */
export const averagePool = operation({
  name: 'averagePool',
  call: (x: Tensor, window: Omit<PoolWindow, 'dilation'> = {}) => [[x], pooling(window)],
  infer: ([x], pool) => pooledShape('averagePool', x!, pool),
  gradient: ({ inputs: [x], output, attributes: pool }, g): Gradients => {
    const [down, across] = pool.size as [number, number];
    if (tiles(pool)) {
      const share = new Float32Array(down * across).fill(1 / (down * across));
      return [reshape(multiply(ofWindows(g), constant(share, [down, 1, across])), x!.shape)];
    }
    const taps = tapsOf(x!, pool, output.shape);
    const one = constant(new Float32Array(elements(output.shape.slice(2))).fill(1), [
      1,
      1,
      ...output.shape.slice(2),
    ]);
    const counts = taps
      .map((tap) => backToPlaces(placesOf(one, tap), tap, one.shape))
      .reduce((a, b) => add(a, b));
    const share = divide(g, counts);
    return [taps.map((tap) => backToMap(placesOf(share, tap), tap, x!.shape)).reduce((a, b) => add(a, b))];
  },
  reference: ([x], pool, shape) =>
    poolReference(x!, shape, pool, (values) => values.reduce((a, b) => a + b) / values.length),
  emit: (emitter, inputs, { attributes }) => emitter.node('AveragePool', inputs, poolAttributes(attributes)),
});
