import { describe, expect, it } from 'vitest';
import { drawShares } from '../../test/fixtures/dirichlet.ts';
import { Random } from '../random/philox.ts';
import { classesTree } from '../tree/classes.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../tree/tree.ts';
import { betaBinomialCdf, betaCdf, betaQuantile } from './beta.ts';
import { fractionIntervals, posteriorOf, voteIntervals } from './posterior.ts';

describe('beta distributions', () => {
  it("agree with SciPy's quantiles", () => {
    // scipy.stats.beta.ppf, SciPy 1.17.1
    const cases: readonly (readonly [number, number, number, number])[] = [
      [0.975, 2, 5, 0.6412345789976748],
      [0.025, 101, 3, 0.9316140680996191],
      [0.25, 0.5, 0.5, 0.14644660940672624],
      [0.9, 30, 70, 0.359434740999984],
      [0.5, 0.05, 3, 2.1934966675234358e-7],
      [0.975, 5000, 9000, 0.3650988745104372],
    ];
    for (const [p, a, b, expected] of cases) expect(betaQuantile(p, a, b)).toBeCloseTo(expected, 9);
  });

  it('have quantiles that invert their cumulative probabilities', () => {
    for (const [a, b] of [
      [0.05, 3],
      [0.4, 0.7],
      [1, 101],
      [300, 20],
      [5000, 9000],
    ])
      for (const p of [0.025, 0.25, 0.5, 0.9, 0.975]) {
        const x = betaQuantile(p, a!, b!);
        if (x > 1e-8) expect(betaCdf(x, a!, b!), `${a} ${b} ${p}`).toBeCloseTo(p, 5);
      }
  });

  it('mix binomial ones', () => {
    for (const each of betaBinomialCdf(4, 1, 1).entries()) expect(each[1]).toBeCloseTo((each[0] + 1) / 5, 12);
    // scipy.stats.betabinom.cdf([0, 5, 20], 40, 3.5, 12.25)
    const cumulative = betaBinomialCdf(40, 3.5, 12.25);
    for (const [k, expected] of [
      [0, 0.008003010044729909],
      [5, 0.26624558024394296],
      [20, 0.9820561258914325],
    ])
      expect(cumulative[k!]).toBeCloseTo(expected!, 10);
    // k = 0 of 3 with a = 2, b = 3: b (b+1) (b+2) / ((a+b) (a+b+1) (a+b+2)) = 60 / 210
    expect(betaBinomialCdf(3, 2, 3)[0]).toBeCloseTo(60 / 210, 12);
    expect(betaBinomialCdf(2000, 40, 60).at(-1)).toBe(1);
  });
});

describe('the posterior', () => {
  it('of a single question has the beta distributions of its answers', () => {
    const { a, b } = posteriorOf(classesTree(['a', 'b', 'c']), [3, 5, 2]);
    for (const [i, each] of [3, 5, 2].entries()) {
      expect(a[i]).toBeCloseTo(each, 9);
      expect(b[i]).toBeCloseTo(10 - each, 9);
    }
  });

  it('down the tree has the moments and nearly the quantiles of random draws', () => {
    const random = new Random(1, 'test');
    const concentrations = Array.from({ length: 37 }, () => 1 + random.below(30));
    const { a, b } = posteriorOf(GALAXY_ZOO_2, concentrations);
    const draws = Array.from({ length: 2000 }, () =>
      cumulativeFractions(GALAXY_ZOO_2, shares(concentrations, random)),
    );
    const [half] = fractionIntervals({ a, b });
    for (let column = 0; column < 37; column++) {
      const values = draws.map((draw) => draw[column]!).sort((x, y) => x - y);
      const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
      const [own, total] = [a[column]! / (a[column]! + b[column]!), a[column]! + b[column]!];
      expect(Math.abs(own - mean)).toBeLessThan(0.1 * deviation);
      expect(Math.sqrt((own * (1 - own)) / (total + 1)) / deviation).toBeCloseTo(1, 0.7);
      expect(Math.abs(half!.low[column]! - values[500]!)).toBeLessThan(0.15 * deviation);
      expect(Math.abs(half!.high[column]! - values[1500]!)).toBeLessThan(0.15 * deviation);
    }
  });

  it('adds up parents of different questions', () => {
    // Both questions lead to the third: its reach is the sum of answers of different questions.
    const answers = (topic: string, next?: string) => [
      { text: 'yes', column: `${topic}-yes`, ...(next && { next }) },
      { text: 'no', column: `${topic}-no`, ...(topic === 'one' && { next: 'two' }) },
    ];
    const tree = defineTree({
      name: 'joined',
      title: 'Joined',
      source: 'a test',
      questions: [
        { topic: 'one', text: 'One?', answers: answers('one', 'three') },
        { topic: 'two', text: 'Two?', answers: answers('two', 'three') },
        { topic: 'three', text: 'Three?', answers: answers('three') },
      ],
    });
    const concentrations = [4, 6, 3, 2, 5, 5];
    const random = new Random(2, 'test');
    const draws = Array.from(
      { length: 4000 },
      () =>
        cumulativeFractions(
          tree,
          tree.questions.flatMap(({ start, end }) => drawShares(concentrations.slice(start, end), random)),
        )[4]!,
    );
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length;
    const { a, b } = posteriorOf(tree, concentrations);
    const [own, total] = [a[4]! / (a[4]! + b[4]!), a[4]! + b[4]!];
    expect(own).toBeCloseTo(mean, 1.9);
    expect((own * (1 - own)) / (total + 1) / variance).toBeCloseTo(1, 0.9);
  });

  it('of several views is their mixture, and wider than each', () => {
    const tree = classesTree(['a', 'b']);
    const width = (concentrations: number[]) => {
      const [{ low, high } = { low: [0], high: [0] }] = fractionIntervals(posteriorOf(tree, concentrations));
      return high[0]! - low[0]!;
    };
    expect(width([20, 20, 20, 20])).toBeCloseTo(width([20, 20]), 9);
    expect(width([10, 30, 30, 10])).toBeGreaterThan(1.5 * width([20, 20]));
  });

  it('of conditional fractions does not depend on the questions before', () => {
    const concentrations = new Array<number>(37).fill(2);
    const { a, b } = posteriorOf(GALAXY_ZOO_2, concentrations, 'conditional');
    expect([a[7], b[7]].map((each) => Math.round(each! * 1e9) / 1e9)).toEqual([2, 2]);
  });

  it('gives intervals of votes with about their probability', () => {
    const posterior = posteriorOf(classesTree(['a', 'b']), [30, 10]);
    const intervals = voteIntervals(posterior, [40, 40]);
    const cumulative = betaBinomialCdf(40, 30, 10);
    for (const { level, low, high } of intervals) {
      const inside = cumulative[high[0]!]! - (cumulative[low[0]! - 1] ?? 0);
      expect(Math.abs(inside - level)).toBeLessThan(0.03);
    }
    expect(voteIntervals(posterior, [Number.NaN, 0])[0]!.low).toEqual(Float64Array.of(Number.NaN, 0));
  });
});

/** A draw for each question of Galaxy Zoo 2. */
const shares = (concentrations: readonly number[], random: Random) =>
  GALAXY_ZOO_2.questions.flatMap(({ start, end }) => drawShares(concentrations.slice(start, end), random));
