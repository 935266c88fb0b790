/** The report on class one, under the names and in the shape of scikit-learn, for programs that know those. */
import { answerConfusion, type ClassScores, classify, formatClassification } from './classification.ts';

/** scikit-learn's `classification_report(…, output_dict=True, zero_division=0)` for the labels 0, 1, 2. */
export interface ClassificationReport {
  '0': ClassScores;
  '1': ClassScores;
  '2': ClassScores;
  accuracy: number;
  'macro avg': ClassScores;
  'weighted avg': ClassScores;
}

/** The leading answer to Q1, as a classification: 0 smooth, 1 features or disk, 2 star or artifact. */
export interface ClassOne {
  /** `[3][3]`, rows true, columns predicted. */
  confusion: number[][];
  accuracy: number;
  report: ClassificationReport;
  /** The report as scikit-learn prints it. */
  reportText: string;
}

/**
 * Scores the leading answers to Q1, of all galaxies.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`
 * @example
 * classOne(truth, predictions).report['macro avg'].recall; // 0.83
 */
export function classOne(truth: ArrayLike<number>, predictions: ArrayLike<number>): ClassOne {
  const confusion = answerConfusion(truth, predictions, 1);
  const classification = classify(confusion);
  const { classes, accuracy, macroAverage, weightedAverage } = classification;
  return {
    confusion,
    accuracy,
    report: {
      '0': classes[0]!,
      '1': classes[1]!,
      '2': classes[2]!,
      accuracy,
      'macro avg': macroAverage,
      'weighted avg': weightedAverage,
    },
    reportText: formatClassification(classification, ['0', '1', '2']),
  };
}
