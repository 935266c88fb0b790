import { describe, expect, it } from 'vitest';
import type { LabelledGalaxy } from '../data/labels.ts';
import { scoresOf } from './labels.ts';

const galaxy = (...fractions: number[]): LabelledGalaxy => ({
  id: fractions.join(),
  fractions: Float64Array.from(fractions),
  weight: 1,
  image: { kind: 'file', name: 'a', path: 'a' },
});

describe('scoresOf', () => {
  it('agrees with PyTorch’s BCELoss, which clamps logarithms at -100', () => {
    // torch.nn.BCELoss()(torch.tensor([[0.25, 0.5], [0.0, 1.0]]), torch.tensor([[1.0, 0.5], [0.25, 1.0]])) is 6.76986026763916
    const predictions = Float32Array.of(0.25, 0.5, 0, 1);
    const { loss, rmse } = scoresOf(predictions, [galaxy(1, 0.5), galaxy(0.25, 1)], 'bce');
    expect(loss).toBeCloseTo(6.76986026763916, 6);
    expect(rmse).toBeCloseTo(Math.sqrt((0.75 ** 2 + 0.25 ** 2) / 4), 12);
  });

  it('skips unknown labels', () => {
    const { loss, rmse } = scoresOf(Float32Array.of(0.25, 0.5), [galaxy(0.75, Number.NaN)], 'mse');
    expect([loss, rmse]).toEqual([0.25, 0.5]);
  });
});
