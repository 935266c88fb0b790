import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Splittable, splitGalaxies } from './split.ts';

function galaxy(id: number, stratum: number): Splittable {
  const fractions = new Float64Array(37);
  fractions[stratum] = 1;
  return { id, fractions };
}

const galaxies = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.constantFrom(0, 0, 0, 1, 1, 1, 1, 2)), {
    selector: ([id]) => id,
    maxLength: 200,
  })
  .map((all) => all.map(([id, stratum]) => galaxy(id, stratum)));
const fraction = fc.double({ min: 0, max: 0.99, noNaN: true });
const seed = fc.integer({ min: 0, max: 1000 });
const ids = (part: readonly Splittable[]) => part.map(({ id }) => id);
const stratum = (index: number) => (g: Splittable) => g.fractions[index] === 1;

describe('splitGalaxies', () => {
  it('gives every galaxy to one part, round(fraction · N) to validation, both sorted', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, (all, share, s) => {
        const { training, validation } = splitGalaxies(all, share, s);
        const ascending = (a: number, b: number) => a - b;
        expect(validation.length).toBe(Math.round(share * all.length));
        expect([...ids(training), ...ids(validation)].sort(ascending)).toEqual(ids(all).sort(ascending));
        expect(ids(training)).toEqual(ids(training).sort(ascending));
        expect(ids(validation)).toEqual(ids(validation).sort(ascending));
      }),
    );
  });

  it('takes its share of every stratum, to within one', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, (all, share, s) => {
        const { validation } = splitGalaxies(all, share, s);
        for (const index of [0, 1, 2]) {
          const quota = share * all.filter(stratum(index)).length;
          const seats = validation.filter(stratum(index)).length;
          expect(seats).toBeGreaterThanOrEqual(Math.floor(quota));
          expect(seats).toBeLessThanOrEqual(Math.floor(quota) + 1);
        }
      }),
    );
  });

  it('does not depend on the order of the galaxies', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, (all, share, s) => {
        expect(splitGalaxies(all.toReversed(), share, s)).toEqual(splitGalaxies(all, share, s));
      }),
    );
  });

  it('moves at most one other galaxy per stratum when one is added', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, fc.constantFrom(0, 1, 2), (all, share, s, index) => {
        const before = new Set(ids(splitGalaxies(all, share, s).validation));
        const added = galaxy(2 ** 41, index);
        const after = new Set(ids(splitGalaxies([...all, added], share, s).validation));
        for (const other of [0, 1, 2]) {
          const moved = all.filter(stratum(other)).filter(({ id }) => before.has(id) !== after.has(id));
          expect(moved.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a class too small to share in training', () => {
    const all = [...Array.from({ length: 99 }, (_, i) => galaxy(i + 1, i % 2)), galaxy(100, 2)];
    for (const share of [0.05, 0.5, 0.9]) {
      expect(splitGalaxies(all, share, 1).training.some(stratum(2))).toBe(true);
    }
  });

  it('differs with the seed', () => {
    const all = Array.from({ length: 100 }, (_, i) => galaxy(i + 1, i % 2));
    expect(ids(splitGalaxies(all, 0.2, 1).validation)).not.toEqual(
      ids(splitGalaxies(all, 0.2, 2).validation),
    );
    expect(splitGalaxies(all, 0, 1).validation).toEqual([]);
  });

  it('refuses fractions that leave nothing to train on', () => {
    for (const share of [-0.1, 1, Number.NaN]) {
      expect(() => splitGalaxies([], share, 1)).toThrow(`got ${share}`);
    }
  });
});
