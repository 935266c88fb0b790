/** What `tuningfork evaluate` says of predictions: one plain object, and its text for the terminal. */
import { type Interval, type Resampling, rmseInterval } from './bootstrap.ts';
import { type Calibration, calibrate } from './calibration.ts';
import { centralPixelRmse } from './centralPixels.ts';
import { type ClassOne, classOne } from './classOne.ts';
import { comparePredictions, type PairedComparison, type SignFlips } from './paired.ts';
import { type QuestionReport, questionReports } from './questions.ts';
import { galaxySquaredErrors, meanPredictorRmse, type RmseScores, rmseScores } from './rmse.ts';
import { type TreeSums, treeSums } from './treeSums.ts';

/** All scores of a set of predictions; the shape of `evaluate --json`. */
export interface Evaluation extends RmseScores {
  /** How many galaxies were scored. */
  galaxies: number;
  /** Of `rmse`, at 95 %, by the bootstrap over galaxies; null of a single galaxy. */
  rmseInterval: Interval | null;
  /** For comparison: the pooled RMSE of the best constant prediction. */
  meanPredictorRmse: number;
  /** For comparison, where the colours were given: the pooled RMSE of Kaggle's central-pixel benchmark, cross-fitted on
   * these galaxies; null of a single galaxy. */
  centralPixelRmse?: number | null;
  /** For comparison, and with care: scores on Kaggle's test set, which is other galaxies. */
  kaggleScores: KaggleScore[];
  /** The leading answer to Q1, as a classification. */
  classOne: ClassOne;
  /** The leading answers to all questions, of the galaxies that reached them; index = number − 1. */
  questions: QuestionReport[];
  calibration: Calibration;
  /** How well the predictions keep the tree's sums. */
  sums: TreeSums;
  /** The comparison with other predictions of the same galaxies, where they were given. */
  against?: PairedComparison;
}

/** A score on Kaggle's test set. */
export interface KaggleScore {
  name: string;
  what: string;
  rmse: number;
}

/** Scores on the challenge's 79,975 test galaxies: a network of the report that this project follows, and the winner's. */
export const KAGGLE_SCORES: readonly KaggleScore[] = [
  { name: 'report', what: "the report's baseline, 16 views (Ng 2024)", rmse: 0.07742 },
  { name: 'winner', what: '17 networks, 60 views each (Dieleman 2014)', rmse: 0.07491 },
];

/** What may be given besides the predictions. */
export interface EvaluationOptions extends Resampling, SignFlips {
  /** Other predictions of the same galaxies, `[N, 37]`. */
  against?: ArrayLike<number>;
  /** The colours of the pictures' middles, `[N, 3]` (see `readCentralColours`). */
  centralColours?: ArrayLike<number>;
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
export function evaluatePredictions(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  options: EvaluationOptions = {},
): Evaluation {
  const { against, centralColours, seed } = options;
  const squaredErrors = galaxySquaredErrors(truth, predictions);
  return {
    galaxies: squaredErrors.length,
    ...rmseScores(truth, predictions),
    rmseInterval: rmseInterval(squaredErrors, options),
    meanPredictorRmse: meanPredictorRmse(truth),
    ...(centralColours && { centralPixelRmse: centralPixelRmse(truth, centralColours, seed) }),
    kaggleScores: [...KAGGLE_SCORES],
    classOne: classOne(truth, predictions),
    questions: questionReports(truth, predictions),
    calibration: calibrate(truth, predictions),
    sums: treeSums(predictions),
    ...(against && { against: comparePredictions(truth, predictions, against, options) }),
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const score = (name: string, value: number, note = '') =>
  `  ${name.padEnd(18)} ${value.toFixed(5)}  ${note}`.trimEnd();
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(5)}`;

/** `95 %: 0.10210 … 0.10980`, or nothing. */
function intervalText(interval: Interval | null, format: (value: number) => string): string {
  if (interval === null) return '';
  return `${interval.level * 100} %: ${format(interval.low)} … ${format(interval.high)}`;
}

/** Below this p-value a difference is called one. */
const SIGNIFICANT = 0.05;

function comparisonLines(comparison: PairedComparison, name: string): string[] {
  const { rmse, difference, differenceInterval, pValue, flips, better, worse, equal } = comparison;
  const sign = difference < 0 ? 'better' : 'worse';
  const verdict =
    difference === 0 ? 'no difference' : pValue < SIGNIFICANT ? `this run is ${sign}` : 'no more than chance';
  return [
    `Against ${name}, galaxy by galaxy`,
    score('its pooled RMSE', rmse),
    `  ${'difference'.padEnd(17)} ${signed(difference).padStart(8)}  ${[verdict, intervalText(differenceInterval, signed)].filter(Boolean).join('; ')}`,
    `  ${'p-value'.padEnd(18)} ${pValue.toFixed(4).padEnd(7)}  signs of the galaxies' differences flipped ${flips} times`,
    `  ${'galaxies'.padEnd(18)} ${better} better, ${worse} worse, ${equal} equal`,
    '',
  ];
}

