/**
 * Depthwise convolutions of maps [C, N, H, W], channels first.
 *
 * ONNX Runtime's `Conv` is slow if each group has one channel. Its operators on blocks of channels are fast, but only processors have
 * them: with these, each channel of each picture is a channel of one picture. Elsewhere, and if the number of channels is not a multiple of
 * the block, matrix products replace `Conv` where they are faster.
 */
import { BLOCKED_DOMAIN, type Emitter } from '../onnx/emitter.ts';
import { along, convolution, mapGradient, type Placing, placing, type Window } from './convolution.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';
import { concatenate, extend, reshape, slice } from './shape.ts';
import {
  constant,
  elements,
  type Gradients,
  GraphError,
  input,
  list,
  operation,
  type Shape,
  type Tensor,
} from './tensor.ts';

/** Arrays of {@link weightPlaces}. Equal ones are shared, so that a model's file has one copy of each. */
const known = new Map<string, Float32Array>();

/**
 * A convolution with one channel as matrices: for each weight of a kernel [K, L], the matrix [H · W, H' · W'] that is 1 where the
 * weight counts.
 * @param size [H, W] of the map
 * @param window [K, L]
 * @returns `[K · L, H · W · H' · W']`
 */
function weightPlaces(size: readonly number[], window: readonly number[], at: Placing): Tensor {
  const key = JSON.stringify([size, window, at]);
  const places = known.get(key) ?? findPlaces(size, window, at);
  known.set(key, places);
  return constant(places, [elements(window), places.length / elements(window)]);
}

function findPlaces(size: readonly number[], window: readonly number[], at: Placing): Float32Array {
  const [height, width] = size as [number, number];
  const [rows, columns] = resultSize(size, window, at);
  const [from, to] = [height * width, rows * columns];
  const places = new Float32Array(elements(window) * from * to);
  for (let k = 0; k < elements(window); k++) {
    const [down, across] = [Math.floor(k / window[1]!) * at.dilation[0]!, (k % window[1]!) * at.dilation[1]!];
    for (let place = 0; place < to; place++) {
      const row = Math.floor(place / columns) * at.stride[0]! - at.padding[0]! + down;
      const column = (place % columns) * at.stride[1]! - at.padding[1]! + across;
      const isInside = row >= 0 && row < height && column >= 0 && column < width;
      if (isInside) places[(k * from + row * width + column) * to + place] = 1;
    }
  }
  return places;
}

/** [H', W'] of a convolution of maps [H, W]. */
const resultSize = (size: readonly number[], window: readonly number[], at: Placing): [number, number] => {
  const [rows, columns] = [0, 1].map((i) => along(i, [1, 1, ...size], window, at).places);
  return [rows!, columns!];
};

/** The largest matrix of a channel, [places of the map, places of the result]. Above it, a product has too many zeros. */
const MOST_PLACES = 2 ** 16;

/** True if one product of matrices is the fastest way to convolve the maps of a channel. */
const isSmall = (size: readonly number[], window: readonly number[], at: Placing): boolean =>
  elements(size) * elements(resultSize(size, window, at)) <= MOST_PLACES;

/**
 * The convolution of small maps. The kernel of a channel becomes the matrix [H · W, H' · W'] of the whole convolution, zero
 * where a place has no weight, so that a channel of all pictures is one product. It has more multiply-adds than the kernel needs, but
 * matrix products run many times faster than convolutions of single channels.
 */
function byMatrices(map: Tensor, kernel: Tensor, at: Placing): Tensor {
  const [channels, pictures, ...size] = map.shape as [number, number, ...number[]];
  const window = kernel.shape.slice(2);
  const result = resultSize(size, window, at);
  const weights = reshape(kernel, [channels, elements(window)]);
  const matrices = matmul(weights, weightPlaces(size, window, at));
  const product = matmul(
    reshape(map, [channels, pictures, elements(size)]),
    reshape(matrices, [channels, elements(size), elements(result)]),
  );
  return reshape(product, [channels, pictures, ...result]);
}

/** The gradient of {@link byMatrices} with respect to the kernels. */
function kernelsByMatrices(map: Tensor, g: Tensor, window: readonly number[], at: Placing): Tensor {
  const [channels, pictures, ...size] = map.shape as [number, number, ...number[]];
  const places = elements(g.shape.slice(2));
  const matrices = matmul(
    reshape(map, [channels, pictures, elements(size)]),
    reshape(g, [channels, pictures, places]),
    true,
  );
  const weights = weightPlaces(size, window, at);
  const kernels = matmul(reshape(matrices, [channels, elements(size) * places]), weights, false, true);
  return reshape(kernels, [channels, 1, ...window]);
}

/**
 * The gradient with respect to the kernels, one row at a time: the product of the map's rows and the gradient's, over all pictures,
 * summed where a weight counts.
 */
