import { describe, expect, it } from 'vitest';
import type { PictureStatistics } from '../picture/pictureStatistics.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { Random } from '../random/philox.ts';
import { checkTrainingPictures, fitTrainingPictures, isUnlike } from './trainingPictures.ts';

const random = new Random(7, 'bootstrap');

/** Normal statistics of an input of 4×4 pixels; those of the brightness are correlated, and the bands always have one colour. */
function draw(): PictureStatistics {
  const [a, b] = [random.normal(), random.normal()];
  return {
    brightness: [3 + a, 2 * a + 0.5 * b],
    colour: [0, 0],
    detail: Array.from({ length: 3 }, () => 4 * random.normal()),
    size: [random.normal()],
  };
}

const drawn = Array.from({ length: 2000 }, draw);
const fitted = fitTrainingPictures(drawn);

describe('training pictures', () => {
  it('give limits near the quantiles of χ²', () => {
    // 99.5 % for 1, 2 and 3 degrees of freedom.
    expect(fitted.groups.size.limit).toBeGreaterThan(6.5);
    expect(fitted.groups.size.limit).toBeLessThan(9.5);
    expect(Math.abs(fitted.groups.brightness.limit - 10.6)).toBeLessThan(1.6);
    expect(Math.abs(fitted.groups.detail.limit - 12.8)).toBeLessThan(1.8);
    expect(fitted.galaxies).toBe(2000);
  });

  it('flag about 0.5 % of others like them in each group', () => {
    const others = Array.from({ length: 10_000 }, draw);
    const share = others.filter((each) => isUnlike(fitted, each)).length / others.length;
    expect(share).toBeGreaterThan(0.008);
    expect(share).toBeLessThan(0.02);
  });

  it('flag a picture that one group finds unlike them', () => {
    const usual = { brightness: [3, 0], colour: [0, 0], detail: [0, 0, 0], size: [0] };
    expect(isUnlike(fitted, usual)).toBe(false);
    // Each brightness alone is usual; together they are not.
    expect(isUnlike(fitted, { ...usual, brightness: [4, 2] })).toBe(false);
    expect(isUnlike(fitted, { ...usual, brightness: [4, -2] })).toBe(true);
    expect(isUnlike(fitted, { ...usual, colour: [0.1, 0] })).toBe(true);
    expect(isUnlike(fitted, { ...usual, size: [4] })).toBe(true);
    expect(isUnlike(fitted, { ...usual, size: [Number.NaN] })).toBe(true);
  });

  it('take the limit from distances to the others', () => {
    const few = drawn.slice(0, 200);
    const sizes = few.map(({ size }) => size[0]!);
    const distances = sizes.map((size, i) => {
      const others = sizes.filter((_, j) => j !== i);
      const mean = others.reduce((sum, each) => sum + each, 0) / 199;
      const variance = others.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 198;
      return (size - mean) ** 2 / variance;
    });
    expect(fitTrainingPictures(few).groups.size.limit).toBeCloseTo(Math.max(...distances), 2);
  });

  it('belong to inputs of one size and number of bands', () => {
    const check = (size: number) => () =>
      checkTrainingPictures(fitted, { ...DEFAULT_PREPROCESSING, size }, 'mine.json');
    expect(check(4)).not.toThrow();
    expect(check(8)).toThrow('mine.json.groups.detail.mean: expected 4 numbers, got 3');
  });
});
