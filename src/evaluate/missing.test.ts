/** Statistics of tables with unknown cells, against plain loops, and on another tree than Galaxy Zoo 2. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeSums } from '../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../tree/tree.ts';
import { resampledMeans } from './bootstrap.ts';
import { calibrate } from './calibration.ts';
import { centralPixelPredictions } from './centralPixels.ts';
import { errorProducts } from './ensemble.ts';
import { scoreEnsemble } from './ensembleScores.ts';
import { evaluatePredictions } from './evaluation.ts';
import { comparePredictions } from './paired.ts';
import { questionReports } from './questions.ts';
import { galaxySquaredErrors, meanPredictorRmse, rmseScores } from './rmse.ts';

const TREE = defineTree({
  name: 'bars',
  title: 'Bars',
  source: 'a test',
  questions: [
    {
      topic: 'disk',
      text: 'Disk?',
      answers: [
        { text: 'yes', column: 'disk', next: 'bar' },
        { text: 'no', column: 'no disk' },
      ],
    },
    {
      topic: 'bar',
      text: 'Bar?',
      answers: [
        { text: 'strong', column: 'strong bar' },
        { text: 'weak', column: 'weak bar' },
        { text: 'none', column: 'no bar' },
      ],
    },
  ],
});
const WIDTH = 5;
const [NO_BAR, UNKNOWN] = [4, Number.NaN];

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const cells = (element: fc.Arbitrary<number>, rows: number) =>
  fc.array(element, { minLength: rows * WIDTH, maxLength: rows * WIDTH });
/** Tables of truth and predictions; some true cells are unknown, but never the first. */
const tables = fc.integer({ min: 2, max: 6 }).chain((rows) =>
  fc.tuple(
    cells(fc.oneof(fraction, fc.constant(UNKNOWN)), rows).map((truth) => truth.with(0, 0.5)),
    cells(fraction, rows),
    cells(fraction, rows),
  ),
);

/** Indices of the known cells, of one column or row. */
const known = (truth: readonly number[], isWanted: (cell: number) => boolean = () => true) =>
  [...truth.keys()].filter((cell) => !Number.isNaN(truth[cell]) && isWanted(cell));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const rmse = (truth: readonly number[], predictions: readonly number[], at: readonly number[]) =>
  Math.sqrt(mean(at.map((cell) => (predictions[cell]! - truth[cell]!) ** 2)));

