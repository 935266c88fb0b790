import { describe, expect, it } from 'vitest';
import { meanOfViews, spreadOfViews } from './viewStatistics.ts';

const fractions = Float32Array.of(0.2, 0.8, 0.4, 0.6, 0.9, 0.1); // [3, 2]

describe('meanOfViews', () => {
  it('is the mean of all rows, or of those chosen', () => {
    expect(Array.from(meanOfViews(fractions, 2))).toEqual([Math.fround(0.5), Math.fround(0.5)]);
    const [a, b] = meanOfViews(fractions, 2, [0, 1]);
    expect(a).toBeCloseTo(0.3, 6);
    expect(b).toBeCloseTo(0.7, 6);
    expect(meanOfViews(fractions, 2, [2])).toEqual(fractions.subarray(4));
  });
});

describe('spreadOfViews', () => {
  it('is the standard deviation with n - 1', () => {
    const [a, b] = spreadOfViews(fractions, meanOfViews(fractions, 2));
    const expected = Math.sqrt((0.3 ** 2 + 0.1 ** 2 + 0.4 ** 2) / 2);
    expect(a).toBeCloseTo(expected, 6);
    expect(b).toBeCloseTo(expected, 6);
    expect(Array.from(spreadOfViews(Float32Array.of(1, 1, 1), Float32Array.of(1)))).toEqual([0]);
  });
});
