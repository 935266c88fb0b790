import { describe, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { batchForRarestClass } from './batchSize.ts';

/** The given numbers of smooth galaxies, galaxies with features, and stars. */
function galaxies(...counts: number[]): number[][] {
  return counts.flatMap((count, leading) => {
    const fractions = new Array<number>(37).fill(0).with(leading, 1);
    return Array.from({ length: count }, () => fractions);
  });
}
const batchOf = (...counts: number[]) => batchForRarestClass(GALAXY_ZOO_2, galaxies(...counts)).batch;

describe('the batch size that --batch auto means', () => {
  it("equals the report's for Kaggle's galaxies, and comes with the reason", () => {
    expect(batchForRarestClass(GALAXY_ZOO_2, galaxies(26_693, 34_826, 59))).toEqual({
      batch: 104,
      reason:
        "59 of 61578 galaxies are of the rarest class, 'shape: star or artifact': about one in 10 batches has one",
    });
  });

  it('makes ten batches contain one galaxy of the rarest class on average', () => {
    expect(batchOf(5000, 4990, 10)).toBe(100);
    expect(batchOf(10, 4990, 5000)).toBe(100);
    expect(batchOf(5040, 4990, 10)).toBe(100); // 100.4
    expect(batchOf(5060, 4990, 10)).toBe(101); // 100.6
  });

  it('is clamped to 16…256, and the reason says so', () => {
    expect(batchOf(7990, 8000, 10)).toBe(160);
    expect(batchOf(1279, 1280, 1)).toBe(256);
    expect(batchForRarestClass(GALAXY_ZOO_2, galaxies(8, 8, 8))).toEqual({
      batch: 16,
      reason:
        "8 of 24 galaxies are of the rarest class, 'shape: smooth': more than one in 10 batches has one; clamped to 16…256",
    });
    expect(batchForRarestClass(GALAXY_ZOO_2, galaxies(4999, 5000, 1))).toEqual({
      batch: 256,
      reason:
        "1 of 10000 galaxies are of the rarest class, 'shape: star or artifact': less than one in 10 batches has one; " +
        'clamped to 16…256',
    });
    expect(batchOf(80, 80, 1)).toBe(16);
    expect(batchOf(1280, 1280, 1)).toBe(256);
  });

  it('ignores classes without galaxies', () => {
    expect(batchForRarestClass(GALAXY_ZOO_2, galaxies(990, 5, 0))).toMatchObject({
      batch: 20,
      reason: expect.stringContaining("5 of 995 galaxies are of the rarest class, 'shape: features or disk'"),
    });
    expect(batchOf(0, 0, 7)).toBe(16);
  });
});
