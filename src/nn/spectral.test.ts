import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convolution } from '../graph/convolution.ts';
import { interpret } from '../graph/interpret.ts';
import { interleave, transpose } from '../graph/shape.ts';
import { elements, input } from '../graph/tensor.ts';
import { Random } from '../random/philox.ts';
import { spectralConvolution } from './spectral.ts';

const sizes = fc.record({
  height: fc.integer({ min: 2, max: 6 }).map((half) => 2 * half),
  width: fc.integer({ min: 2, max: 6 }).map((half) => 2 * half),
  channels: fc.integer({ min: 1, max: 3 }),
  outputs: fc.integer({ min: 1, max: 3 }),
  batch: fc.integer({ min: 1, max: 2 }),
  kernel: fc.constantFrom(1, 3, 5, 7),
});

describe('spectralConvolution', () => {
  it('equals the direct convolution, whole and in phases, wherever the signs are joined', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ({ height, width, channels, outputs, batch, kernel }, seed) => {
        const random = new Random(seed, 'test');
        const x = input('x', [height, width, channels, batch]);
        const w = input('w', [outputs, channels, kernel, kernel]);
        const draw = (count: number) => Float64Array.from({ length: count }, () => random.normal());
        const feeds = { x: draw(elements(x.shape)), w: draw(elements(w.shape)) };
        const direct = transpose(convolution(transpose(x, [3, 2, 0, 1]), w, (kernel - 1) / 2), [2, 3, 1, 0]);
        const variants = (['inColumnsBack', 'inFrequencyProduct'] as const).flatMap((signs) => [
          spectralConvolution(x, w, false, signs)[0],
          interleave(spectralConvolution(x, w, true, signs), 0),
        ]);
        const [expected, ...results] = interpret([direct, ...variants], feeds);
        for (const { shape, data } of results) {
          expect(shape).toEqual(expected.shape);
          // The matrices are float32: agreement is to its precision.
          data.forEach((value, i) => {
            expect(Math.abs(value - expected.data[i])).toBeLessThan(2e-5);
          });
        }
      }),
      { numRuns: 40, seed: 1 },
    );
  });
});
