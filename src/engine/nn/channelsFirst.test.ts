import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { convolution, type Placing } from '../graph/convolution.ts';
import { add, divide, multiply, sqrt, square, subtract } from '../graph/elementwise.ts';
import { gradients } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import { matmul } from '../graph/matmul.ts';
import { sum } from '../graph/reduce.ts';
import { reshape, transpose } from '../graph/shape.ts';
import { elements, input, type Shape, type Tensor } from '../graph/tensor.ts';
import { moments } from './batchNorm.ts';
import { convolveChannels, normalisedProduct } from './channelsFirst.ts';

const SWAP = [1, 0, 2, 3];
const random = new Random(5, 'test');
const values = (shape: Shape) => Float32Array.from({ length: elements(shape) }, () => random.uniform(-1, 1));

describe('a convolution of maps [C, N, H, W]', () => {
  it.each<[string, Shape, Shape, Partial<Placing>]>([
    ['of single pixels', [3, 2, 5, 4], [4, 3, 1, 1], {}],
    ['of single pixels with a stride', [3, 2, 5, 4], [4, 3, 1, 1], { stride: [2, 3] }],
    ['of small maps, depthwise', [3, 2, 5, 4], [3, 1, 3, 2], { padding: [1, 2, 0, 1], groups: 3 }],
    [
      'of small maps, depthwise with a stride',
      [3, 2, 7, 6],
      [3, 1, 3, 3],
      { padding: [1, 1, 1, 1], stride: [2, 1], groups: 3 },
    ],
    ['of small maps, depthwise and dilated', [2, 2, 7, 6], [2, 1, 3, 2], { dilation: [2, 3], groups: 2 }],
    ['of large maps, depthwise', [2, 1, 18, 18], [2, 1, 3, 3], { padding: [1, 1, 1, 1], groups: 2 }],
  ])('%s equals that of maps [N, C, H, W], gradients included', (_, shape, kernelShape, given) => {
    const placing = { padding: [0, 0, 0, 0], stride: [1, 1], dilation: [1, 1], groups: 1, ...given };
    const [map, kernel] = [input('map', shape), input('kernel', kernelShape)];
    const turned = convolveChannels(map, kernel, placing)!.map;
    const plain = transpose(convolution(transpose(map, SWAP), kernel, placing), SWAP);
    const feeds = { map: values(shape), kernel: values(kernelShape) };
    const [ours, expected] = [turned, plain].map((y) =>
      interpret([y, ...gradients(sum(square(y)), [map, kernel])], feeds),
    );
    for (const [i, { shape: size, data }] of expected!.entries()) {
      expect(ours![i]!.shape).toEqual(size);
      for (const [at, value] of data.entries()) expect(ours![i]!.data[at]).toBeCloseTo(value, 10);
    }
  });

  it.each<[string, Shape, number]>([
    ['dense kernels', [4, 3, 3, 3], 1],
    ['groups of several channels', [4, 2, 1, 1], 2],
  ])('is left to [N, C, H, W] for %s', (_, kernel, groups) => {
    const placing = { padding: [0, 0, 0, 0], stride: [1, 1], dilation: [1, 1], groups };
    const map = input('map', [kernel[1]! * groups, 2, 5, 5]);
    expect(convolveChannels(map, input('kernel', kernel), placing)).toBeUndefined();
  });
});

it('normalises a product by the statistics of its columns, gradients included', () => {
  const shapes = { weights: [5, 3], columns: [3, 64], scale: [5], shift: [5], wanted: [5, 64] };
  const feeds = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, values(shape)]));
  const [weights, columns, scale, shift, wanted] = Object.entries(shapes).map(([name, shape]) =>
    input(name, shape),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const epsilon = 1e-3;

  const ours = normalisedProduct({ weights, columns }, { scale, shift, epsilon });
  const product = matmul(weights, columns);
  const own = moments(product, [1], 64);
  const column = (x: Tensor) => reshape(x, [5, 1]);
  const centred = divide(subtract(product, column(own.mean)), column(sqrt(add(own.variance, epsilon))));
  const plain = { normalised: add(multiply(centred, column(scale)), column(shift)), ...own };

  const [found, expected] = [ours, plain].map(({ normalised, mean, variance }) => {
    const loss = sum(square(subtract(normalised, wanted)));
    return interpret(
      [normalised, mean, variance, ...gradients(loss, [weights, columns, scale, shift])],
      feeds,
    );
  });
  for (const [i, { shape, data }] of expected!.entries()) {
    expect(found![i]!.shape).toEqual(shape);
    for (const [at, value] of data.entries()) expect(found![i]!.data[at]).toBeCloseTo(value, 10);
  }
});
