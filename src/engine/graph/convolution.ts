/** The convolution and the pools of ONNX, on maps [N, C, H, W]. */
import { multiply, type None } from './elementwise.ts';
import { maximumGradient } from './reduce.ts';
import { flip, reshape, transpose } from './shape.ts';
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

/**
 * The correlation of maps [N, C, H, W], padded with p zeros on each side, with kernels [O, C, K, K]: [N, O, H+2p-K+1, W+2p-K+1].
 * @example convolution(input('image', [96, 3, 128, 128]), input('kernel', [32, 3, 17, 17]), 8) // [96, 32, 128, 128]
 */
export const convolution = operation({
  name: 'convolution',
  call: (x: Tensor, kernel: Tensor, padding: number) => [[x, kernel], { padding }],
  infer: ([x, w], { padding }) => {
    if (x!.length !== 4 || w!.length !== 4 || x![1]! !== w![1]!) {
      throw new GraphError(
        `convolution: a map ${list(x!)} (N, C, H, W) and a kernel ${list(w!)} (O, C, K, K) do not fit`,
      );
    }
    return [x![0]!, w![0]!, x![2]! + 2 * padding - w![2]! + 1, x![3]! + 2 * padding - w![3]! + 1];
  },

  // y[o] = Σ x[c] ⋆ w[o, c]. With respect to x: the gradient correlated with the flipped kernel, channels swapped.
  // With respect to w: each input map correlated with each gradient map, summed over the batch as over channels.
  gradient: ({ inputs: [x, w], attributes: { padding } }, g): Gradients => [
    convolution(g, transpose(flip(w!, [2, 3]), SWAP), w!.shape[2]! - 1 - padding),
    transpose(convolution(transpose(x!, SWAP), transpose(g, SWAP), padding), SWAP),
  ],

  reference: ([x, w], { padding }, [batch, outputs, height, width]) => {
    const [, channels, inputHeight, inputWidth] = x!.shape;
    const [, , kernelHeight, kernelWidth] = w!.shape;
    const result = new Float64Array(batch! * outputs! * height! * width!);
    let at = 0;
    for (let n = 0; n < batch!; n++) {
      for (let o = 0; o < outputs!; o++) {
        for (let i = 0; i < height!; i++) {
          for (let j = 0; j < width!; j++, at++) {
            for (let c = 0; c < channels!; c++) {
              for (let u = 0; u < kernelHeight!; u++) {
                const row = i + u - padding;
                if (row < 0 || row >= inputHeight!) continue;
                const from = ((n * channels! + c) * inputHeight! + row) * inputWidth! - padding;
                const kernel = ((o * channels! + c) * kernelHeight! + u) * kernelWidth!;
                const first = Math.max(0, padding - j);
                const last = Math.min(kernelWidth!, inputWidth! + padding - j);
                for (let v = first; v < last; v++)
                  result[at]! += x!.data[from + j + v]! * w!.data[kernel + v]!;
              }
            }
          }
        }
      }
    }
    return result;
  },

  emit: (emitter, inputs, { inputs: [, w], attributes: { padding } }) =>
    emitter.node('Conv', inputs, {
      kernel_shape: w!.shape.slice(2),
      pads: [padding, padding, padding, padding],
    }),
});

function pooledShape(name: string, shape: Shape): Shape {
  if (shape.length !== 4 || shape[2]! % 2 !== 0 || shape[3]! % 2 !== 0) {
    throw new GraphError(`${name}: expected a map [N, C, H, W] of even H and W, got ${list(shape)}`);
  }
  return [shape[0]!, shape[1]!, shape[2]! / 2, shape[3]! / 2];
}

function poolReference(
  { shape: [, , height, width], data }: NumberArray,
  shape: Shape,
  pool: (a: number, b: number, c: number, d: number) => number,
): Float64Array {
  return Float64Array.from({ length: elements(shape) }, (_, i) => {
    const column = i % (width! / 2);
    const row = Math.floor(i / (width! / 2)) % (height! / 2);
    const map = Math.floor(i / (width! / 2) / (height! / 2));
    const at = (map * height! + 2 * row) * width! + 2 * column;
    return pool(data[at]!, data[at + 1]!, data[at + width!]!, data[at + width! + 1]!);
  });
}

/** A map [N, C, H, W] as 2×2 windows, [N, C, H/2, 2, W/2, 2]. */
const windowsOf = (x: Tensor): Tensor => {
  const [batch, channels, height, width] = x.shape;
  return reshape(x, [batch!, channels!, height! / 2, 2, width! / 2, 2]);
};

/** A pooled map [N, C, H, W] as [N, C, H, 1, W, 1], which broadcasts to the windows. */
const ofWindows = (pooled: Tensor): Tensor => {
  const [batch, channels, height, width] = pooled.shape;
  return reshape(pooled, [batch!, channels!, height!, 1, width!, 1]);
};

const QUARTERS = new Float32Array(4).fill(0.25);
const WINDOW = { kernel_shape: [2, 2], strides: [2, 2] };

/** The largest of each 2×2 window: [N, C, H, W] → [N, C, H/2, W/2]. @example maxPool(input('x', [96, 32, 128, 128])) // [96, 32, 64, 64] */
export const maxPool = operation({
  name: 'maxPool',
  call: (x: Tensor) => [[x], {} as None],
  infer: ([x]) => pooledShape('maxPool', x!),
  gradient: ({ inputs: [x], output }, g): Gradients => [
    reshape(maximumGradient(windowsOf(x!), ofWindows(output), [3, 5], ofWindows(g)), x!.shape),
  ],
  reference: ([x], _, shape) => poolReference(x!, shape, Math.max),
  emit: (emitter, inputs) => emitter.node('MaxPool', inputs, WINDOW),
});

/** The mean of each 2×2 window: [N, C, H, W] → [N, C, H/2, W/2]. @example averagePool(input('x', [96, 32, 128, 128])) // [96, 32, 64, 64] */
export const averagePool = operation({
  name: 'averagePool',
  call: (x: Tensor) => [[x], {} as None],
  infer: ([x]) => pooledShape('averagePool', x!),
  gradient: ({ inputs: [x] }, g): Gradients => [
    reshape(multiply(ofWindows(g), constant(QUARTERS, [2, 1, 2])), x!.shape),
  ],
  reference: ([x], _, shape) => poolReference(x!, shape, (a, b, c, d) => (a + b + c + d) / 4),
  emit: (emitter, inputs) => emitter.node('AveragePool', inputs, WINDOW),
});
