import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../random/philox.ts';
import { convolution } from '../graph/convolution.ts';
import { interpret } from '../graph/interpret.ts';
import { transpose } from '../graph/shape.ts';
import { elements, input } from '../graph/tensor.ts';
import { rankedPlans } from './convolution.ts';
import { type SpectralPlan, spectralConvolution } from './spectral.ts';

const sizes = fc.record({
  height: fc.integer({ min: 2, max: 6 }).map((half) => 2 * half),
  width: fc.integer({ min: 2, max: 6 }).map((half) => 2 * half),
  channels: fc.integer({ min: 1, max: 3 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  batch: fc.integer({ min: 1, max: 2 }),
  kernel: fc.constantFrom(1, 3, 5, 7),
});

describe('spectralConvolution', () => {
  it('equals the direct convolution with every plan', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ height, width, channels, outputs, batch, kernel }, seed) => {
        const random = new Random(seed, 'test');
        const x = input('x', [height, width, channels, batch]);
        const w = input('w', [outputs, channels, kernel, kernel]);
        const draw = (count: number) => Float64Array.from({ length: count }, () => random.normal());
        const feeds = { x: draw(elements(x.shape)), w: draw(elements(w.shape)) };
        const direct = transpose(convolution(transpose(x, [3, 2, 0, 1]), w, (kernel - 1) / 2), [2, 3, 1, 0]);
        const sizes = { height, width, channels, outputs, batch, kernel };
        const plans = rankedPlans({ ...sizes, isKernelConstant: true }).map(({ plan }) => plan);
        const variants = plans.map((plan) => spectralConvolution(x, w, plan));
        const [expected, ...results] = interpret([direct, ...variants], feeds);
        for (const [i, { shape, data }] of results.entries()) {
          expect(shape).toEqual(expected!.shape);
          // The transform matrices are float32.
          const error = Math.max(...data.map((value, at) => Math.abs(value - expected!.data[at]!)));
          expect(error, JSON.stringify(plans[i])).toBeLessThan(2e-5);
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('refuses tiles and kernels that do not fit', () => {
    const x = input('x', [6, 6, 1, 1]);
    const refused = (kernel: number[], plan: SpectralPlan) =>
      expect(() => spectralConvolution(x, input('w', kernel), plan));
    for (const tiles of [
      [4, 1],
      [-2, 1],
      [1.5, 1],
    ] as const) {
      refused([1, 1, 3, 3], { product: 'joinsSigns', tiles }).toThrow(
        `spectralConvolution: ${tiles[0]}×1 tiles of a 6×6 map, product 'joinsSigns'`,
      );
    }
    refused([1, 1, 3, 3], { product: 'apart', tiles: [1, 2] }).toThrow(
      "1×2 tiles of a 6×6 map, product 'apart'",
    );
    refused([1, 1, 4, 4], { product: 'apart', tiles: [1, 1] }).toThrow(
      'a kernel [1,1,4,4] (O, C, K, K; K odd)',
    );
    refused([1, 2, 3, 3], { product: 'apart', tiles: [1, 1] }).toThrow(
      'a map of 1 channels and a kernel [1,2,3,3]',
    );
  });
});
