/** Compares the votes of the simulated sky with those of the challenge, column by column. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { drawObject } from '../src/sky/population.ts';
import {
  type ColumnStatistics,
  columnCorrelations,
  leadingShares,
  voteStatistics,
} from '../src/sky/voteStatistics.ts';
import { voteFractions } from '../src/sky/votes.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import type { Benchmark, Outcome } from './benchmark.ts';

const REAL = fileURLToPath(
  new URL('../../../shared/data/galaxy-zoo/training_solutions_rev1.csv', import.meta.url),
);
const SEED = 2014;

/** `[N, 37]` */
function simulate(galaxies: number): Float32Array {
  const fractions = new Float32Array(galaxies * GALAXY_ZOO_2.columns.length);
  for (let index = 0; index < galaxies; index++) {
    fractions.set(voteFractions(drawObject(SEED, index), SEED, index), index * GALAXY_ZOO_2.columns.length);
  }
  return fractions;
}

const inWords = (shares: readonly number[]) =>
  shares.map((share) => `${(100 * share).toFixed(1)} %`).join(', ');

/** Pearson's r and the root of the mean square difference between two lists of correlations. */
function agreement(a: Float64Array, b: Float64Array): string {
  const root = Math.sqrt(a.reduce((sum, each, i) => sum + (each - b[i]!) ** 2, 0) / a.length);
  return `correlations between columns differ by ${root.toFixed(3)} (root mean square over ${a.length} pairs)`;
}

function compare(simulated: Float32Array, real: Float64Array | undefined): Outcome {
  const skies = [simulated, ...(real ? [real] : [])].map((each) => voteStatistics(GALAXY_ZOO_2, each));
  const figures: [string, (column: ColumnStatistics) => number][] = [
    ['mean', ({ mean }) => mean],
    ['deviation', ({ deviation }) => deviation],
    ['10 %', ({ quantiles }) => quantiles[0]!],
    ['median', ({ quantiles }) => quantiles[1]!],
    ['90 %', ({ quantiles }) => quantiles[2]!],
    ['zeros', ({ zeros }) => zeros],
  ];
  const rowsOf = (fractions: ArrayLike<number>) => fractions.length / GALAXY_ZOO_2.columns.length;
  const leading = `smooth, features, star or artifact lead in ${inWords(leadingShares(GALAXY_ZOO_2, simulated))}`;
  return {
    title: `${rowsOf(simulated)} galaxies`,
    table: [
      ['', 'answer', ...figures.flatMap(([name]) => [name, ...(real ? ['real'] : [])])],
      ...GALAXY_ZOO_2.columns.map(({ name, label, index }) => [
        name,
        label,
        ...figures.flatMap(([, figure]) => skies.map((sky) => figure(sky[index]!).toFixed(3))),
      ]),
    ],
    notes: real
      ? [
          `real: ${rowsOf(real)} rows of the challenge`,
          `${leading}; of the real ${inWords(leadingShares(GALAXY_ZOO_2, real))}`,
          agreement(columnCorrelations(GALAXY_ZOO_2, simulated), columnCorrelations(GALAXY_ZOO_2, real)),
        ]
      : ['real rows skipped: ../shared is not here', leading],
    rows: GALAXY_ZOO_2.columns.map(({ name, index }) => {
      const [own, other] = skies.map((sky) => sky[index]);
      const { mean, deviation, zeros } = own!;
      const expected = { realMean: other?.mean, realDeviation: other?.deviation, realZeros: other?.zeros };
      return { name, mean, deviation, zeros, ...(real && expected) };
    }),
    headline: {},
  };
}

export const sky: Benchmark = {
  summary: 'the votes of the simulated sky against real ones: mean, spread and zeros of each column',
  flags: { sizes: '5000' },
  fewestRounds: 1,
  async *run({ sizes }) {
    const real = existsSync(REAL) ? (await readSolutions(GALAXY_ZOO_2, REAL)).fractions : undefined;
    for (const size of sizes) yield compare(simulate(size), real);
  },
};