function kernelsByRows(x: Tensor, g: Tensor, window: readonly number[], at: Placing): Tensor {
  const [channels, pictures, , width] = x.shape as [number, number, number, number];
  const [rows, columns] = g.shape.slice(2) as [number, number];
  const [height, reach] = window as [number, number];
  const padded = extend(x, 2, at.padding[0]!, at.padding[2]!);
  const one: Placing = {
    padding: [0, at.padding[1]!, 0, at.padding[3]!],
    stride: [1, at.stride[1]!],
    dilation: [1, at.dilation[1]!],
    groups: 1,
  };
  const places = weightPlaces([1, width], [1, reach], one);
  const gradient = reshape(g, [channels, pictures * rows, columns]);
  const weights = Array.from({ length: height }, (_, k) => {
    const first = k * at.dilation[0]!;
    const met = slice(padded, 2, first, first + (rows - 1) * at.stride[0]! + 1, at.stride[0]!);
    const products = matmul(reshape(met, [channels, pictures * rows, width]), gradient, true);
    return matmul(reshape(products, [channels, width * columns]), places, false, true);
  });
  return reshape(concatenate(weights, 1), [channels, 1, height, reach]);
}

/** Emits the operations that a graph is made of. @param inputs of the graph, with their names */
function emitComposed(
  emitter: Emitter,
  output: Tensor,
  inputs: readonly (readonly [tensor: Tensor, name: string])[],
): string {
  const names = new Map(inputs);
  emitter.graph([output], names);
  return names.get(output)!;
}

/** The attributes of a `Conv` of each channel by itself, of a map [1, C, H, W]. */
const attributesOf = (
  channels: number,
  window: readonly number[],
  { padding, stride, dilation }: Omit<Placing, 'groups'>,
) => ({
  kernel_shape: window,
  pads: padding,
  strides: stride,
  dilations: dilation,
  group: channels,
});

/** The convolution of each channel of a map [1, C, H, W], C a multiple of the block, with kernels in the order [C / B, K, L, B]. */
function emitBlocked(
  emitter: Emitter,
  map: string,
  kernels: string,
  [channels, window, at]: readonly [number, readonly number[], Omit<Placing, 'groups'>],
): string {
  const blocked = emitter.node('ReorderInput', [map], {}, BLOCKED_DOMAIN);
  const shaped = emitter.reshape(kernels, [channels, 1, ...window]);
  const attributes = attributesOf(channels, window, at);
  const convolved = emitter.node('Conv', [blocked, shaped], attributes, BLOCKED_DOMAIN);
  return emitter.node('ReorderOutput', [convolved], { channels }, BLOCKED_DOMAIN);
}

/** The size of the blocks in which C channels of N pictures can be convolved; undefined if there is none. */
const blockOf = ({ channelBlock }: Emitter, [channels, pictures]: Shape): number | undefined =>
  channelBlock !== undefined && (channels! * pictures!) % channelBlock === 0 ? channelBlock : undefined;

/**
 * The gradient of `depthwise` with respect to its kernels: each map of [C, N, H, W] correlated with its gradient of [C, N, H', W'],
 * summed over the pictures: [C, 1, K, L].
 * @param size [K, L]
 * @example
 * const [map, gradient] = [input('map', [32, 96, 64, 64]), input('gradient', [32, 96, 32, 32])];
 * depthwiseKernels(map, gradient, [3, 3], { padding: 1, stride: 2 }); // [32, 1, 3, 3]
 */
export const depthwiseKernels = operation({
  name: 'depthwiseKernels',
  call: (x: Tensor, g: Tensor, size: readonly number[], window: Window = {}) => [
    [x, g],
    { size, at: placing({ ...window, groups: 1 }) },
  ],
  infer: ([x, g], { size, at }) => {
    const isFitting = x!.length === 4 && g!.length === 4 && x![0] === g![0] && x![1] === g![1];
    if (!isFitting || resultSize(x!.slice(2), size, at).join() !== g!.slice(2).join()) {
      throw new GraphError(
        `depthwiseKernels: a map ${list(x!)} (C, N, H, W), a gradient ${list(g!)} and kernels ${list(size)} do not fit`,
      );
    }
    return [x![0]!, 1, ...size];
  },
  gradient: ({ inputs: [x, g], attributes: { at } }, kernels): Gradients => [
    mapGradient(x!, kernels, { ...at, groups: x!.shape[0]! }, g!, depthwise),
    depthwise(x!, kernels, at),
  ],
  reference: ([x, g], { size, at }) => {
    const [channels, pictures, height, width] = x!.shape as [number, number, number, number];
    const [rows, columns] = g!.shape.slice(2) as [number, number];
    const result = new Float64Array(channels * elements(size));
    for (let map = 0; map < channels * pictures; map++) {
      for (let k = 0; k < elements(size); k++) {
        const [u, v] = [Math.floor(k / size[1]!), k % size[1]!];
        for (let place = 0; place < rows * columns; place++) {
          const i = Math.floor(place / columns) * at.stride[0]! - at.padding[0]! + u * at.dilation[0]!;
          const j = (place % columns) * at.stride[1]! - at.padding[1]! + v * at.dilation[1]!;
          if (i < 0 || i >= height || j < 0 || j >= width) continue;
          const product = x!.data[(map * height + i) * width + j]! * g!.data[map * rows * columns + place]!;
          result[Math.floor(map / pictures) * elements(size) + k]! += product;
        }
      }
    }
    return result;
  },
  emit: (emitter, names, { inputs, output, attributes: { size, at } }) => {
    const [map, gradient] = inputs as [Tensor, Tensor];
    const [channels, pictures, ...places] = map.shape as [number, number, ...number[]];
    if (blockOf(emitter, map.shape) === undefined) {
      const [x, g] = [input('x', map.shape), input('g', gradient.shape)];
      const kernels = isSmall(places, size, at) ? kernelsByMatrices : kernelsByRows;
      return emitComposed(emitter, kernels(x, g, size, at), [
        [x, names[0]!],
        [g, names[1]!],
      ]);
    }
    const all = channels * pictures;
    const window = gradient.shape.slice(2);
    // Stride and dilation swap roles.
    const swapped = { padding: at.padding, stride: at.dilation, dilation: at.stride };
    const found = resultSize(places, window, { ...swapped, groups: 1 });
    const each = emitBlocked(
      emitter,
      emitter.reshape(names[0]!, [1, all, ...places]),
      emitter.node('ReorderInput', [emitter.reshape(names[1]!, [1, all, ...window])], {}, BLOCKED_DOMAIN),
      [all, window, swapped],
    );
    const apart = input('kernels', [1, all, ...found]);
    // Without the windows that no place of the convolution reaches.
    const kept = slice(slice(apart, 2, 0, size[0]!), 3, 0, size[1]!);
    const total = reshape(sum(reshape(kept, [channels, pictures, elements(size)]), 1), output.shape);
    return emitComposed(emitter, total, [[apart, each]]);
  },
});

