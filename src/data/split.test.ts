import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { compareIds } from './ids.ts';
import { drawGalaxies, splitGalaxies as split } from './split.ts';
import type { Prediction } from './submission.ts';

const splitGalaxies = <G extends Prediction>(all: readonly G[], fraction: number, seed: number) =>
  split(GALAXY_ZOO_2, all, { validation: fraction }, seed);

function galaxy(id: number | string, stratum: number): Prediction {
  const fractions = new Float64Array(37);
  fractions[stratum] = 1;
  return { id: String(id), fractions };
}

const galaxies = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.constantFrom(0, 0, 0, 1, 1, 1, 1, 2)), {
    selector: ([id]) => id,
    maxLength: 200,
  })
  .map((all) => all.map(([id, stratum]) => galaxy(id, stratum)));
const fraction = fc.double({ min: 0, max: 0.99, noNaN: true });
const seed = fc.integer({ min: 0, max: 1000 });
const ids = (part: readonly Prediction[]) => part.map(({ id }) => id);
const stratum = (index: number) => (g: Prediction) => g.fractions[index] === 1;

describe('splitGalaxies', () => {
  it('gives every galaxy to one part, round(fraction · N) to validation, both sorted', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, (all, share, s) => {
        const { training, validation } = splitGalaxies(all, share, s);
        expect(validation.length).toBe(Math.round(share * all.length));
        expect([...ids(training), ...ids(validation)].sort(compareIds)).toEqual(ids(all).sort(compareIds));
        expect(ids(training)).toEqual(ids(training).sort(compareIds));
        expect(ids(validation)).toEqual(ids(validation).sort(compareIds));
      }),
    );
  });

  it('puts round(share · N) galaxies into the test part, in proportion, without changing validation', () => {
    const share = fc.double({ min: 0, max: 0.49, noNaN: true });
    fc.assert(
      fc.property(galaxies, share, share, seed, (all, validation, test, s) => {
        const parts = split(GALAXY_ZOO_2, all, { validation, test }, s);
        expect(parts.test.length).toBe(Math.round(test * all.length));
        expect(parts.validation).toEqual(splitGalaxies(all, validation, s).validation);
        expect(ids(parts.test)).toEqual(ids(parts.test).sort(compareIds));
        const together = [...parts.training, ...parts.validation, ...parts.test];
        expect(ids(together).sort(compareIds)).toEqual(ids(all).sort(compareIds));
        for (const index of [0, 1, 2]) {
          const quota = test * all.filter(stratum(index)).length;
          const seats = parts.test.filter(stratum(index)).length;
          expect(Math.abs(seats - quota)).toBeLessThan(2);
        }
      }),
    );
  });

  it('takes the given share of every stratum, to within one galaxy', () => {
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

  it('splits only some galaxies, as if there were no others, and trains on the others', () => {
    fc.assert(
      fc.property(galaxies, fraction, seed, (all, share, s) => {
        const some = all.filter((_, i) => i % 3 > 0);
        const shares = { validation: share, from: new Set([...ids(some), 'unknown']) };
        const { training, validation } = split(GALAXY_ZOO_2, all, shares, s);
        const alone = splitGalaxies(some, share, s);
        expect(validation).toEqual(alone.validation);
        const others = all.filter((each) => !some.includes(each));
        expect(ids(training)).toEqual(ids([...alone.training, ...others]).sort(compareIds));
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

  it('keeps a class too small to split in training', () => {
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

  it('treats galaxies with unknown first answers as a class of their own', () => {
    const unknown = { id: 'x', fractions: new Float64Array(37).fill(Number.NaN) };
    const partly = { id: 'y', fractions: new Float64Array(37).fill(Number.NaN).fill(0.1, 1, 2) };
    const all = [unknown, partly, ...Array.from({ length: 98 }, (_, i) => galaxy(i + 1, i % 2))];
    const { training, validation } = splitGalaxies(all, 0.1, 1);
    expect([training.length, validation.length]).toEqual([90, 10]);
    expect(ids(training)).toContain('x');
    const many = Array.from({ length: 20 }, (_, i) => ({ ...unknown, id: `x${i}` }));
    expect(
      splitGalaxies([...many, ...all.slice(2)], 0.5, 1).validation.filter(({ id }) => id[0] === 'x'),
    ).toHaveLength(10);
  });

  it('sorts integers numerically, even beyond 32 bits', () => {
    const some = Array.from({ length: 12 }, (_, i) => galaxy(i % 2 === 0 ? i : 2 ** 32 * i + i, 0));
    expect(ids(splitGalaxies(some, 0.5, 3).validation)).toEqual([
      '2',
      '8',
      '4294967297',
      '21474836485',
      '38654705673',
      '47244640267',
    ]);
  });

  it('refuses fractions that leave nothing to train on', () => {
    for (const share of [-0.1, 1, Number.NaN]) {
      expect(() => splitGalaxies([], share, 1)).toThrow(`got validation ${share} and test 0`);
    }
    expect(() => split(GALAXY_ZOO_2, [], { validation: 0.5, test: 0.5 }, 1)).toThrow('less than 1 together');
  });
});

describe('drawGalaxies', () => {
  it('draws fewer galaxies among more, without regard to their order', () => {
    const all = Array.from({ length: 50 }, (_, i) => galaxy(100 + i, 0));
    const [few, more] = [drawGalaxies(all, 10, 1), drawGalaxies(all.toReversed(), 20, 1)];
    expect([few.length, more.length]).toEqual([10, 20]);
    expect(more).toEqual(expect.arrayContaining(few));
    expect(ids(more)).toEqual(ids(more).sort(compareIds));
    expect(drawGalaxies(all, 10, 2)).not.toEqual(few);
    expect(drawGalaxies(all, 60, 1)).toEqual(all);
  });
});
