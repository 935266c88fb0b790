import { describe, expect, it } from 'vitest';
import type { LabelledGalaxy } from '../data/labels.ts';
import { classesTree } from '../tree/classes.ts';
import { checkCounts, fillCounts, scoresOf } from './labels.ts';

const tree = classesTree(['a', 'b']);

const galaxy = (...fractions: number[]): LabelledGalaxy => ({
  id: fractions.join(),
  fractions: Float64Array.from(fractions),
  weight: 1,
  image: { kind: 'file', name: 'a', path: 'a' },
});

const counted = (...counts: number[]): LabelledGalaxy => ({
  ...galaxy(0.5, 0.5),
  counts: Float64Array.from(counts),
});

describe('counts of votes', () => {
  it('fill rows, with zeros for a question with an unknown count', () => {
    const rows = fillCounts(tree, [counted(3, 1), counted(3, Number.NaN)], new Float32Array(4));
    expect(rows).toEqual(Float32Array.of(3, 1, 0, 0));
  });

  it('are required by a loss for counts', () => {
    const some = [counted(3, 1), galaxy(0.5, 0.5)];
    expect(() => checkCounts('bce', some)).not.toThrow();
    expect(() => checkCounts('multinomial', some)).toThrow(
      'loss multinomial: requires counts of votes, but 1 of 2 galaxies have only fractions',
    );
    expect(() => checkCounts('dirichlet-multinomial', some.slice(1))).toThrow('but the 1 galaxies have only');
  });
});

describe('scoresOf', () => {
  it('is minus the mean log-likelihood of the votes for losses for counts', () => {
    const galaxies = [counted(1, 1), counted(0, 2), counted(Number.NaN, 2)];
    const fractions = Float32Array.of(0.5, 0.5, 0.25, 0.75, 0.5, 0.5);
    const multinomial = scoresOf(tree, { fractions }, galaxies, 'multinomial').loss;
    expect(multinomial).toBeCloseTo(-(Math.log(0.5) + 2 * Math.log(0.75)) / 3, 6);
    // Shares that are uniform in 0…1 give each number of votes the same probability.
    const concentrations = new Float32Array(6).fill(1);
    const averaged = scoresOf(tree, { fractions, concentrations }, galaxies, 'dirichlet-multinomial').loss;
    expect(averaged).toBeCloseTo((2 * Math.log(3)) / 3, 12);
  });

  it('agrees with PyTorch’s BCELoss, which clamps logarithms at -100', () => {
    // torch.nn.BCELoss()(torch.tensor([[0.25, 0.5], [0.0, 1.0]]), torch.tensor([[1.0, 0.5], [0.25, 1.0]])) is 6.76986026763916
    const predictions = Float32Array.of(0.25, 0.5, 0, 1);
    const { loss, rmse } = scoresOf(
      tree,
      { fractions: predictions },
      [galaxy(1, 0.5), galaxy(0.25, 1)],
      'bce',
    );
    expect(loss).toBeCloseTo(6.76986026763916, 6);
    expect(rmse).toBeCloseTo(Math.sqrt((0.75 ** 2 + 0.25 ** 2) / 4), 12);
  });

  it('skips unknown labels', () => {
    const { loss, rmse } = scoresOf(
      tree,
      { fractions: Float32Array.of(0.25, 0.5) },
      [galaxy(0.75, Number.NaN)],
      'mse',
    );
    expect([loss, rmse]).toEqual([0.25, 0.5]);
  });
});
