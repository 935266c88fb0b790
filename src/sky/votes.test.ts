import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BAR, DISK, ELLIPTICAL, SPIRAL, tilted } from '../../test/fixtures/objects.ts';
import { readSolutions } from '../node/data/readSolutions.ts';
import { leadingAnswer } from '../tree/route.ts';
import { brokenSums } from '../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnNamed } from '../tree/tree.ts';
import type { SkyObject } from './object.ts';
import { drawObject } from './population.ts';
import { columnCorrelations, leadingShares, voteStatistics } from './voteStatistics.ts';
import { VOTERS, voteFractions } from './votes.ts';

const SEED = 5;

/** The votes on `galaxies` objects of the sky, `[N, 37]`. */
function simulate(galaxies: number): Float32Array {
  const fractions = new Float32Array(galaxies * GALAXY_ZOO_2.columns.length);
  for (let index = 0; index < galaxies; index++) {
    fractions.set(voteFractions(drawObject(SEED, index), SEED, index), index * GALAXY_ZOO_2.columns.length);
  }
  return fractions;
}

/** The mean of a column over 200 groups of volunteers who vote on the same object. */
function meanVotes(object: SkyObject, answer: string): number {
  const { index: column } = columnNamed(GALAXY_ZOO_2, answer)!;
  let sum = 0;
  for (let index = 0; index < 200; index++) sum += voteFractions(object, SEED, index)[column]!;
  return sum / 200;
}

/** The share of that answer among those who reached the question. */
const meanShare = (object: SkyObject, answer: string, parent: string) =>
  meanVotes(object, answer) / meanVotes(object, parent);

function expectIncreasing(values: readonly number[]): void {
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values.at(-1)! - values[0]!).toBeGreaterThan(0.1);
}

describe('voteFractions', () => {
  const sky = simulate(3000);

  it('obeys every sum of the tree, within 0…1', () => {
    expect(brokenSums(GALAXY_ZOO_2, sky, 1e-6)).toEqual([]);
    expect(sky.every((fraction) => fraction >= 0 && fraction <= 1 + 1e-6)).toBe(true);
  });

  it('depends on object, seed and index alone', () => {
    const votes = voteFractions(SPIRAL, SEED, 7);
    voteFractions(ELLIPTICAL, 1, 1);
    expect(voteFractions(SPIRAL, SEED, 7)).toEqual(votes);
    expect(voteFractions(SPIRAL, SEED, 8)).not.toEqual(votes);
    expect(voteFractions(SPIRAL, SEED + 1, 7)).not.toEqual(votes);
  });

  it('comes from the votes of a whole number of volunteers', () => {
    // Only volunteers of lower weight answer star or artifact, so features over smooth is a ratio of two whole numbers.
    for (let row = 0; row < 200; row++) {
      const [smooth, features] = sky.subarray(row * GALAXY_ZOO_2.columns.length);
      const isRatio = Array.from({ length: VOTERS.most + 1 }, (_, voters) => {
        const votes = (voters * smooth!) / (smooth! + features!);
        return voters > 0 && Math.abs(votes - Math.round(votes)) < 1e-4;
      });
      expect(isRatio).toContain(true);
    }
    const different = new Set(sky.filter((_, i) => i % GALAXY_ZOO_2.columns.length === 0));
    expect(different.size).toBeGreaterThan(300);
  });

  it('recognizes stars and artifacts', () => {
    for (const kind of ['star', 'artifact'] as const) {
      const object: SkyObject = { ...ELLIPTICAL, kind, bulge: null, magnitude: 12 };
      for (let index = 0; index < 20; index++)
        expect(leadingAnswer(GALAXY_ZOO_2, voteFractions(object, SEED, index), 1)).toBe(2);
    }
  });
});

