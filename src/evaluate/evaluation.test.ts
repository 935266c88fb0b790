import { expect, it } from 'vitest';
import { Random } from '../random/philox.ts';
import { formatDetails, formatEvaluation } from '../report/evaluationText.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { evaluatePredictions } from './evaluation.ts';
import { questionReports } from './questions.ts';

const random = new Random(1, 'test', 5);

/** Consistent fractions of random galaxies, `[count, 37]`. */
const fractionsOf = (count: number) =>
  Array.from({ length: count }, () => [
    ...projectOntoTree(
      GALAXY_ZOO_2,
      Float64Array.from({ length: 37 }, () => random.uniform()),
    ),
  ]).flat();

it('is a page of text', () => {
  const truth = Array.from({ length: 74 }, (_, i) => (i % 37 === 0 ? 1 : 0));
  const evaluation = evaluatePredictions(
    GALAXY_ZOO_2,
    truth,
    truth.map((value, i) => Math.abs(value - (i < 37 ? 0.01 : 0.02))),
    { against: truth.map((value) => Math.abs(value - 0.015)), centralColours: [1, 2, 3, 4, 5, 6] },
  );
  expect(formatEvaluation(GALAXY_ZOO_2, evaluation, 'runs/second')).toMatchInlineSnapshot(`
    "RMSE over 2 galaxies
      pooled             0.01581  Kaggle's score: all galaxies and columns together
                         95 %: 0.01000 … 0.02000, by bootstrap over galaxies
      mean of columns    0.01581  mean of the 37 columns' RMSEs
      mean predictor     0.00000  pooled, predicting the mean of the solutions
      central pixels     0.00000  pooled, Kaggle's benchmark: six clusters by colour, fitted on the other half

    Published scores, on other galaxies
      report             0.07742  the report's baseline, 16 views (Ng 2024)
      winner             0.07491  17 networks, 60 views each (Dieleman 2014)

    Against runs/second, galaxy by galaxy
      its pooled RMSE    0.01500
      difference        +0.00081  not significant; 95 %: -0.00500 … +0.00500
      p-value            1.0000   by 9999 random flips of the differences' signs
      galaxies           1 better, 1 worse, 0 equal

    RMSE by question                 leading answer right, of the galaxies that reached the question
       1 shape           0.01581       100.0 % of 2
       2 edge-on         0.01581             – of 0
       3 bar             0.01581             – of 0
       4 spiral          0.01581             – of 0
       5 bulge           0.01581             – of 0
       6 odd             0.01581       100.0 % of 2
       7 roundness       0.01581       100.0 % of 2
       8 odd feature     0.01581             – of 0
       9 edge-on bulge   0.01581             – of 0
      10 arm winding     0.01581             – of 0
      11 arm count       0.01581             – of 0

    Fractions
      calibration error  0.01500  mean over answers of |predicted − true| in 10 bins
      sums of the tree   0.20364  mean error; 100.0 % of rows break one by more than 0.01

    Class one: 0 smooth, 1 features or disk, 2 star or artifact (rows true, columns predicted)
      0:  2  0  0
      1:  0  0  0
      2:  0  0  0

                  precision    recall  f1-score   support

               0       1.00      1.00      1.00         2
               1       0.00      0.00      0.00         0
               2       0.00      0.00      0.00         0

        accuracy                           1.00         2
       macro avg       0.33      0.33      0.33         2
    weighted avg       1.00      1.00      1.00         2
    "
  `);
});

it('leaves missing scores out of the text', () => {
  const truth = fractionsOf(1);
  const evaluation = evaluatePredictions(GALAXY_ZOO_2, truth, truth, { centralColours: [1, 2, 3] });
  expect(evaluation).toMatchObject({ galaxies: 1, rmse: 0, rmseInterval: null, centralPixelRmse: null });
  expect(formatEvaluation(GALAXY_ZOO_2, evaluation)).not.toMatch(/central|95 %|Against|NaN|null/);
  expect(evaluatePredictions(GALAXY_ZOO_2, truth, truth)).not.toHaveProperty('centralPixelRmse');
});

it('is unchanged by JSON', () => {
  const [truth, predictions] = [fractionsOf(20), fractionsOf(20)];
  const evaluation = evaluatePredictions(GALAXY_ZOO_2, truth, predictions, {
    against: fractionsOf(20),
    resamples: 50,
    flips: 99,
  });
  expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
  expect(evaluation.questions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(evaluation.questions[0]!.confusion).toEqual(evaluation.classOne.confusion);
  const text = formatDetails(GALAXY_ZOO_2, evaluation, 'runs/second');
  expect(text.startsWith(formatEvaluation(GALAXY_ZOO_2, evaluation, 'runs/second'))).toBe(true);
  expect(text).not.toMatch(/NaN|undefined|null/);
  expect(text.match(/calibration error \d/g)).toHaveLength(37);
});

it('scores a question on the galaxies that reached it', () => {
  const row = (smooth: number, round: number) => {
    const fractions = new Array<number>(37).fill(0);
    [fractions[0], fractions[1], fractions[13]] = [smooth, 1 - smooth, 1];
    [fractions[15], fractions[16]] = [smooth * round, smooth * (1 - round)];
    return fractions;
  };
  // Of Q7 (parent: smooth) the third galaxy is not counted, though its leading answer is wrong.
  const truth = [row(0.5, 0.9), row(0.9, 0.2), row(0.49, 0.8)].flat();
  const predictions = [row(0.5, 0.8), row(0.9, 0.6), row(0.49, 0.1)].flat();
  const reports = questionReports(GALAXY_ZOO_2, truth, predictions);
  expect(reports[7 - 1]).toMatchObject({
    topic: 'roundness',
    galaxies: 2,
    answers: ['completely round', 'in between', 'cigar-shaped'],
    confusion: [
      [1, 0, 0],
      [1, 0, 0],
      [0, 0, 0],
    ],
    accuracy: 0.5,
  });
  expect([reports[0]!.galaxies, reports[6 - 1]!.galaxies]).toEqual([3, 3]);
  // Nobody reached the number of arms: the accuracy is missing, not 0.
  expect(reports[11 - 1]).toMatchObject({ galaxies: 0, accuracy: null, reportText: '' });
  expect(formatDetails(GALAXY_ZOO_2, evaluatePredictions(GALAXY_ZOO_2, truth, predictions))).toContain(
    'Question 11, arm count: 0 galaxies\n',
  );
});

it('refuses tables that do not belong together', () => {
  const two = fractionsOf(2);
  expect(() => evaluatePredictions(GALAXY_ZOO_2, two, fractionsOf(1))).toThrow(
    'expected predictions for 2 galaxies, got 1',
  );
  expect(() => evaluatePredictions(GALAXY_ZOO_2, two, two, { against: fractionsOf(3) })).toThrow(
    'expected predictions for 2 galaxies, got 3',
  );
  expect(() => evaluatePredictions(GALAXY_ZOO_2, two, two, { centralColours: [1, 2, 3] })).toThrow(
    'expected 2 colours of 3 numbers, got 3 numbers',
  );
  expect(() => evaluatePredictions(GALAXY_ZOO_2, [], [])).toThrow('expected at least one galaxy, got none');
});
