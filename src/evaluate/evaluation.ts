/** All scores of a set of predictions. */
import { type TreeSums, treeSums } from '../tree/sums.ts';
import type { PublishedScore, Tree } from '../tree/tree.ts';
import { type Interval, type Resampling, rmseInterval } from './bootstrap.ts';
import { type Calibration, calibrate } from './calibration.ts';
import { centralPixelRmse } from './centralPixels.ts';
import type { VoteScores } from './coverage.ts';
import { comparePredictions, type PairedComparison, type SignFlips } from './paired.ts';
import { type ClassOne, classOne, type QuestionReport, questionReports } from './questions.ts';
import { galaxySquaredErrors, meanPredictorRmse, type RmseScores, rmseScores } from './rmse.ts';

/** All scores of a set of predictions, as `evaluate --json` prints them. */
export interface Evaluation extends RmseScores, VoteScores {
  /** Galaxies with at least one known fraction. */
  galaxies: number;
  /** 95 % interval of `rmse`, by the bootstrap over galaxies; null for a single galaxy. */
  rmseInterval: Interval | null;
  /** Pooled RMSE of the best constant prediction. */
  meanPredictorRmse: number;
  /** Pooled RMSE of the cross-fitted central-pixel benchmark, if colours were given; null for a single galaxy. */
  centralPixelRmse?: number | null;
  /** Published scores, on other galaxies; for Galaxy Zoo 2 on Kaggle's test set. */
  kaggleScores: PublishedScore[];
  /** The leading answer to the first question, as a classification. */
  classOne: ClassOne;
  /** Leading answers to each question, over the galaxies that reached it; index = number − 1. */
  questions: QuestionReport[];
  calibration: Calibration;
  /** How well the predictions satisfy the tree's sums. */
  sums: TreeSums;
  /** The comparison with other predictions of the same galaxies, if given. */
  against?: PairedComparison;
}

/** Optional inputs of {@link evaluatePredictions}. */
interface EvaluationOptions extends Resampling, SignFlips {
  /** Other predictions of the same galaxies, `[N, columns]`. */
  against?: ArrayLike<number>;
  /** The pictures' central colours, `[N, 3]` (see `centralColour`). */
  centralColours?: ArrayLike<number>;
  /** The scores of the predictions' uncertainty (see `voteScores`). */
  votes?: VoteScores;
}

/**
 * Scores predictions.
 * @param truth true cumulative vote fractions `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`, the same galaxies in the same order (see `alignTables`)
 * @throws RangeError if the shapes differ or nothing is known
 */
export function evaluatePredictions(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: EvaluationOptions = {},
): Evaluation {
  const { against, centralColours, votes, seed } = options;
  const errors = galaxySquaredErrors(tree, truth, predictions);
  return {
    galaxies: errors.meanSquares.length,
    ...rmseScores(tree, truth, predictions),
    rmseInterval: rmseInterval(errors, options),
    meanPredictorRmse: meanPredictorRmse(tree, truth),
    ...(centralColours && { centralPixelRmse: centralPixelRmse(tree, truth, centralColours, seed) }),
    kaggleScores: [...(tree.data.publishedScores ?? [])],
    classOne: classOne(tree, truth, predictions),
    questions: questionReports(tree, truth, predictions),
    calibration: calibrate(tree, truth, predictions),
    sums: treeSums(tree, predictions),
    ...votes,
    ...(against && { against: comparePredictions(tree, truth, predictions, against, options) }),
  };
}
