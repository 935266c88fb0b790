import { describe, expect, it } from 'vitest';
import { drawShares } from '../../test/fixtures/dirichlet.ts';
import { fitConformal } from '../model/conformal.ts';
import { Random } from '../random/philox.ts';
import { classesTree } from '../tree/classes.ts';
import { cumulativeFractions } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../tree/tree.ts';
import { voteScores } from './coverage.ts';

const random = new Random(1, 'test');

/** The votes of people who follow the tree, for shares within each question. */
function drawVotes(tree: Tree, shares: readonly number[], people: number): Float64Array {
  const counts = new Float64Array(tree.columns.length);
  for (const { start, end, parents } of tree.questions) {
    const asked = parents.length === 0 ? people : parents.reduce((sum, parent) => sum + counts[parent]!, 0);
    for (let vote = 0; vote < asked; vote++) {
      let rest = random.uniform();
      let column = start;
      while (column < end - 1 && rest >= shares[column]!) rest -= shares[column++]!;
      counts[column]!++;
    }
  }
  return counts;
}

const DIRICHLET = {
  tree: GALAXY_ZOO_2,
  network: { head: 'dirichlet', input: { size: 8, channels: 3 }, layers: [] },
} as const;

/** Galaxies whose votes follow their concentrations, and predictions with these concentrations times a factor. */
const galaxies = Array.from({ length: 250 }, () => {
  const concentrations = Array.from({ length: 37 }, () => 1 + random.below(12) ** (1 + random.below(2)));
  const shares = GALAXY_ZOO_2.questions.flatMap(({ start, end }) =>
    drawShares(concentrations.slice(start, end), random),
  );
  const counts = drawVotes(GALAXY_ZOO_2, shares, 40);
  const fractions = new Float64Array(37); // ignored, as there are counts
  return { concentrations, counts, fractions };
});
const predicted = (factor: number) =>
  galaxies.map(({ concentrations }) => {
    const expected = GALAXY_ZOO_2.questions.flatMap(({ start, end }) => {
      const own = concentrations.slice(start, end);
      return own.map((each) => each / own.reduce((a, b) => a + b, 0));
    });
    return {
      fractions: cumulativeFractions(GALAXY_ZOO_2, expected),
      concentrations: concentrations.map((each) => factor * each),
    };
  });

describe('intervals of votes', () => {
  const calibrated = voteScores(DIRICHLET, galaxies, predicted(1));

  it('contain the votes about as often as their level says, if the concentrations are right', () => {
    const { coverage, coverageReached, intervals } = calibrated;
    expect(intervals!.of).toBe('votes');
    expect(intervals!.all.cells).toBe(250 * 37);
    for (const level of [50, 80, 95]) {
      const reached = coverageReached![level]!;
      expect(reached).toBeGreaterThan(level / 100 - 0.02);
      expect(reached).toBeLessThan(level / 100 + 0.06); // a single number may have more probability
      expect(coverage![level]).toBeGreaterThanOrEqual(reached); // answers near zero are easy
    }
  });

  it('are narrower than intervals of constant width with the same coverage', () => {
    const { width, constantWidth } = calibrated.intervals!.all;
    expect(width['95']).toBeLessThan(0.8 * constantWidth['95']!);
  });

  it('contain the votes less often if the concentrations are too high, and the log-likelihood is lower', () => {
    const sure = voteScores(DIRICHLET, galaxies, predicted(20));
    expect(sure.coverageReached!['80']).toBeLessThan(calibrated.coverageReached!['80']! - 0.05);
    expect(sure.logLikelihood).toBeLessThan(calibrated.logLikelihood! - 0.5);
    const unsure = voteScores(DIRICHLET, galaxies, predicted(0.1));
    expect(unsure.logLikelihood).toBeLessThan(calibrated.logLikelihood! - 0.5);
  });

  it('need counts; fractions are compared with the intervals of fractions', () => {
    const some = galaxies.map(({ counts, ...galaxy }, i) => (i === 0 ? galaxy : { ...galaxy, counts }));
    const { logLikelihood, intervals } = voteScores(DIRICHLET, some, predicted(1));
    expect(logLikelihood).toBeUndefined();
    expect(intervals!.of).toBe('fractions');
  });
});

describe('conformal intervals', () => {
  const tree = classesTree(['a', 'b']);
  /** Errors are small for predictions near 0 and large near 1. */
  const draw = (count: number) => {
    const predictions: number[] = [];
    const truth: number[] = [];
    for (let i = 0; i < count; i++) {
      const p = random.uniform(0.05, 0.7);
      const t = p + 0.4 * p * random.uniform(-1, 1);
      predictions.push(p, 1 - p);
      truth.push(t, 1 - t);
    }
    return { predictions, truth };
  };
  const rows = (values: readonly number[]) =>
    Array.from({ length: values.length / 2 }, (_, i) => Float64Array.from(values.slice(2 * i, 2 * i + 2)));
  const scored = (calibration: number) => {
    const fitted = draw(calibration);
    const conformal = fitConformal(tree, fitted.truth, fitted.predictions);
    const { truth, predictions } = draw(2000);
    return voteScores(
      { tree, network: { head: 'softmax', input: { size: 8, channels: 3 }, layers: [] }, conformal },
      rows(truth).map((fractions) => ({ fractions })),
      rows(predictions).map((fractions) => ({ fractions })),
    );
  };

  it('contain new fractions about as often as their level says, and are narrow where errors are small', () => {
    const { coverage, intervals, logLikelihood } = scored(1000);
    for (const level of [50, 80, 95]) expect(Math.abs(coverage![level]! - level / 100)).toBeLessThan(0.04);
    expect(intervals!.of).toBe('fractions');
    expect(intervals!.all.width['95']).toBeLessThan(0.9 * intervals!.all.constantWidth['95']!);
    expect(logLikelihood).toBeUndefined();
  });

  it('are no wider than their level needs', () => {
    const repeated = Array.from({ length: 10 }, () => scored(447).coverage!['95']!);
    const mean = repeated.reduce((sum, each) => sum + each, 0) / repeated.length;
    expect(Math.abs(mean - 0.95)).toBeLessThan(0.007);
  });

  it('are the whole range if there are too few galaxies for their level', () => {
    const { coverage, intervals } = scored(38);
    expect([coverage!['95'], intervals!.all.width['95']]).toEqual([1, 1]);
    expect(intervals!.all.width['80']).toBeLessThan(0.6);
  });
});
