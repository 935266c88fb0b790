import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import {
  combinedRmse,
  type ErrorProducts,
  errorProducts,
  fittedWeights,
  greedySelection,
  ranking,
  shares,
} from './ensemble.ts';
import { rmseScores } from './rmse.ts';

const ROWS = 12;
const all = Array.from({ length: ROWS }, (_, row) => row);

/** Errors of models, partly shared and partly independent: `[models][ROWS · 37]`. */
function someErrors(models: number, seed: number): Float64Array[] {
  const random = new Random(seed, 'test');
  const common = Float64Array.from({ length: ROWS * 37 }, () => 0.08 * random.normal());
  return Array.from({ length: models }, () => {
    const [share, own] = [random.uniform(0.5, 1.2), random.uniform(0.01, 0.08)];
    return common.map((error) => share * error + own * random.normal());
  });
}
const products = (errors: readonly Float64Array[]): ErrorProducts => errorProducts(errors, 37, all);

/** The RMSE of a weighted mean, computed directly from the errors. */
function directRmse(errors: readonly Float64Array[], weights: ArrayLike<number>, rows = all): number {
  let sum = 0;
  for (const row of rows) {
    for (let i = row * 37; i < row * 37 + 37; i++) {
      sum += errors.reduce((error, own, model) => error + weights[model]! * own[i]!, 0) ** 2;
    }
  }
  return Math.sqrt(sum / (rows.length * 37));
}

/** All weights that are multiples of 1/parts. */
function* grid(models: number, parts: number): Generator<number[]> {
  if (models === 1) yield [parts];
  else {
    for (let first = 0; first <= parts; first++) {
      for (const rest of grid(models - 1, parts - first)) yield [first, ...rest];
    }
  }
}

const sumOf = (weights: ArrayLike<number>) => Array.from(weights).reduce((a, b) => a + b, 0);
const models = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 1000 }));

describe('errorProducts', () => {
  it('give the pooled RMSE of any weighted mean and any rows', () => {
    const errors = someErrors(4, 1);
    const weights = [0.1, 0.2, 0.3, 0.4];
    expect(combinedRmse(products(errors), weights)).toBeCloseTo(directRmse(errors, weights), 12);
    const some = [1, 5, 6];
    expect(combinedRmse(errorProducts(errors, 37, some), weights)).toBeCloseTo(
      directRmse(errors, weights, some),
      12,
    );
    const truth = new Float64Array(ROWS * 37).fill(0.5);
    const predictions = errors[2]!.map((error) => 0.5 + error);
    expect(combinedRmse(products(errors), [0, 0, 1, 0])).toBeCloseTo(
      rmseScores(GALAXY_ZOO_2, truth, predictions).rmse,
      12,
    );
  });

  it('refuse no models and no galaxies', () => {
    expect(() => errorProducts([], 37, all)).toThrow('expected models and galaxies, got 0 and 12');
    expect(() => errorProducts(someErrors(2, 1), 37, [])).toThrow('got 2 and 0');
  });
});

describe('ranking', () => {
  it('sorts models by their own scores', () => {
    const errors = someErrors(5, 2);
    const own = errors.map((_, model) => directRmse(errors, shares(5, [model])));
    expect(ranking(products(errors)).map((model) => own[model])).toEqual(own.toSorted((a, b) => a - b));
  });

  it('keeps the order of equals', () => {
    const [one] = someErrors(1, 3);
    expect(ranking(products([one!, one!, one!]))).toEqual([0, 1, 2]);
  });
});

