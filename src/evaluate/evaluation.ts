/** What `tuningfork evaluate` says of predictions: one plain object, and its text for the terminal. */
import { QUESTIONS } from '../tree/questions.ts';
import {
  type ClassificationReport,
  classificationReport,
  classOneConfusion,
  formatClassificationReport,
} from './classification.ts';
import { meanPredictorRmse, type RmseScores, rmseScores } from './rmse.ts';

/** All scores of a set of predictions; the shape of `evaluate --json`. */
export interface Evaluation extends RmseScores {
  /** How many galaxies were scored. */
  galaxies: number;
  /** For comparison: the pooled RMSE of the best constant prediction. */
  meanPredictorRmse: number;
  /** The leading answer to Q1, as a classification. */
  classOne: {
    /** `[3][3]`, rows true, columns predicted. */
    confusion: number[][];
    accuracy: number;
    report: ClassificationReport;
    /** The report as scikit-learn prints it. */
    reportText: string;
  };
}

/**
 * Scores predictions.
 *
 * @param truth true weighted vote fractions `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order (see `alignTables`)
 * @throws RangeError where the shapes differ or N is 0
 * @example
 * const { truth, predictions } = alignTables(solutions, submission);
 * console.log(formatEvaluation(evaluatePredictions(truth, predictions)));
 */
export function evaluatePredictions(truth: ArrayLike<number>, predictions: ArrayLike<number>): Evaluation {
  const scores = rmseScores(truth, predictions);
  const confusion = classOneConfusion(truth, predictions);
  const report = classificationReport(confusion);
  return {
    galaxies: report['macro avg'].support,
    ...scores,
    meanPredictorRmse: meanPredictorRmse(truth),
    classOne: {
      confusion,
      accuracy: report.accuracy,
      report,
      reportText: formatClassificationReport(report),
    },
  };
}

/**
 * The evaluation for people, as plain text of several lines.
 *
 * @example
 * process.stdout.write(formatEvaluation(evaluation));
 */
export function formatEvaluation(evaluation: Evaluation): string {
  const { galaxies, rmse, rmseMeanOfColumns, rmseByQuestion, classOne } = evaluation;
  const score = (name: string, value: number, note = '') =>
    `  ${name.padEnd(18)} ${value.toFixed(5)}  ${note}`.trimEnd();
  const width = Math.max(...classOne.confusion.flat().map((count) => String(count).length));
  const counts = (row: readonly number[]) => row.map((count) => String(count).padStart(width)).join('  ');
  return [
    `RMSE over ${galaxies} galaxies`,
    score('pooled', rmse, "Kaggle's score: all galaxies and columns together"),
    score('mean of columns', rmseMeanOfColumns, "mean of the 37 columns' RMSEs"),
    score(
      'mean predictor',
      evaluation.meanPredictorRmse,
      'pooled, if the mean of the solutions were predicted',
    ),
    '',
    'RMSE by question',
    ...QUESTIONS.map(({ number, topic }, i) =>
      score(`${String(number).padStart(2)} ${topic}`, rmseByQuestion[i]),
    ),
    '',
    'Class one: 0 smooth, 1 features or disk, 2 star or artifact (rows true, columns predicted)',
    ...classOne.confusion.map((row, i) => `  ${i}  ${counts(row)}`),
    '',
    classOne.reportText,
  ].join('\n');
}
