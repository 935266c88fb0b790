import { describe, expect, it } from 'vitest';
import { NASTY, STUDY } from '../../test/fixtures/comparison.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import {
  type ComparedRun,
  compareVariants,
  comparisonMarkdown,
  differencesFrom,
  formatComparison,
  summarize,
  type VariantRuns,
} from './comparison.ts';

const run = (seed: number, rmse: number, rest: Partial<ComparedRun> = {}): ComparedRun => ({
  seed,
  galaxies: 10,
  rmse,
  rmseMeanOfColumns: rmse / 2,
  rmseByQuestion: Array.from({ length: 11 }, (_, i) => rmse + i),
  sumError: 0.5,
  classOneAccuracy: 0.75,
  seconds: 60 * seed,
  ...rest,
});

const variant = (name: string, runs: ComparedRun[]): VariantRuns => ({
  name,
  settings: '',
  parameters: 1000,
  runs,
});

describe('summarize', () => {
  it('returns the mean, and the deviation with n − 1', () => {
    expect(summarize([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, deviation: Math.sqrt(32 / 7) });
  });

  it('has no deviation for one value', () => {
    expect(summarize([3])).toEqual({ mean: 3, deviation: null });
  });

  it('refuses an empty list', () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe('compareVariants', () => {
  const base = variant('base', [run(1, 0.5), run(2, 1)]);

  it('pairs runs by seed, in any order', () => {
    const other = variant('other', [run(2, 0.875), run(1, 0.125)]);
    const { variants } = compareVariants('title', ['about'], [base, other]);
    expect(variants[0]).toMatchObject({ difference: null, rmse: { mean: 0.75 } });
    expect(variants[0]!.rmse.deviation).toBeCloseTo(Math.sqrt(0.125), 15);
    expect(differencesFrom(base, other)).toEqual([-0.125, -0.375]);
    expect(variants[1]!.difference!.mean).toBe(-0.25);
    expect(variants[1]!.difference!.deviation).toBeCloseTo(Math.sqrt(2) / 8, 15);
    expect(variants[1]!.runs.map(({ seed }) => seed)).toEqual([1, 2]);
  });

  it('summarizes all values of the runs', () => {
    const [only] = compareVariants('title', [], [base]).variants;
    expect(only!.rmseByQuestion).toHaveLength(11);
    expect(only!.rmseByQuestion[10]!.mean).toBeCloseTo(10.75, 14);
    expect(only!.rmseMeanOfColumns.mean).toBe(0.375);
    expect(only!.sumError).toEqual({ mean: 0.5, deviation: 0 });
    expect(only!.classOneAccuracy).toEqual({ mean: 0.75, deviation: 0 });
    expect(only!.seconds.mean).toBe(90);
  });

  it.each([
    ['other seeds', [run(1, 1), run(3, 1)], 'other: expected the seeds of base, 1, 2, got 1, 3'],
    ['fewer seeds', [run(1, 1)], 'other: expected the seeds of base, 1, 2, got 1'],
    ['no run', [], 'other: expected the seeds of base, 1, 2, got none'],
    ['a seed twice', [run(1, 1), run(1, 1)], 'other: a seed occurs twice: 1, 1'],
    [
      'other galaxies',
      [run(1, 1), run(2, 1, { galaxies: 9 })],
      'other, seed 2: expected 10 galaxies as for base, got 9',
    ],
  ])('refuses %s', (_, runs, message) => {
    const compare = () => compareVariants('title', [], [base, variant('other', runs)]);
    expect(compare).toThrow(RangeError);
    expect(compare).toThrow(message);
  });

  it('gives intervals of differences and allows different seeds if all runs were scored on the same galaxies', () => {
    const errors = ({ runs }: VariantRuns) =>
      runs.map(({ rmse }) => ({
        meanSquares: Float64Array.of(rmse ** 2, rmse ** 2),
        weights: Float64Array.of(1, 1),
      }));
    const other = variant('other', [run(3, 0.5), run(4, 0.6), run(5, 0.7)]);
    const all = [base, other];
    const { variants } = compareVariants('title', [], all, all.map(errors));
    const { mean, interval } = variants[1]!.difference!;
    expect(mean).toBeCloseTo(0.6 - 0.75, 14);
    expect(interval!.low).toBeLessThan(mean);
    expect(interval!.high).toBeGreaterThan(mean);
    expect(differencesFrom(base, other)).toEqual([
      -0.25,
      expect.closeTo(-0.15, 14),
      expect.closeTo(-0.05, 14),
    ]);
    expect(formatComparison(GALAXY_ZOO_2, { title: 'title', about: [], variants })).toMatch(
      /−0\.15000 \(−\d\.\d{4} to \+\d\.\d{4}\)/,
    );
    const single = [base, other].map((each) => ({ ...each, runs: each.runs.slice(0, 1) }));
    expect(
      compareVariants('title', [], single, single.map(errors)).variants[1]!.difference!.interval,
    ).toBeNull();
  });

  it('refuses no variants, no runs, and two variants of one name', () => {
    expect(() => compareVariants('title', [], [])).toThrow('expected at least one variant');
    expect(() => compareVariants('title', [], [variant('base', [])])).toThrow(
      'base: expected at least one run',
    );
    expect(() => compareVariants('title', [], [base, base])).toThrow('two variants are named base');
  });
});

describe('the text of a comparison', () => {
  it('is aligned for a terminal', async () => {
    await expect(formatComparison(GALAXY_ZOO_2, STUDY)).toMatchFileSnapshot('__snapshots__/study.txt');
  });

  it('is written as Markdown tables', async () => {
    await expect(comparisonMarkdown(GALAXY_ZOO_2, STUDY)).toMatchFileSnapshot('__snapshots__/study.md');
  });

  it('keeps hostile names within their cells', async () => {
    const text = formatComparison(GALAXY_ZOO_2, NASTY);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text.match(/a\|b 'c' d$/gm)).toHaveLength(1);
    const markdown = comparisonMarkdown(GALAXY_ZOO_2, NASTY);
    expect(markdown).not.toMatch(/(?<!\\)</);
    expect(markdown).toContain("| a\\|b 'c' d |");
    expect(markdown).toContain('| A &amp; B \\[31m\\]\\]\\> \\`c\\` \\*d\\* |');
    const bars = markdown.split('\n').filter((line) => line.startsWith('|'));
    const widths = bars.map((line) => line.match(/(?<!\\)\|/g)!.length - 1);
    expect(widths).toEqual([...Array(5).fill(2), ...Array(5).fill(8), ...Array(5).fill(12)]);
  });

  it('prints no sign for a difference that rounds to 0', () => {
    const differences = [1e-7, -1e-7].map((change, i) => variant(`v${i}`, [run(1, 0.5 + change)]));
    const lines = formatComparison(
      GALAXY_ZOO_2,
      compareVariants('title', [], [variant('base', [run(1, 0.5)]), ...differences]),
    );
    expect(lines).not.toMatch(/[+−]0\.00000/);
    expect(lines.match(/ 0\.00000 /g)).toHaveLength(2);
  });
});
