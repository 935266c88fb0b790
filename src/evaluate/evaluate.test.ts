import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Solutions } from '../data/votes.ts';
import { decodeSafetensors } from '../files/safetensors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { alignTables, joinTables } from './align.ts';
import { answerConfusion, classify, formatClassification } from './classification.ts';
import { evaluatePredictions } from './evaluation.ts';
import { galaxySquaredErrors, meanPredictorRmse, rmseScores } from './rmse.ts';

const GOLDENS = new URL('../../../shared/goldens/', import.meta.url);
const hasGoldens = existsSync(GOLDENS);
const skipped = hasGoldens ? '' : ' (skipped: ../shared is not here)';

describe.skipIf(!hasGoldens)(`the golden metrics of scikit-learn${skipped}`, () => {
  const golden = () => {
    const expected = JSON.parse(readFileSync(new URL('metrics.json', GOLDENS), 'utf8'));
    const file = readFileSync(new URL('metrics.safetensors', GOLDENS));
    const { tensors } = decodeSafetensors(file, 'metrics.safetensors');
    const truth = tensors.get('target')!.data as Float64Array;
    const predictions = tensors.get('prediction')!.data as Float64Array;
    return { expected, evaluation: evaluatePredictions(GALAXY_ZOO_2, truth, predictions) };
  };

  it('agree on errors', () => {
    const { expected, evaluation } = golden();
    expect(evaluation.galaxies).toBe(200);
    expect(evaluation.rmse).toBeCloseTo(expected.rmse_pooled, 13);
    expect(evaluation.rmseMeanOfColumns).toBeCloseTo(expected.rmse_mean_of_columns, 13);
    expected.rmse_by_question.forEach((value: number, i: number) => {
      expect(evaluation.rmseByQuestion[i]).toBeCloseTo(value, 13);
    });
    const columns = Object.values(evaluation.rmseByColumn);
    expect(columns.length).toBe(37);
    expected.rmse_by_column.forEach((value: number, i: number) => {
      expect(columns[i]).toBeCloseTo(value, 13);
    });
  });

  it('agree on class one, and on its text character by character', () => {
    const { confusion, accuracy, report, reportText } = golden().evaluation.classOne;
    const { expected } = golden();
    expect(confusion).toEqual(expected.class_one_confusion);
    expect(reportText).toBe(expected.class_one_report_text);
    expect(accuracy).toBeCloseTo(expected.class_one_report.accuracy, 13);
    for (const name of ['0', '1', '2', 'macro avg', 'weighted avg'] as const) {
      for (const score of ['precision', 'recall', 'f1-score', 'support'] as const) {
        expect(report[name]![score], `${name} ${score}`).toBeCloseTo(
          expected.class_one_report[name]![score],
          13,
        );
      }
    }
  });
});

describe('rmseScores', () => {
  it('pools over galaxies and columns', () => {
    const truth = new Float64Array(74);
    const predictions = new Float64Array(74);
    predictions[7] = 0.3; // Class4.1 of the first galaxy
    predictions[37 + 7] = 0.4;
    const scores = rmseScores(GALAXY_ZOO_2, truth, predictions);
    expect(scores.rmse).toBeCloseTo(Math.sqrt(0.25 / 74), 14);
    expect(scores.rmseByColumn['Class4.1']).toBeCloseTo(Math.sqrt(0.125), 14);
    expect(scores.rmseMeanOfColumns).toBeCloseTo(Math.sqrt(0.125) / 37, 14);
    expect(scores.rmseByQuestion[3]).toBeCloseTo(Math.sqrt(0.25 / 4), 14);
  });

  it('is 0 for the truth and never below the mean of the columns', () => {
    const table = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 74, maxLength: 74 });
    fc.assert(
      fc.property(table, table, (truth, predictions) => {
        const { rmse, rmseMeanOfColumns } = rmseScores(GALAXY_ZOO_2, truth, predictions);
        expect(rmse).toBeGreaterThanOrEqual(rmseMeanOfColumns - 1e-15);
        expect(rmseScores(GALAXY_ZOO_2, truth, truth).rmse).toBe(0);
        const constant = [...predictions.slice(0, 37), ...predictions.slice(0, 37)];
        expect(meanPredictorRmse(GALAXY_ZOO_2, truth)).toBeLessThanOrEqual(
          rmseScores(GALAXY_ZOO_2, truth, constant).rmse + 1e-15,
        );
      }),
    );
  });

  it('is the root of the mean over galaxies of their squared errors', () => {
    const table = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 111, maxLength: 111 });
    fc.assert(
      fc.property(table, table, (truth, predictions) => {
        const { meanSquares, weights } = galaxySquaredErrors(GALAXY_ZOO_2, truth, predictions);
        expect([...weights]).toEqual([1, 1, 1]);
        const mean = (meanSquares[0]! + meanSquares[1]! + meanSquares[2]!) / 3;
        expect(Math.sqrt(mean)).toBeCloseTo(rmseScores(GALAXY_ZOO_2, truth, predictions).rmse, 13);
      }),
    );
  });

  it('refuses different shapes, and empty tables', () => {
    expect(() => rmseScores(GALAXY_ZOO_2, new Float64Array(74), new Float64Array(37))).toThrow(
      'expected predictions for 2 galaxies, got 1',
    );
    expect(() => rmseScores(GALAXY_ZOO_2, [], [])).toThrow('expected at least one galaxy, got none');
    expect(() => rmseScores(GALAXY_ZOO_2, [1], [1])).toThrow('expected rows of 37');
  });
});