/**
 * The convolution of each channel of maps [C, N, H, W] with its own kernel of [C, 1, K, L]: [C, N, H', W'].
 * @example
 * const window = { padding: 1, stride: 2 };
 * depthwise(input('map', [32, 96, 64, 64]), input('kernels', [32, 1, 3, 3]), window); // [32, 96, 32, 32]
 */
export const depthwise = operation({
  name: 'depthwise',
  call: (x: Tensor, kernel: Tensor, window: Window = {}) => [[x, kernel], placing({ ...window, groups: 1 })],
  infer: ([x, w], at) => {
    if (x!.length !== 4 || w!.length !== 4 || x![0] !== w![0] || w![1] !== 1) {
      throw new GraphError(
        `depthwise: a map ${list(x!)} (C, N, H, W) and kernels ${list(w!)} (C, 1, K, L) do not fit`,
      );
    }
    return [x![0]!, x![1]!, ...resultSize(x!.slice(2), w!.slice(2), at)];
  },
  gradient: ({ inputs: [x, w], attributes }, g): Gradients => [
    mapGradient(x!, w!, { ...attributes, groups: x!.shape[0]! }, g, depthwise),
    depthwiseKernels(x!, g, w!.shape.slice(2), attributes),
  ],
  // Each picture's map of a channel is a channel of one picture.
  reference: ([x, w], at, shape) => {
    const [channels, pictures, ...size] = x!.shape as [number, number, ...number[]];
    const each = elements(w!.shape) / channels;
    const repeated = Float64Array.from({ length: channels * pictures * each }, (_, i) => {
      const channel = Math.floor(i / each / pictures);
      return w!.data[channel * each + (i % each)]!;
    });
    return convolution.reference(
      [
        { shape: [1, channels * pictures, ...size], data: x!.data },
        { shape: [channels * pictures, ...w!.shape.slice(1)], data: repeated },
      ],
      { ...at, groups: channels * pictures },
      [1, channels * pictures, ...shape.slice(2)],
    );
  },
  emit: (emitter, names, { inputs, output, attributes }) => {
    const [map, kernels] = inputs as [Tensor, Tensor];
    const [channels, pictures, ...size] = map.shape as [number, number, ...number[]];
    const window = kernels.shape.slice(2);
    const block = blockOf(emitter, map.shape);
    if (block === undefined && isSmall(size, window, attributes)) {
      const [x, w] = [input('x', map.shape), input('w', kernels.shape)];
      return emitComposed(emitter, byMatrices(x, w, attributes), [
        [x, names[0]!],
        [w, names[1]!],
      ]);
    }
    const all = channels * pictures;
    const flat = emitter.reshape(names[0]!, [1, all, ...size]);
    const apart = emitter.reshape(names[1]!, [channels, 1, elements(window)]);
    const repeated = emitter.node('Expand', [
      apart,
      emitter.integers([channels, pictures, elements(window)]),
    ]);
    if (block !== undefined) {
      const blocks = emitter.reshape(repeated, [all / block, block, elements(window)]);
      const innermost = emitter.node('Transpose', [blocks], { perm: [0, 2, 1] });
      return emitter.reshape(emitBlocked(emitter, flat, innermost, [all, window, attributes]), output.shape);
    }
    const each = emitter.reshape(repeated, [all, 1, ...window]);
    const convolved = emitter.node('Conv', [flat, each], attributesOf(all, window, attributes));
    return emitter.reshape(convolved, output.shape);
  },
});
