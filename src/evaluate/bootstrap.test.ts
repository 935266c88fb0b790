import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import { percentileInterval, resampledMeans, rmseInterval } from './bootstrap.ts';

describe('resampledMeans', () => {
  it('draws the same galaxies for all columns', () => {
    const [values, doubled] = resampledMeans([
      [1, 2, 3, 4],
      [2, 4, 6, 8],
    ]);
    expect(doubled).toEqual(values!.map((value) => 2 * value));
    expect(new Set(values).size).toBeGreaterThan(5);
  });

  it('stays between the smallest and the largest value, and depends on the seed alone', () => {
    const some = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(some, fc.nat(), (values, seed) => {
        const [means] = resampledMeans([values], { resamples: 20, seed });
        expect(Math.min(...means!)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(Math.max(...means!)).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        expect(resampledMeans([values], { resamples: 20, seed })).toEqual([means]);
      }),
    );
  });

  it('refuses columns and counts that cannot be resampled', () => {
    expect(() => resampledMeans([])).toThrow('expected columns of one length, 1 or more, got none');
    expect(() => resampledMeans([[]])).toThrow('got 0');
    expect(() => resampledMeans([[1, 2], [1]])).toThrow('got 2, 1');
    expect(() => resampledMeans([[1]], { resamples: 0 })).toThrow('expected 1 resample or more, got 0');
  });
});

/** Errors of galaxies without unknown fractions. */
const complete = (errors: ArrayLike<number>) => ({
  meanSquares: Float64Array.from(errors),
  weights: new Float64Array(errors.length).fill(1),
});

describe('rmseInterval', () => {
  it('takes quantiles as numpy does', () => {
    expect(percentileInterval(Float64Array.of(3, 1, 2))).toEqual({ low: 1.05, high: 2.95, level: 0.95 });
  });

  it('is as wide as by the central limit theorem', () => {
    const random = new Random(1, 'test');
    const errors = Float64Array.from({ length: 2000 }, () => 0.01 * random.uniform());
    const { low, high } = rmseInterval(complete(errors))!;
    // The mean of 2,000 has the deviation 0.01 / √12 / √2000; the root of a mean m halves and divides by √m.
    const expected = (2 * 1.96 * (0.01 / Math.sqrt(12 * 2000))) / (2 * Math.sqrt(0.005));
    expect(high - low).toBeGreaterThan(0.9 * expected);
    expect(high - low).toBeLessThan(1.1 * expected);
  });

  it('contains the true score in about 95 of 100 samples', () => {
    const trials = 400;
    let held = 0;
    for (let trial = 0; trial < trials; trial++) {
      const random = new Random(2, 'test', trial);
      // Squared errors with a long tail, as galaxies have them: exponential, of mean 0.01.
      const errors = Float64Array.from({ length: 150 }, () => -0.01 * Math.log(1 - random.uniform()));
      const { low, high } = rmseInterval(complete(errors), { resamples: 300, seed: trial })!;
      if (low <= 0.1 && 0.1 <= high) held++;
    }
    expect(held / trials).toBeGreaterThan(0.91);
    expect(held / trials).toBeLessThan(0.98);
  });

  it('is null for a single galaxy', () => {
    expect(rmseInterval(complete([0.01]))).toBeNull();
    expect(rmseInterval(complete([0.01, 0.01]))).toMatchObject({ low: 0.1, high: 0.1 });
  });
});
