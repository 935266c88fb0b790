/** Each question as a classification of the galaxies that reached it. */
import { sumOfParents } from '../tree/sums.ts';
import type { Tree } from '../tree/tree.ts';
import { answerConfusion, type ClassScores, classify, formatClassification } from './classification.ts';

/** Scores of the leading answer to a question. */
export interface QuestionReport {
  /** From 1. */
  number: number;
  /** `spiral` */
  topic: string;
  /** Number of galaxies for which at least half of the volunteers reached the question, by the true votes. */
  galaxies: number;
  /** Texts of the K answers. */
  answers: string[];
  /** `[K][K]`, rows true, columns predicted, in the order of `answers`. */
  confusion: number[][];
  /** Null if no galaxy reached the question. */
  accuracy: number | null;
  /** `[K]`, in the order of `answers`. */
  scores: ClassScores[];
  macroAverage: ClassScores;
  weightedAverage: ClassScores;
  /** The text of scikit-learn's `classification_report`; empty if no galaxy reached the question. */
  reportText: string;
}

/** Share of volunteers that must reach a question; otherwise too few votes decide which answer leads. */
export const REACHED = 0.5;

/**
 * Scores the leading answers to all questions. A galaxy counts if it reached the question (sum of its parents ≥ 0.5 in the
 * truth) and all answers to it are known.
 * @param truth cumulative vote fractions `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`, the same galaxies in the same order
 * @returns by number
 */
export function questionReports(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
): QuestionReport[] {
  return tree.questions.map((question) => {
    const { number, topic, start, end } = question;
    const isReached = (row: number) => sumOfParents(question, truth, row * tree.columns.length) >= REACHED;
    const confusion = answerConfusion(tree, truth, predictions, number, isReached);
    const classification = classify(confusion);
    const { classes, accuracy, macroAverage, weightedAverage } = classification;
    const answers = tree.columns.slice(start, end).map(({ text }) => text);
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

/** scikit-learn's `classification_report(…, output_dict=True, zero_division=0)`; the labels are 0, 1, …. */
interface ClassificationReport {
  [label: number]: ClassScores;
  accuracy: number;
  'macro avg': ClassScores;
  'weighted avg': ClassScores;
}

/** The leading answer to the first question as a classification, in the shape of scikit-learn. */
export interface ClassOne {
  /** `[K][K]`, rows true, columns predicted. */
  confusion: number[][];
  accuracy: number;
  report: ClassificationReport;
  /** The report as scikit-learn prints it. */
  reportText: string;
}

/**
 * Scores the leading answers to the first question.
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`
 */
export function classOne(tree: Tree, truth: ArrayLike<number>, predictions: ArrayLike<number>): ClassOne {
  const confusion = answerConfusion(tree, truth, predictions, 1);
  const classification = classify(confusion);
  const { classes, accuracy, macroAverage, weightedAverage } = classification;
  return {
    confusion,
    accuracy,
    report: {
      ...Object.fromEntries(classes.entries()),
      accuracy,
      'macro avg': macroAverage,
      'weighted avg': weightedAverage,
    },
    reportText: formatClassification(
      classification,
      classes.map((_, label) => String(label)),
    ),
  };
}