describe('the class-one report', () => {
  // The expected texts are scikit-learn's for these confusions, with labels=[0, 1, 2] and zero_division=0.
  it('has 0 for 0/0', () => {
    const text = formatClassification(
      classify([
        [4, 1, 0],
        [1, 6, 0],
        [0, 0, 0],
      ]),
      ['0', '1', '2'],
    );
    expect(text).toBe(
      [
        '              precision    recall  f1-score   support',
        '',
        '           0       0.80      0.80      0.80         5',
        '           1       0.86      0.86      0.86         7',
        '           2       0.00      0.00      0.00         0',
        '',
        '    accuracy                           0.83        12',
        '   macro avg       0.55      0.55      0.55        12',
        'weighted avg       0.83      0.83      0.83        12',
        '',
      ].join('\n'),
    );
  });

  it('rounds exact halves to even, as Python does', () => {
    const text = formatClassification(
      classify([
        [1, 7, 0], // recall 0.125
        [0, 0, 0],
        [3, 2, 3], // recall 0.375
      ]),
      ['0', '1', '2'],
    );
    expect(text.split('\n')[2]).toBe('           0       0.25      0.12      0.17         8');
    expect(text.split('\n')[4]).toBe('           2       1.00      0.38      0.55         8');
  });

  it('accepts words as names, and widens their column', () => {
    const confusion = [
      [0, 1, 0, 0],
      [2, 30, 9, 0],
      [0, 8, 21, 1],
      [0, 0, 3, 2],
    ];
    const names = ['no bulge', 'just noticeable', 'obvious', 'dominant'];
    expect(formatClassification(classify(confusion), names)).toBe(
      [
        '                 precision    recall  f1-score   support',
        '',
        '       no bulge       0.00      0.00      0.00         1',
        'just noticeable       0.77      0.73      0.75        41',
        '        obvious       0.64      0.70      0.67        30',
        '       dominant       0.67      0.40      0.50         5',
        '',
        '       accuracy                           0.69        77',
        '      macro avg       0.52      0.46      0.48        77',
        '   weighted avg       0.70      0.69      0.69        77',
        '',
      ].join('\n'),
    );
  });

  it('counts rows as true and columns as predicted', () => {
    const leading = (column: number) => Array.from({ length: 37 }, (_, i) => (i === column ? 1 : 0));
    expect(
      answerConfusion(GALAXY_ZOO_2, [...leading(0), ...leading(2)], [...leading(1), ...leading(2)], 1),
    ).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
  });
});

describe('alignTables', () => {
  const table = (file: string, ids: number[]): Solutions => ({
    file,
    ids: ids.map(String),
    fractions: Float64Array.from({ length: ids.length * 37 }, (_, i) => ids[Math.floor(i / 37)]! / 1000),
  });

  it('joins by GalaxyID, not by position', () => {
    const { ids, truth, predictions } = alignTables(
      GALAXY_ZOO_2,
      table('t.csv', [3, 1, 2]),
      table('p.csv', [1, 2, 3]),
    );
    expect(ids).toEqual(['3', '1', '2']);
    expect(predictions).toEqual(truth);
    expect([truth[0], truth[37], truth[74]]).toEqual([0.003, 0.001, 0.002]);
  });

  it('names the missing galaxies and the table', () => {
    expect(() =>
      alignTables(GALAXY_ZOO_2, table('t.csv', [1, 2, 3, 4, 5, 6]), table('p.csv', [6, 7])),
    ).toThrow(
      'p.csv lacks 5 of the 6 galaxies in t.csv: 1, 2, 3, …; t.csv lacks 1 of the 2 galaxies in p.csv: 7',
    );
  });

  it('joins the common galaxies if asked to, unless there are none', () => {
    const partial = { partial: true };
    const joined = alignTables(GALAXY_ZOO_2, table('t.csv', [1, 2, 3]), table('p.csv', [4, 3]), partial);
    expect(joined).toMatchObject({ ids: ['3'], withoutPrediction: ['1', '2'], withoutSolution: ['4'] });
    expect(() => alignTables(GALAXY_ZOO_2, table('t.csv', [1]), table('p.csv', [2]), partial)).toThrow(
      'p.csv lacks 1 of',
    );
  });

  it('joins rows of two tables; the second one’s replace those of the first', () => {
    const both = joinTables(GALAXY_ZOO_2, table('a.csv', [1, 2, 3]), table('b.csv', [4, 2]));
    expect([both.file, both.ids]).toEqual(['a.csv', ['1', '3', '4', '2']]);
    expect([0, 37, 74, 111].map((cell) => both.fractions[cell])).toEqual([0.001, 0.003, 0.004, 0.002]);
  });
});
