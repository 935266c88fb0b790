/** Depthwise convolutions of maps [C, N, H, W], channels first. */
import { along, convolution, mapGradient, type Placing, placing, type Window } from './convolution.ts';
import { matmul } from './matmul.ts';
import { concatenate, extend, reshape, slice } from './shape.ts';
import {
  constant,
  elements,
  type Gradients,
  GraphError,
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
export function weightPlaces(size: readonly number[], window: readonly number[], at: Placing): Tensor {
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
export const resultSize = (
  size: readonly number[],
  window: readonly number[],
  at: Placing,
): [number, number] => {
  const [rows, columns] = [0, 1].map((i) => along(i, [1, 1, ...size], window, at).places);
  return [rows!, columns!];
};

/**
 * The gradient with respect to the kernels, one row at a time: the product of the map's rows and the gradient's, over all pictures,
 * summed where a weight counts.
 */
function kernelGradient(x: Tensor, w: Tensor, at: Placing, g: Tensor): Tensor {
  const [channels, pictures, , width] = x.shape as [number, number, number, number];
  const [rows, columns] = g.shape.slice(2) as [number, number];
  const [height, reach] = w.shape.slice(2) as [number, number];
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
  return reshape(concatenate(weights, 1), w.shape);
}

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
    kernelGradient(x!, w!, attributes, g),
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
  emit: (emitter, [x, w], { inputs: [map, kernels], output, attributes: { padding, stride, dilation } }) => {
    const [channels, pictures, ...size] = map!.shape as [number, number, ...number[]];
    const window = kernels!.shape.slice(2);
    const reshaped = (name: string, shape: Shape) => emitter.node('Reshape', [name, emitter.integers(shape)]);
    const apart = reshaped(w!, [channels, 1, 1, ...window]);
    const repeated = emitter.node('Expand', [apart, emitter.integers([channels, pictures, 1, ...window])]);
    const convolved = emitter.node(
      'Conv',
      [
        reshaped(x!, [1, channels * pictures, ...size]),
        reshaped(repeated, [channels * pictures, 1, ...window]),
      ],
      {
        kernel_shape: window,
        pads: padding,
        strides: stride,
        dilations: dilation,
        group: channels * pictures,
      },
    );
    return reshaped(convolved, output.shape);
  },
});
