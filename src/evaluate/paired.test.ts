import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { comparePredictions, signFlipTest } from './paired.ts';

describe('signFlipTest', () => {
  it('is near the share over all combinations of signs', () => {
    const differences = [0.1, 0.2, -0.1, 0.3, 0.2, 0.1];
    const observed = Math.abs(differences.reduce((a, b) => a + b));
    let asFar = 0;
    for (let signs = 0; signs < 64; signs++) {
      const sum = differences.reduce((all, value, i) => all + (signs & (1 << i) ? -value : value), 0);
      if (Math.abs(sum) >= observed - 1e-12) asFar++;
    }
    // The deviation of a share of 9,999 flips is 0.003.
    expect(Math.abs(signFlipTest(differences) - asFar / 64)).toBeLessThan(0.012);
  });

  it('is 1 if nothing differs, and smallest if all differ alike', () => {
    expect(signFlipTest([0, 0, 0])).toBe(1);
    expect(signFlipTest([0.1])).toBe(1);
    expect(signFlipTest(new Float64Array(100).fill(-0.01))).toBe(1 / 10_000);
    expect(signFlipTest(new Float64Array(100).fill(0.01), { flips: 99 })).toBe(0.01);
    expect(() => signFlipTest([1], { flips: 0 })).toThrow('expected 1 flip or more, got 0');
  });

  it('does not depend on direction, scale or galaxies without difference', () => {
    const some = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 });
    fc.assert(
      fc.property(some, (differences) => {
        const p = signFlipTest(differences, { flips: 99 });
        expect(
          signFlipTest(
            differences.map((value) => -value),
            { flips: 99 },
          ),
        ).toBe(p);
        expect(
          signFlipTest(
            differences.map((value) => value / 1024),
            { flips: 99 },
          ),
        ).toBe(p);
        expect(signFlipTest([0, ...differences, 0], { flips: 99 })).toBe(p);
      }),
    );
  });

  it('has uniform p-values for networks that are equally good', () => {
    const trials = 600;
    const values = Array.from({ length: trials }, (_, trial) => {
      const random = new Random(3, 'test', trial);
      // Errors with a long tail and of uneven size: nothing but the symmetry holds.
      const error = () => -Math.log(1 - random.uniform());
      const differences = Float64Array.from({ length: 70 }, (_, i) => (error() - error()) * (1 + (i % 7)));
      return signFlipTest(differences, { flips: 199, seed: trial });
    });
    for (const share of [0.05, 0.25, 0.5, 0.75]) {
      const below = values.filter((p) => p <= share).length / trials;
      expect(Math.abs(below - share), `p ≤ ${share}`).toBeLessThan(
        3.5 * Math.sqrt((share * (1 - share)) / trials),
      );
    }
  });
});

describe('comparePredictions', () => {
  it('returns the difference, and the numbers of better and worse galaxies', () => {
    const truth = new Float64Array(37 * 4);
    const [mine, theirs] = [truth.slice(), truth.slice()];
    mine.fill(0.1, 0, 37); // 0.1, 0, 0, 0
    theirs.fill(0.1, 37, 37 * 3); // 0, 0.1, 0.1, 0
    const comparison = comparePredictions(GALAXY_ZOO_2, truth, mine, theirs);
    expect(comparison).toMatchObject({ better: 2, worse: 1, equal: 1, flips: 9999 });
    expect(comparison.rmse).toBeCloseTo(0.1 * Math.SQRT1_2, 14);
    expect(comparison.difference).toBeCloseTo(0.05 - 0.1 * Math.SQRT1_2, 14);
    expect(comparison.pValue).toBe(1); // −1, −1 and +1: no choice of signs is nearer to 0
    const { low, high } = comparison.differenceInterval!;
    expect(low).toBeLessThan(comparison.difference);
    expect(high).toBeGreaterThan(comparison.difference);
  });

  it('finds no difference from itself', () => {
    const truth = Float64Array.from({ length: 74 }, (_, i) => i / 74);
    expect(comparePredictions(GALAXY_ZOO_2, truth, truth.map(Math.sqrt), truth.map(Math.sqrt))).toMatchObject(
      {
        difference: 0,
        differenceInterval: { low: 0, high: 0 },
        pValue: 1,
        better: 0,
        worse: 0,
        equal: 2,
      },
    );
  });

  it('has no interval for a single galaxy', () => {
    const truth = new Float64Array(37);
    expect(
      comparePredictions(
        GALAXY_ZOO_2,
        truth,
        truth,
        truth.map(() => 0.1),
      ).differenceInterval,
    ).toBeNull();
  });
});
