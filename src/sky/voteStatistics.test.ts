import { describe, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { columnCorrelations, leadingShares, voteStatistics } from './voteStatistics.ts';

/** Rows that are zero except in the first three columns. */
const rows = (...votes: [number, number, number][]) =>
  votes.flatMap((first) => [...first, ...new Array(GALAXY_ZOO_2.columns.length - 3).fill(0)]);

const THREE = rows([0.75, 0.25, 0], [0.5, 0.5, 0], [0, 0.5, 0.5]);

describe('statistics of votes', () => {
  it('are those of each column', () => {
    const [smooth, , star, nobody] = voteStatistics(GALAXY_ZOO_2, THREE);
    expect(smooth!.mean).toBeCloseTo(1.25 / 3, 12);
    expect(smooth!.deviation).toBeCloseTo(Math.sqrt((0.75 ** 2 + 0.5 ** 2) / 3 - (1.25 / 3) ** 2), 12);
    expect(smooth!.quantiles).toEqual([0, 0.5, 0.75]);
    expect(star!.zeros).toBeCloseTo(2 / 3, 12);
    expect(nobody).toEqual({ mean: 0, deviation: 0, quantiles: [0, 0, 0], zeros: 1 });
  });

  it('count the leading answers, the first of equals', () => {
    expect(leadingShares(GALAXY_ZOO_2, THREE).map((share) => Math.round(3 * share))).toEqual([2, 1, 0]);
  });

  it('correlate every pair of columns, 0 if one is constant', () => {
    const correlations = columnCorrelations(GALAXY_ZOO_2, rows([0, 1, 0.2], [0.5, 0.5, 0.4], [1, 0, 0.6]));
    expect(correlations.length).toBe(666);
    expect(correlations[0]).toBeCloseTo(-1, 12);
    expect(correlations[1]).toBeCloseTo(1, 12);
    expect(correlations[2]).toBe(0);
  });
});
