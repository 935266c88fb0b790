/** Output and statistics of a convolution block in training, against PyTorch's formulas in plain loops. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { interpret } from '../graph/interpret.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { convolutionBlock } from './convolutionBlock.ts';
import { HWCN } from './layout.ts';
import type { Pool } from './pooling.ts';

const [HEIGHT, WIDTH, INPUTS, CHANNELS, KERNEL, BATCH] = [6, 4, 2, 4, 3, 3];
const COUNT = HEIGHT * WIDTH * BATCH;

const random = new Random(1, 'test');
const draw = (length: number) => Float64Array.from({ length }, () => random.normal());

const image = draw(HEIGHT * WIDTH * INPUTS * BATCH); // [H, W, C, N]
const state: Record<string, { shape: number[]; data: ArrayLike<number> }> = {
  '0.weight': { shape: [CHANNELS, INPUTS, KERNEL, KERNEL], data: draw(CHANNELS * INPUTS * KERNEL ** 2) },
  '0.bias': { shape: [CHANNELS], data: [0.7, -0.4, 1.3, -2] },
  '1.weight': { shape: [CHANNELS], data: [1.5, -0.8, -1.2, 0.3] }, // γ
  '1.bias': { shape: [CHANNELS], data: [0.2, 0.5, -0.1, -0.6] }, // β
  '1.running_mean': { shape: [CHANNELS], data: [0.1, -3, 0, 2] },
  '1.running_var': { shape: [CHANNELS], data: [1, 0.5, 4, 2] },
};
const of = (name: string) => state[name]!.data;

/** The zero-padded convolution with its bias at one position. */
function convolved(row: number, column: number, channel: number, picture: number): number {
  let sum = of('0.bias')[channel]!;
  for (let c = 0; c < INPUTS; c++) {
    for (let u = 0; u < KERNEL; u++) {
      for (let v = 0; v < KERNEL; v++) {
        const [y, x] = [row + u - 1, column + v - 1];
        if (y < 0 || y >= HEIGHT || x < 0 || x >= WIDTH) continue;
        const weight = of('0.weight')[((channel * INPUTS + c) * KERNEL + u) * KERNEL + v];
        sum! += weight! * image[((y * WIDTH + x) * INPUTS + c) * BATCH + picture]!;
      }
    }
  }
  return sum;
}

/** PyTorch's output [H/2, W/2, C, N] and its running statistics after the step. */
function expected(kind: Pool) {
  const output = new Float64Array((HEIGHT / 2) * (WIDTH / 2) * CHANNELS * BATCH);
  const [means, variances] = [new Float64Array(CHANNELS), new Float64Array(CHANNELS)];
  for (let channel = 0; channel < CHANNELS; channel++) {
    const values: number[] = [];
    for (let i = 0; i < HEIGHT; i++) {
      for (let j = 0; j < WIDTH; j++) {
        for (let n = 0; n < BATCH; n++) values.push(convolved(i, j, channel, n));
      }
    }
    const mean = values.reduce((a, b) => a + b) / COUNT;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    means[channel] = 0.9 * of('1.running_mean')[channel]! + 0.1 * mean;
    variances[channel] = 0.9 * of('1.running_var')[channel]! + (0.1 * squares) / (COUNT - 1);
    const scale = of('1.weight')[channel]! / Math.sqrt(squares / COUNT + 1e-5);
    const active = (i: number, j: number, n: number) =>
      Math.max(0, (values[(i * WIDTH + j) * BATCH + n]! - mean) * scale + of('1.bias')[channel]!);
    for (let i = 0; i < HEIGHT; i += 2) {
      for (let j = 0; j < WIDTH; j += 2) {
        for (let n = 0; n < BATCH; n++) {
          const window = [active(i, j, n), active(i, j + 1, n), active(i + 1, j, n), active(i + 1, j + 1, n)];
          const at = (((i / 2) * WIDTH) / 2 + j / 2) * CHANNELS + channel;
          output[at * BATCH + n] =
            kind === 'max' ? Math.max(...window) : window.reduce((a, b) => a + b) / window.length;
        }
      }
    }
  }
  return { output, '1.running_mean': means, '1.running_var': variances };
}

describe('a training step of a convolution block', () => {
  it.each([
    ['max', 'spectral'],
    ['max', 'direct'],
    ['average', 'spectral'],
    ['average', 'direct'],
  ] as const)('has PyTorch’s statistics and output: %s pool, %s', (pool, method) => {
    const block = convolutionBlock.place(
      { channels: CHANNELS, kernel: KERNEL, pool },
      { kind: 'map', size: HEIGHT, channels: INPUTS },
      { index: 0, number: 1 },
    );
    const tensors = new Map(Object.entries(state).map(([name, { shape }]) => [name, input(name, shape)]));
    const results: Record<string, Tensor> = {};
    const map = block.forward(
      { kind: 'map', layout: HWCN, tensor: input('image', [HEIGHT, WIDTH, INPUTS, BATCH]) },
      {
        training: true,
        method,
        state: (name) => tensors.get(name)!,
        update: (name, value) => {
          results[name] = value;
        },
        random: () => {
          throw new Error('a convolution block draws nothing');
        },
      },
    );
    if (map.kind !== 'map') throw new Error('expected a map');
    results.output = map.tensor;

    const values = Object.entries(state).map(([name, { data }]) => [name, data]);
    const arrays = interpret(Object.values(results), { image, ...Object.fromEntries(values) });
    const truth: Record<string, Float64Array> = expected(pool);
    expect(Object.keys(results).sort()).toEqual(Object.keys(truth).sort());
    Object.keys(results).forEach((name, i) => {
      expect(arrays[i]!.data).toHaveLength(truth[name]!.length);
      // The matrices of the spectral transforms are rounded to float32.
      arrays[i]!.data.forEach((value, at) => {
        expect(value, `${name} ${at}`).toBeCloseTo(truth[name]![at]!, 5);
      });
    });
  });
});
