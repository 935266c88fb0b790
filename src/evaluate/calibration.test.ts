import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { calibrate } from './calibration.ts';
import { rmseScores } from './rmse.ts';

/** Rows that are 0 except in one column. */
const rowsWith = (column: number, values: readonly number[]) =>
  values.flatMap((value) => Array.from({ length: 37 }, (_, i) => (i === column ? value : 0)));

it('compares means in bins of the prediction', () => {
  const predictions = rowsWith(7, [0.12, 0.18, 0.55, 1, 1.2, -0.1]);
  const truth = rowsWith(7, [0.2, 0.3, 0.5, 0.7, 1, 0]);
  const calibration = calibrate(GALAXY_ZOO_2, truth, predictions);
  const { counts, predicted, observed, error } = calibration.byColumn['Class4.1']!;
  expect(counts).toEqual([1, 2, 0, 0, 0, 1, 0, 0, 0, 2]);
  expect(predicted[1]).toBeCloseTo(0.15, 14);
  expect(observed[1]).toBeCloseTo(0.25, 14);
  expect([predicted[2], observed[2]]).toEqual([null, null]);
  // |−0.1 − 0| / 6 + 2 |0.15 − 0.25| / 6 + |0.55 − 0.5| / 6 + 2 |1.1 − 0.85| / 6
  expect(error).toBeCloseTo((0.1 + 0.2 + 0.05 + 0.5) / 6, 14);
  expect(calibration.error).toBeCloseTo(error! / 37, 14);
  expect(calibration.byColumn['Class4.2']).toMatchObject({
    error: 0,
    counts: [6, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  });
});

it('counts every galaxy once, and is never above the RMSE', () => {
  const table = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 111, maxLength: 111 });
  fc.assert(
    fc.property(table, table, (truth, predictions) => {
      const { byColumn, error } = calibrate(GALAXY_ZOO_2, truth, predictions);
      const { rmseByColumn, rmseMeanOfColumns } = rmseScores(GALAXY_ZOO_2, truth, predictions);
      for (const [name, calibration] of Object.entries(byColumn)) {
        expect(calibration.counts.reduce((a, b) => a + b)).toBe(3);
        expect(calibration.error).toBeLessThanOrEqual(rmseByColumn[name]! + 1e-12);
      }
      expect(error).toBeLessThanOrEqual(rmseMeanOfColumns + 1e-12);
      expect(calibrate(GALAXY_ZOO_2, truth, truth).error).toBe(0);
    }),
    { numRuns: 30 },
  );
});