describe('greedySelection', () => {
  /** The same by brute force: every model is tried at every step on the errors themselves. */
  function slowly(errors: readonly Float64Array[], steps: number): number[] {
    const chosen: number[] = [];
    for (let step = 0; step < steps; step++) {
      const scores = errors.map((_, model) => directRmse(errors, shares(errors.length, [...chosen, model])));
      chosen.push(scores.indexOf(Math.min(...scores)));
    }
    return chosen;
  }

  it('adds the model that improves the mean most, with replacement, and returns the best step', () => {
    for (const seed of [1, 2, 3]) {
      const errors = someErrors(4, seed);
      const { chosen, weights, rmse } = greedySelection(products(errors), 12);
      const slow = slowly(errors, 12);
      expect(chosen).toEqual(slow.slice(0, chosen.length));
      const path = slow.map((_, k) => directRmse(errors, shares(4, slow.slice(0, k + 1))));
      expect(rmse).toBeCloseTo(Math.min(...path), 12);
      expect(sumOf(weights)).toBeCloseTo(1, 12);
      expect(weights).toEqual(shares(4, chosen));
    }
  });

  it('is never worse than the best model, and is near the best weights', () => {
    fc.assert(
      fc.property(models, ([count, seed]) => {
        const given = products(someErrors(count, seed));
        const { rmse } = greedySelection(given);
        const [best] = ranking(given);
        expect(rmse).toBeLessThanOrEqual(combinedRmse(given, shares(count, [best!])) + 1e-12);
        expect(rmse).toBeLessThan(combinedRmse(given, fittedWeights(given)) + 1e-4);
      }),
    );
  });

  it('chooses only the first of equal models', () => {
    const [one] = someErrors(1, 3);
    expect(greedySelection(products([one!, one!])).chosen).toEqual([0]);
  });
});

describe('fittedWeights', () => {
  it('are the best of a grid of all weights, to 1e-6', () => {
    for (const [count, parts] of [
      [2, 2000],
      [3, 100],
      [4, 30],
    ]) {
      for (let seed = 1; seed <= 6; seed++) {
        const given = products(someErrors(count!, seed));
        const weights = fittedWeights(given);
        const fitted = combinedRmse(given, weights);
        let best = { rmse: Number.POSITIVE_INFINITY, weights: [0] };
        for (const whole of grid(count!, parts!)) {
          const candidate = whole.map((part) => part / parts!);
          const rmse = combinedRmse(given, candidate);
          if (rmse < best.rmse) best = { rmse, weights: candidate };
        }
        expect(fitted).toBeLessThanOrEqual(best.rmse + 1e-12);
        // The error is flat at its minimum: half a grid step away, it is higher by only the square of that.
        expect(best.rmse - fitted).toBeLessThan(0.2 / parts! ** 2);
        weights.forEach((weight, i) => {
          expect(Math.abs(weight - best.weights[i]!)).toBeLessThan(2 / parts!);
        });
      }
    }
  });

  it('satisfy the conditions of the minimum: no model would lower the error', () => {
    fc.assert(
      fc.property(models, ([count, seed]) => {
        const given = products(someErrors(count, seed));
        const weights = fittedWeights(given);
        expect(sumOf(weights)).toBeCloseTo(1, 12);
        const square = combinedRmse(given, weights) ** 2;
        for (let model = 0; model < count; model++) {
          expect(weights[model]).toBeGreaterThanOrEqual(0);
          let inCommon = 0;
          for (let j = 0; j < count; j++) inCommon += given.products[model * count + j]! * weights[j]!;
          expect(inCommon).toBeGreaterThan(square - 1e-9);
          if (weights[model]! > 0) expect(inCommon).toBeCloseTo(square, 9);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('exist for models that are equal, nearly equal, combinations of others, or without error', () => {
    const [one, two, three] = someErrors(3, 5);
    const mixed = one!.map((error, i) => 0.5 * error + 0.5 * two![i]!);
    const nearly = one!.map((error, i) => error * (1 + 1e-9 * (i % 3)));
    const best = combinedRmse(products([one!, two!, three!]), fittedWeights(products([one!, two!, three!])));
    for (const errors of [
      [one!, one!, two!, three!, two!],
      [one!, nearly, two!, three!],
      [mixed, one!, three!, two!, mixed],
    ]) {
      const weights = fittedWeights(products(errors));
      expect(sumOf(weights)).toBeCloseTo(1, 12);
      expect(combinedRmse(products(errors), weights)).toBeCloseTo(best, 9);
    }
    const none = new Float64Array(ROWS * 37);
    expect(fittedWeights(products([one!, none, two!]))).toEqual(Float64Array.of(0, 1, 0));
    expect(fittedWeights(products([none, none]))).toEqual(Float64Array.of(1, 0));
    expect(fittedWeights(products([one!]))).toEqual(Float64Array.of(1));
  });

  it('exist for 50 models', () => {
    const given = products(someErrors(50, 9));
    const weights = fittedWeights(given);
    expect(sumOf(weights)).toBeCloseTo(1, 12);
    expect(combinedRmse(given, weights)).toBeLessThanOrEqual(greedySelection(given, 1000).rmse + 1e-9);
  });
});