describe('volunteers see what is visible', () => {
  it('an elliptical is smooth, and as round as it looks', () => {
    expect(meanVotes(ELLIPTICAL, '1.1')).toBeGreaterThan(0.6);
    const round = [0.4, 0.6, 0.75, 0.95].map((axisRatio) =>
      meanShare({ ...ELLIPTICAL, bulge: { ...ELLIPTICAL.bulge!, axisRatio } }, '7.1', '1.1'),
    );
    expectIncreasing(round);
  });

  it('a disk is called edge-on by its inclination', () => {
    expectIncreasing([30, 65, 75, 80, 89].map((inclination) => meanVotes(tilted(DISK, inclination), '2.1')));
    expect(meanShare(tilted(DISK, 89), '2.1', '1.2')).toBeGreaterThan(0.8);
    expect(meanShare(tilted(DISK, 30), '2.1', '1.2')).toBeLessThan(0.1);
  });

  it('arms vanish with inclination, with contrast and with distance', () => {
    expectIncreasing([80, 70, 60, 30].map((inclination) => meanVotes(tilted(SPIRAL, inclination), '4.1')));
    const contrasts = [0.05, 0.2, 0.5, 0.9];
    expectIncreasing(
      contrasts.map((contrast) => meanVotes({ ...SPIRAL, arms: { ...SPIRAL.arms!, contrast } }, '4.1')),
    );
  });

  it('an unresolved galaxy is smooth', () => {
    expectIncreasing([1, 2, 4, 8].map((seeing) => meanVotes({ ...SPIRAL, seeing }, '1.1')));
  });

  it('a noisy galaxy is smooth', () => {
    expectIncreasing([14, 16, 17, 18].map((magnitude) => meanVotes({ ...SPIRAL, magnitude }, '1.1')));
  });

  it('a stronger bar gets more votes', () => {
    expectIncreasing(
      [0, 0.03, 0.1, 0.25].map((flux) => meanVotes({ ...DISK, bar: { ...BAR, flux } }, '3.1')),
    );
  });

  it('a larger bulge is called larger', () => {
    const shares = [0.02, 0.15, 0.4, 0.75].map((flux) => {
      const object = { ...DISK, bulge: { ...DISK.bulge!, flux } };
      const votes = ['5.1', '5.2', '5.3', '5.4'].map((answer) => meanVotes(object, answer));
      const sum = votes.reduce((all, each) => all + each, 0);
      return votes.reduce((mean, each, i) => mean + (i * each) / sum, 0);
    });
    expectIncreasing(shares);
  });

  it('most count clear arms correctly', () => {
    for (const number of [1, 2, 3, 4, 5]) {
      const object = { ...SPIRAL, arms: { ...SPIRAL.arms!, number } };
      for (let index = 0; index < 20; index++)
        expect(leadingAnswer(GALAXY_ZOO_2, voteFractions(object, SEED, index), 11)).toBe(30 + number);
    }
  });

  it('looser arms are called looser', () => {
    const loose = [8, 20, 35].map((pitch) =>
      meanShare({ ...SPIRAL, arms: { ...SPIRAL.arms!, pitch } }, '10.3', '4.1'),
    );
    expectIncreasing(loose);
  });

  it('an odd feature is called odd, and by its name', () => {
    const ring = { flux: 0.12, radius: 12, width: 0.2 };
    const lens = { flux: 0.2, radius: 9, extent: 80, arcs: 2, angle: 0 };
    const companion = { flux: 0.3, distance: 14, angle: 0, effectiveRadius: 5, axisRatio: 0.7, tails: 0.8 };
    const odd: [SkyObject, number][] = [
      [{ ...DISK, ring }, 1],
      [{ ...ELLIPTICAL, lens }, 2],
      [{ ...DISK, disturbance: 0.9 }, 3],
      [{ ...DISK, kind: 'irregular', bulge: null, lumpiness: 0.9 }, 4],
      [{ ...DISK, companion }, 6],
      [{ ...tilted(DISK, 88), dustLane: { depth: 0.8, width: 1 } }, 7],
    ];
    for (const [object, answer] of odd) {
      expect(meanVotes(object, '6.1')).toBeGreaterThan(2 * meanVotes({ ...DISK }, '6.1'));
      const names = [1, 2, 3, 4, 5, 6, 7].map((each) => meanVotes(object, `8.${each}`));
      expect(names.indexOf(Math.max(...names)) + 1).toBe(answer);
    }
  });

  it('the bulge of an edge-on disk is recognized', () => {
    const shape = (flux: number, boxiness: number) => {
      const object = { ...tilted(DISK, 89), bulge: { ...DISK.bulge!, flux, boxiness } };
      const votes = ['9.1', '9.2', '9.3'].map((answer) => meanVotes(object, answer));
      return votes.indexOf(Math.max(...votes));
    };
    expect([shape(0.3, 0), shape(0.3, 1), shape(0.005, 0)]).toEqual([0, 1, 2]);
  });
});

const REAL = new URL('../../../shared/data/galaxy-zoo/training_solutions_rev1.csv', import.meta.url);
const skipped = existsSync(REAL) ? '' : ' (skipped: ../shared is not here)';

describe.skipIf(skipped !== '')(`the votes of the challenge${skipped}`, async () => {
  const real = skipped === '' ? (await readSolutions(GALAXY_ZOO_2, fileURLToPath(REAL))).fractions : [];
  const sky = simulate(3000);

  it('have similar means and deviations', () => {
    const expected = voteStatistics(GALAXY_ZOO_2, real);
    for (const [column, { mean, deviation, zeros }] of voteStatistics(GALAXY_ZOO_2, sky).entries()) {
      expect(Math.abs(mean - expected[column]!.mean)).toBeLessThan(0.05);
      expect(Math.abs(zeros - expected[column]!.zeros)).toBeLessThan(0.3);
      const isLarge = expected[column]!.deviation > 0.1;
      if (isLarge) expect(Math.abs(Math.log(deviation / expected[column]!.deviation))).toBeLessThan(0.3);
    }
  });

  it('have similar leading answers to the first question', () => {
    const shares = leadingShares(GALAXY_ZOO_2, sky);
    // Of all 61,578: 26,693, 34,826 and 59.
    expect(shares[0]).toBeCloseTo(0.433, 1);
    expect(shares[1]).toBeCloseTo(0.566, 1);
    expect(shares[2]).toBeLessThan(0.005);
  });

  it('are similarly correlated', () => {
    const expected = columnCorrelations(GALAXY_ZOO_2, real);
    const squares = columnCorrelations(GALAXY_ZOO_2, sky).map((each, i) => (each - expected[i]!) ** 2);
    expect(Math.sqrt(squares.reduce((sum, each) => sum + each, 0) / squares.length)).toBeLessThan(0.13);
  });
});