/** A row for each question: its error, and how often the leading answer is found. */
function questionLines({ questions, rmseByQuestion }: Evaluation): string[] {
  const width = Math.max(...questions.map(({ galaxies }) => String(galaxies).length));
  return [
    `RMSE by question                 leading answer right, of the galaxies that came to the question`,
    ...questions.map(({ number, topic, galaxies, accuracy }, i) =>
      score(
        `${String(number).padStart(2)} ${topic}`,
        rmseByQuestion[i]!,
        `     ${accuracy === null ? '     –' : percent(accuracy).padStart(7)} of ${String(galaxies).padStart(width)}`,
      ),
    ),
  ];
}

/**
 * The evaluation for people, as plain text of a screen or two; `formatDetails` has the rest.
 *
 * @param against the name of what it was compared with
 * @example
 * process.stdout.write(formatEvaluation(evaluation));
 */
export function formatEvaluation(evaluation: Evaluation, against = 'the other'): string {
  const { galaxies, rmse, rmseMeanOfColumns, classOne, calibration, sums } = evaluation;
  const width = Math.max(...classOne.confusion.flat().map((count) => String(count).length));
  const counts = (row: readonly number[]) => row.map((count) => String(count).padStart(width)).join('  ');
  const interval = intervalText(evaluation.rmseInterval, (value) => value.toFixed(5));
  return [
    `RMSE over ${galaxies} galaxies`,
    score('pooled', rmse, "Kaggle's score: all galaxies and columns together"),
    ...(interval === '' ? [] : [`  ${''.padEnd(18)} ${interval}, by drawing galaxies anew`]),
    score('mean of columns', rmseMeanOfColumns, "mean of the 37 columns' RMSEs"),
    score(
      'mean predictor',
      evaluation.meanPredictorRmse,
      'pooled, if the mean of the solutions were predicted',
    ),
    ...(typeof evaluation.centralPixelRmse === 'number'
      ? [
          score(
            'central pixels',
            evaluation.centralPixelRmse,
            "pooled, Kaggle's benchmark: six clusters by colour, fitted on the other half",
          ),
        ]
      : []),
    '',
    "Scores on Kaggle's test set, which is other galaxies",
    ...evaluation.kaggleScores.map(({ name, what, rmse }) => score(name, rmse, what)),
    '',
    ...(evaluation.against ? comparisonLines(evaluation.against, against) : []),
    ...questionLines(evaluation),
    '',
    'Fractions',
    score('calibration error', calibration.error, 'mean over the answers of |predicted − true| in ten bins'),
    score(
      'sums of the tree',
      sums.meanError,
      `mean error; ${percent(sums.brokenRows)} of rows break one by more than ${sums.tolerance}`,
    ),
    '',
    'Class one: 0 smooth, 1 features or disk, 2 star or artifact (rows true, columns predicted)',
    ...classOne.confusion.map((row, i) => `  ${i}  ${counts(row)}`),
    '',
    classOne.reportText,
  ].join('\n');
}
