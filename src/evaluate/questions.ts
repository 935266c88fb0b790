/** Each question as a classification, of the galaxies whose volunteers came to it. */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { answerConfusion, type ClassScores, classify, formatClassification } from './classification.ts';

/** How well the leading answer to a question is found. */
export interface QuestionReport {
  /** 1…11. */
  number: number;
  /** `spiral` */
  topic: string;
  /** Galaxies whose volunteers came to the question: at least half of them, by the true votes. */
  galaxies: number;
  /** The K answers in their own words. */
  answers: string[];
  /** `[K][K]`, rows true, columns predicted, in the order of `answers`. */
  confusion: number[][];
  /** Null where no galaxy came to the question. */
  accuracy: number | null;
  /** `[K]`, in the order of `answers`. */
  scores: ClassScores[];
  macroAverage: ClassScores;
  weightedAverage: ClassScores;
  /** As scikit-learn's `classification_report` prints it, with the answers as names; empty where no galaxy came. */
  reportText: string;
}

/** The least share of volunteers that must have come to a question: below it, few votes say which answer leads. */
export const REACHED = 0.5;

/**
 * Scores the leading answers to all questions, each of the galaxies of which at least half of the volunteers came to it
 * (parent fraction ≥ 0.5 in the truth); Q1 and Q6 are asked of all.
 *
 * @param truth weighted vote fractions `[N, 37]`
 * @param predictions `[N, 37]`, the same galaxies in the same order
 * @returns 11 reports, by number
 * @example
 * const spiral = questionReports(truth, predictions)[4 - 1]; // of those that half saw as disks that are not edge-on
 */
export function questionReports(truth: ArrayLike<number>, predictions: ArrayLike<number>): QuestionReport[] {
  return GALAXY_ZOO_2.questions.map(({ number, topic, start, end, parents }) => {
    const isReached = (row: number) =>
      parents.length === 0 ||
      parents.reduce((sum, parent) => sum + truth[row * GALAXY_ZOO_2.columns.length + parent]!, 0) >= REACHED;
    const confusion = answerConfusion(truth, predictions, number, isReached);
    const classification = classify(confusion);
    const { classes, accuracy, macroAverage, weightedAverage } = classification;
    const answers = GALAXY_ZOO_2.columns.slice(start, end).map(({ text }) => text);
    const galaxies = macroAverage.support;
    return {
      number,
      topic,
      galaxies,
      answers,
      confusion,
      accuracy: galaxies === 0 ? null : accuracy,
      scores: classes,
      macroAverage,
      weightedAverage,
      reportText: galaxies === 0 ? '' : formatClassification(classification, answers),
    };
  });
}
