import { describe, expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { centralColour, centralPixelPredictions, centralPixelRmse } from './centralPixels.ts';
import { kMeans } from './kMeans.ts';
import { meanPredictorRmse, rmseScores } from './rmse.ts';

const COUNT = 300;
const random = new Random(4, 'test');
const kinds = Array.from({ length: COUNT }, () => random.below(6));

/** Six kinds of galaxies, each with its own colour. */
const colours = kinds.flatMap((kind) => [
  40 * kind + random.uniform(),
  (kind % 2) * 100 + random.uniform(),
  random.uniform(),
]);

/** Fractions that depend on the kind, and others that are random. */
const fractions = (noise: number) =>
  kinds.flatMap((kind) =>
    Array.from({ length: 37 }, (_, i) => (i % 6 === kind ? 0.7 : 0.1) + noise * random.uniform()),
  );

it('finds the mean colour of the central 10×10 of 424×424 pixels, and of 5×5 of 212×212', () => {
  const frame = new Uint8Array(424 * 424 * 3).fill(9);
  for (let y = 207; y < 217; y++) {
    for (let x = 207; x < 217; x++) frame.set([y, x, y === 207 ? 100 : 0], (y * 424 + x) * 3);
  }
  expect(centralColour(frame)).toEqual([211.5, 211.5, 10]);
  const record = new Uint8Array(212 * 212 * 3).fill(9);
  for (let y = 103; y < 108; y++) {
    for (let x = 103; x < 108; x++) record.set([y, x, y === 103 ? 100 : 0], (y * 212 + x) * 3);
  }
  expect(centralColour(record)).toEqual([105, 105, 20]);
  expect(centralColour(Uint8Array.of(1, 2, 3))).toEqual([1, 2, 3]);
});

describe('centralPixelPredictions', () => {
  it('predicts fractions that depend on the colour', () => {
    const truth = fractions(0);
    expect(meanPredictorRmse(GALAXY_ZOO_2, truth)).toBeGreaterThan(0.1);
    expect(centralPixelRmse(GALAXY_ZOO_2, truth, colours)).toBeLessThan(1e-12);
  });

  it('does not use the votes that it predicts', () => {
    // Where colours are uninformative, a prediction that had seen the votes would beat their mean; this one is slightly worse.
    const truth = Array.from({ length: 37 * COUNT }, () => random.uniform());
    const rmse = centralPixelRmse(GALAXY_ZOO_2, truth, colours)!;
    expect(rmse).toBeGreaterThan(meanPredictorRmse(GALAXY_ZOO_2, truth));
    expect(rmse).toBeLessThan(1.05 * meanPredictorRmse(GALAXY_ZOO_2, truth));
    // A galaxy's own votes do not affect its prediction.
    const predictions = centralPixelPredictions(GALAXY_ZOO_2, truth, colours);
    const changed = centralPixelPredictions(GALAXY_ZOO_2, truth.with(5, 0.123), colours);
    expect(changed.subarray(0, 37)).toEqual(predictions.subarray(0, 37));
    expect(changed).not.toEqual(predictions);
  });

  it('is reproducible', () => {
    const truth = fractions(0.1);
    expect(centralPixelPredictions(GALAXY_ZOO_2, truth, colours)).toEqual(
      centralPixelPredictions(GALAXY_ZOO_2, truth, colours),
    );
  });

  it('accepts galaxies of the same colour, and only two', () => {
    const truth = fractions(0.2).slice(0, 74);
    const swapped = [...truth.slice(37), ...truth.slice(0, 37)];
    expect([...centralPixelPredictions(GALAXY_ZOO_2, truth, [7, 7, 7, 7, 7, 7])]).toEqual(swapped);
    expect(centralPixelRmse(GALAXY_ZOO_2, truth, [1, 2, 3, 4, 5, 6])).toBe(
      rmseScores(GALAXY_ZOO_2, truth, swapped).rmse,
    );
    expect(centralPixelRmse(GALAXY_ZOO_2, truth.slice(0, 37), [1, 2, 3])).toBeNull();
    expect(() => centralPixelPredictions(GALAXY_ZOO_2, truth.slice(0, 37), [1, 2, 3])).toThrow(
      'two galaxies or more',
    );
    expect(() => centralPixelPredictions(GALAXY_ZOO_2, truth, [1, 2, 3])).toThrow(
      'expected 2 colours of 3 numbers, got 3',
    );
  });
});

describe('kMeans', () => {
  it('finds clusters, and no more than there are distinct points', () => {
    const found = (values: number[], count: number) =>
      kMeans({ values, dimensions: 1 }, count, new Random(0, 'test'))
        .map(([centre]) => centre)
        .sort((a, b) => a! - b!);
    expect(found([0, 1, 10, 11, 100], 3)).toEqual([0.5, 10.5, 100]);
    expect(found([5, 5, 8, 5], 6)).toEqual([5, 8]);
    expect(found([3], 6)).toEqual([3]);
    expect(() => found([], 6)).toThrow('expected one point or more');
  });
});