describe('with unknown cells', () => {
  it('RMSEs are over the known ones', () => {
    fc.assert(
      fc.property(tables, ([truth, predictions]) => {
        const scores = rmseScores(TREE, truth, predictions);
        expect(scores.rmse).toBeCloseTo(rmse(truth, predictions, known(truth)), 12);
        const columns = TREE.columns.map(({ index }) => known(truth, (cell) => cell % WIDTH === index));
        const ofColumns = columns.map((at) => (at.length === 0 ? null : rmse(truth, predictions, at)));
        for (const [i, expected] of ofColumns.entries()) {
          const got = scores.rmseByColumn[TREE.columns[i]!.name]!;
          if (expected === null) expect(got).toBeNull();
          else expect(got).toBeCloseTo(expected, 12);
        }
        const present = ofColumns.filter((value) => value !== null);
        expect(scores.rmseMeanOfColumns).toBeCloseTo(mean(present), 12);
        const bars = columns.slice(2).flat();
        if (bars.length === 0) expect(scores.rmseByQuestion[1]).toBeNull();
        else expect(scores.rmseByQuestion[1]).toBeCloseTo(rmse(truth, predictions, bars), 12);

        const means = columns.map((at) => mean(at.map((cell) => truth[cell]!)));
        const constant = truth.map((_, cell) => means[cell % WIDTH]!);
        expect(meanPredictorRmse(TREE, truth)).toBeCloseTo(rmse(truth, constant, known(truth)), 12);
      }),
    );
  });

  it('galaxies weigh by their known cells, so that resampled and compared RMSEs stay pooled', () => {
    fc.assert(
      fc.property(tables, ([truth, predictions, others]) => {
        const { meanSquares, weights } = galaxySquaredErrors(TREE, truth, predictions);
        const rows = Array.from({ length: truth.length / WIDTH }, (_, row) =>
          known(truth, (cell) => Math.floor(cell / WIDTH) === row),
        ).filter((at) => at.length > 0);
        expect([...weights]).toEqual(rows.map((at) => at.length / WIDTH));
        rows.forEach((at, i) => {
          expect(Math.sqrt(meanSquares[i]!)).toBeCloseTo(rmse(truth, predictions, at), 12);
        });
        const pooled = rmse(truth, predictions, known(truth));
        const theirs = rmse(truth, others, known(truth));
        const comparison = comparePredictions(TREE, truth, predictions, others, { resamples: 9, flips: 9 });
        expect(comparison.rmse).toBeCloseTo(theirs, 12);
        expect(comparison.difference).toBeCloseTo(pooled - theirs, 12);
        expect(comparison.better + comparison.worse + comparison.equal).toBe(rows.length);
      }),
    );
  });

  it('resampled means are weighted', () => {
    const [means] = resampledMeans([[1, 3]], { resamples: 200 }, [1, 0.5]);
    expect([...new Set(means)].sort()).toEqual([1, 5 / 3, 3]);
  });

  it('a galaxy without a known fraction changes nothing', () => {
    const truth = Array.from({ length: 6 * WIDTH }, (_, i) => ((i * 7) % 11) / 10);
    const predictions = truth.map((value, i) => value * 0.9 + (i % 3) / 50);
    const unknown = new Array<number>(WIDTH).fill(UNKNOWN);
    const [more, predicted] = [
      [...truth, ...unknown],
      [...predictions, ...new Array<number>(WIDTH).fill(0.5)],
    ];
    const { sums: _, ...without } = evaluatePredictions(TREE, truth, predictions, { against: truth });
    const { sums: __, ...scores } = evaluatePredictions(TREE, more, predicted, {
      against: [...truth, ...new Array<number>(WIDTH).fill(0.1)],
    });
    const { rmseInterval, against } = scores;
    expect({ ...scores, rmseInterval, against }).toEqual(without);
    expect(() => evaluatePredictions(TREE, unknown, unknown)).toThrow(
      'expected at least one known vote fraction, got none',
    );
  });

  it('calibration counts the known ones', () => {
    const truth = [0.2, 0.8, UNKNOWN, UNKNOWN, UNKNOWN, 0.4, UNKNOWN, 0.5, UNKNOWN, UNKNOWN];
    const predictions = [0.25, 0.75, 0.1, 0.1, 0.1, 0.25, 0.75, 0.45, 0.3, 0.3];
    const { byColumn, error } = calibrate(TREE, truth, predictions);
    expect(byColumn.disk!.counts).toEqual([0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    expect(byColumn.disk!.observed[2]).toBeCloseTo(0.3, 14);
    expect(byColumn.disk!.error).toBeCloseTo(0.05, 14);
    expect(byColumn['no disk']!.error).toBeCloseTo(0.05, 14);
    expect(byColumn['strong bar']!.error).toBeCloseTo(0.05, 14);
    expect(byColumn['no bar']!).toMatchObject({ error: null, counts: new Array(10).fill(0) });
    expect(error).toBeCloseTo(0.05, 14);
  });

  it('a question counts the galaxies for which all its answers and parents are known', () => {
    const rows = [
      [0.9, 0.1, 0.6, 0.2, 0.1],
      [0.9, 0.1, 0.6, 0.2, UNKNOWN],
      [UNKNOWN, 0.1, 0.6, 0.2, 0.1],
      [0.2, 0.8, 0.1, 0.1, 0],
    ];
    const reports = questionReports(
      TREE,
      rows.flat(),
      rows.flat().map((value) => (Number.isNaN(value) ? 0.5 : value)),
    );
    expect(reports.map(({ galaxies }) => galaxies)).toEqual([3, 1]);
    expect(reports[0]!.confusion).toEqual([
      [2, 0],
      [0, 1],
    ]);
  });

  it('sums with an unknown cell are skipped', () => {
    const sound = [0.4, 0.6, 0.1, 0.1, 0.2];
    expect(treeSums(TREE, [...sound, ...sound.with(NO_BAR, 0.5), ...sound.with(NO_BAR, UNKNOWN)])).toEqual({
      brokenRows: 1 / 3,
      tolerance: 0.01,
      meanError: expect.closeTo(0.3 / 5, 12),
    });
    expect(treeSums(TREE, [...sound.with(0, 0.5), ...new Array<number>(WIDTH).fill(UNKNOWN)])).toMatchObject({
      brokenRows: 1,
      meanError: expect.closeTo(0.2 / 2, 12),
    });
  });

  it('central pixels are fitted on the known cells', () => {
    const colours = Array.from({ length: 24 }, (_, i) => (i < 12 ? 10 : 200));
    const row = [0.4, 0.6, 0.1, 0.1, 0.2];
    const truth = Array.from({ length: 8 }, (_, i) => row.with(i % WIDTH, UNKNOWN)).flat();
    const predictions = centralPixelPredictions(TREE, truth, colours);
    expect(predictions.every(Number.isFinite)).toBe(true);
    predictions.forEach((value, i) => {
      expect(value).toBeCloseTo(row[i % WIDTH]!, 12);
    });
  });

  it('averages are fitted on the known cells', () => {
    const errors = [Float32Array.of(1, UNKNOWN, 2, 2), Float32Array.of(3, UNKNOWN, 0, 1)];
    expect(errorProducts(errors, 2, [0, 1])).toEqual({
      models: 2,
      cells: 3,
      products: Float64Array.of(3, 5 / 3, 5 / 3, 10 / 3),
    });
    const ids = Array.from({ length: 20 }, (_, i) => String(i));
    const truth = Float64Array.from({ length: 20 * WIDTH }, (_, i) =>
      i % 7 === 3 || i < WIDTH ? UNKNOWN : (i % 5) / 5,
    );
    const models = [0.1, 0.2].map((size) =>
      Float32Array.from(truth, (value, i) => value + size * (i % 3) - value),
    );
    const scores = scoreEnsemble(TREE, ['a', 'b'], { ids, truth, errors: models }, { seed: 1 });
    expect([scores.galaxies, scores.choosingGalaxies + scores.heldOutGalaxies]).toEqual([19, 19]);
    const at = known([...truth]);
    const expected = models.map((own) => Math.sqrt(mean(at.map((cell) => own[cell]! ** 2))));
    expect(scores.models.map((each) => each.rmse)).toEqual(expected.map((value) => expect.closeTo(value, 7)));
  });
});

it('complete tables give results bit-identical to plain means', () => {
  const truth = Float64Array.from({ length: 37 * 50 }, (_, i) => ((i * 7919) % 1009) / 1009);
  const predictions = truth.map((value, i) => value * 0.8 + ((i * 31) % 97) / 500);
  const rows = 50;
  const squares = new Float64Array(37);
  for (let i = 0; i < truth.length; i++) squares[i % 37]! += (predictions[i]! - truth[i]!) ** 2;
  const scores = rmseScores(GALAXY_ZOO_2, truth, predictions);
  const meanSquares = [...squares].map((sum) => sum / rows);
  expect(scores.rmse).toBe(Math.sqrt(mean(meanSquares)));
  expect(scores.rmseMeanOfColumns).toBe(mean(meanSquares.map(Math.sqrt)));
  expect(scores.rmseByQuestion).toEqual(
    GALAXY_ZOO_2.questions.map(({ start, end }) => Math.sqrt(mean(meanSquares.slice(start, end)))),
  );
});
