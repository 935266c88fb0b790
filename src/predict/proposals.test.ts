import { expect, it } from 'vitest';
import { proposeGalaxies } from './proposals.ts';

it('proposes galaxies that stand for others, far from labelled ones', () => {
  const features = Float32Array.of(0, 0.1, 5, 5.1, 5.2, -3);
  const candidates = { features, width: 1, disagreement: [1, 1, 1, 1, 1, 1], labelled: Float32Array.of(0) };
  expect(proposeGalaxies(candidates, 2)).toEqual([3, 5]);
});

it('prefers those whose views disagree, and proposes each once', () => {
  const features = Float32Array.of(0, 1, 10, 11);
  const candidates = { features, width: 1, disagreement: [0, 0.5, 0, 0.1], labelled: new Float32Array() };
  expect(proposeGalaxies(candidates, 2)).toEqual([1, 3]);
  expect(proposeGalaxies(candidates, 9).sort()).toEqual([0, 1, 2, 3]);
});
