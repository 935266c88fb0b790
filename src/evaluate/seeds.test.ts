import { describe, expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import type { GalaxyErrors } from './rmse.ts';
import { differenceInterval, seedSpread } from './seeds.ts';

/** Errors of a run with the RMSE `rmse` on every galaxy. */
const flat = (rmse: number, galaxies = 50): GalaxyErrors => ({
  meanSquares: new Float64Array(galaxies).fill(rmse ** 2),
  weights: new Float64Array(galaxies).fill(1),
});

describe('seedSpread', () => {
  it('pools the deviations of variants, each from its own mean', () => {
    // Squares: 2 · 0.05² and 2 · 0.1², with one degree of freedom each.
    const { deviation, freedom } = seedSpread([[0.1, 0.2], [0.3, 0.5], [7]])!;
    expect(freedom).toBe(2);
    expect(deviation).toBeCloseTo(Math.sqrt(0.025 / 2), 15);
  });

  it('is null if every variant has one run', () => {
    expect(seedSpread([[1], [2]])).toBeNull();
  });
});

describe('differenceInterval', () => {
  it('is Student’s interval if galaxies make no difference', () => {
    // t(0.975; 4) = 2.776; the mean of two runs differs from that of three by 0.01.
    const spread = { deviation: 0.002, freedom: 4 };
    const runs = [flat(0.11), flat(0.11)];
    const others = [flat(0.1), flat(0.1), flat(0.1)];
    const { low, high } = differenceInterval(runs, others, spread, { resamples: 20_000 });
    const half = 2.776 * 0.002 * Math.sqrt(1 / 2 + 1 / 3);
    expect((low + high) / 2).toBeCloseTo(0.01, 3);
    expect((high - low) / 2 / half).toBeGreaterThan(0.95);
    expect((high - low) / 2 / half).toBeLessThan(1.05);
  });

  it('is the bootstrap over galaxies if seeds make no difference', () => {
    const random = new Random(1, 'test');
    const galaxies = 400;
    const squares = Float64Array.from({ length: galaxies }, () => (0.1 + 0.02 * random.normal()) ** 2);
    const worse = squares.map((square) => square + 0.002 + 0.001 * random.normal());
    const errors = (meanSquares: Float64Array): GalaxyErrors => ({
      meanSquares,
      weights: new Float64Array(galaxies).fill(1),
    });
    const none = { deviation: 0, freedom: 3 };
    const { low, high } = differenceInterval([errors(worse)], [errors(squares)], none);
    const root = (values: Float64Array) => Math.sqrt(values.reduce((a, b) => a + b, 0) / galaxies);
    const difference = root(worse) - root(squares);
    expect(low).toBeLessThan(difference);
    expect(high).toBeGreaterThan(difference);
    // The difference of the mean squares has the standard error 0.001/√400; that of the roots, about 1/(2 · 0.1) of it.
    expect(high - low).toBeGreaterThan(0.5 * 2 * 1.96 * 2.5e-4);
    expect(high - low).toBeLessThan(1.5 * 2 * 1.96 * 2.5e-4);
  });

  it('covers the true difference in about 95 of 100 experiments', () => {
    const random = new Random(2, 'test');
    const deviation = 0.003;
    let covered = 0;
    for (let experiment = 0; experiment < 200; experiment++) {
      const variants = Array.from({ length: 5 }, () => [1, 2].map(() => 0.1 + deviation * random.normal()));
      const [first, second] = variants.map((rmses) => rmses.map((rmse) => flat(rmse, 3)));
      const { low, high } = differenceInterval(second!, first!, seedSpread(variants)!, { seed: experiment });
      if (low <= 0 && high >= 0) covered++;
    }
    expect(covered).toBeGreaterThan(180);
    expect(covered).toBeLessThan(199);
  });
});
