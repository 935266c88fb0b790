/** An evaluation as text: short for the terminal, in full for `evaluation.txt`. */
import type { Interval } from '../evaluate/bootstrap.ts';
import type { AnswerCalibration } from '../evaluate/calibration.ts';
import type { IntervalScores } from '../evaluate/coverage.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { PairedComparison } from '../evaluate/paired.ts';
import { type QuestionReport, REACHED } from '../evaluate/questions.ts';
import type { Tree } from '../tree/tree.ts';
import { decimals, percent } from './table.ts';

const score = (name: string, value: number | null, note = '') =>
  `  ${name.padEnd(18)} ${decimals(value, 5).padStart(7)}  ${note}`.trimEnd();
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(5)}`;

/** `95 %: 0.10210 … 0.10980`, or nothing. */
function intervalText(interval: Interval | null, format: (value: number) => string): string {
  if (interval === null) return '';
  return `${interval.level * 100} %: ${format(interval.low)} … ${format(interval.high)}`;
}

/** A difference is significant if its p-value is below this. */
const SIGNIFICANT = 0.05;

function comparisonLines(comparison: PairedComparison, name: string): string[] {
  const { rmse, difference, differenceInterval, pValue, flips, better, worse, equal } = comparison;
  const sign = difference < 0 ? 'better' : 'worse';
  const verdict =
    difference === 0 ? 'no difference' : pValue < SIGNIFICANT ? `this run is ${sign}` : 'not significant';
  return [
    `Against ${name}, galaxy by galaxy`,
    score('its pooled RMSE', rmse),
    `  ${'difference'.padEnd(17)} ${signed(difference).padStart(8)}  ${[verdict, intervalText(differenceInterval, signed)].filter(Boolean).join('; ')}`,
    `  ${'p-value'.padEnd(18)} ${pValue.toFixed(4).padEnd(7)}  by ${flips} random flips of the differences' signs`,
    `  ${'galaxies'.padEnd(18)} ${better} better, ${worse} worse, ${equal} equal`,
    '',
  ];
}

/** A row for each question: its RMSE, and how often the predicted leading answer is right. */
function questionLines({ questions, rmseByQuestion }: Evaluation): string[] {
  const width = Math.max(...questions.map(({ galaxies }) => String(galaxies).length));
  return [
    'RMSE by question                 leading answer right, of the galaxies that reached the question',
    ...questions.map(({ number, topic, galaxies, accuracy }, i) =>
      score(
        `${String(number).padStart(2)} ${topic}`,
        rmseByQuestion[i]!,
        `     ${percent(accuracy).padStart(7)} of ${String(galaxies).padStart(width)}`,
      ),
    ),
  ];
}

/** Rows of counts in aligned columns, each with its name. */
function confusionLines(confusion: readonly (readonly number[])[], names: readonly string[]): string[] {
  const width = Math.max(...confusion.flat().map((count) => String(count).length));
  const longest = 1 + Math.max(...names.map(({ length }) => length));
  return confusion.map((row, i) => {
    const counts = row.map((count) => String(count).padStart(width)).join('  ');
    return `  ${`${names[i]!}:`.padEnd(longest)}  ${counts}`;
  });
}

/** The log-likelihood of the votes, and coverage and width of the intervals, if there are any. */
function voteLines({ logLikelihood, intervals }: Evaluation): string[] {
  const likelihood =
    logLikelihood === undefined
      ? []
      : [
          score(
            'log-likelihood',
            logLikelihood,
            "mean over galaxies of the log-likelihood of a galaxy's votes",
          ),
        ];
  if (intervals === undefined) return likelihood.length === 0 ? [] : ['Votes', ...likelihood, ''];
  const { of, all, reached, byQuestion } = intervals;
  const row = (name: string, values: Readonly<Record<string, number>>, format: (value: number) => string) =>
    `  ${name.padEnd(31)} ${Object.values(values)
      .map((value) => format(value).padStart(7))
      .join('  ')}`;
  const width = (value: number) => decimals(value, 4);
  const rows = (name: string, { coverage, width: mean, constantWidth }: IntervalScores) => [
    row(`coverage, ${name}`, coverage, percent),
    row('  mean width', mean, width),
    row('  constant width, same coverage', constantWidth, width),
  ];
  return [
    'Votes',
    ...likelihood,
    `  ${`intervals of ${of}`.padEnd(31)} ${Object.keys(all.coverage)
      .map((level) => `${level} %`.padStart(7))
      .join('  ')}`,
    ...rows('all answers', all),
    ...(reached ? rows('reached questions', reached) : []),
    ...byQuestion.flatMap((each, i) =>
      each ? [row(`coverage, question ${i + 1}`, each.coverage, percent)] : [],
    ),
    '',
  ];
}

/**
 * The evaluation as plain text of a screen or two; `formatDetails` has the rest.
 * @param against name of the other run in the comparison
 */
export function formatEvaluation(tree: Tree, evaluation: Evaluation, against = 'the other'): string {
  const { galaxies, rmse, rmseMeanOfColumns, classOne, calibration, sums, kaggleScores } = evaluation;
  const interval = intervalText(evaluation.rmseInterval, (value) => value.toFixed(5));
  const labels = classOne.confusion.map((_, i) => String(i));
  return [
    `RMSE over ${galaxies} galaxies`,
    score('pooled', rmse, "Kaggle's score: all galaxies and columns together"),
    ...(interval === '' ? [] : [`  ${''.padEnd(18)} ${interval}, by bootstrap over galaxies`]),
    score('mean of columns', rmseMeanOfColumns, `mean of the ${tree.columns.length} columns' RMSEs`),
    score('mean predictor', evaluation.meanPredictorRmse, 'pooled, predicting the mean of the solutions'),
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
    ...(kaggleScores.length === 0
      ? []
      : [
          'Published scores, on other galaxies',
          ...kaggleScores.map((each) => score(each.name, each.rmse, each.what)),
          '',
        ]),
    ...(evaluation.against ? comparisonLines(evaluation.against, against) : []),
    ...questionLines(evaluation),
    '',
    'Fractions',
    score(
      'calibration error',
      calibration.error,
      `mean over answers of |predicted − true| in ${calibration.bins} bins`,
    ),
    score(
      'sums of the tree',
      sums.meanError,
      `mean error; ${percent(sums.brokenRows)} of rows break one by more than ${sums.tolerance}`,
    ),
    '',
    ...voteLines(evaluation),
    `Class one: ${evaluation.questions[0]!.answers.map((answer, i) => `${i} ${answer}`).join(', ')} (rows true, columns predicted)`,
    ...confusionLines(classOne.confusion, labels),
    '',
    classOne.reportText,
  ].join('\n');
}

/** A question's confusion and its report as scikit-learn prints it. */
function questionText({ number, topic, galaxies, answers, confusion, reportText }: QuestionReport): string {
  const title = `Question ${number}, ${topic}: ${galaxies} galaxies`;
  if (galaxies === 0) return `${title}\n`;
  return [title, ...confusionLines(confusion, answers), '', reportText].join('\n');
}

/** The non-empty bins of a column, one per line. */
function calibrationText(label: string, rmse: number | null, calibration: AnswerCalibration): string {
  const { error, counts, predicted, observed } = calibration;
  const lines = counts.flatMap((count, bin) =>
    count === 0
      ? []
      : [`  ${String(count).padStart(8)}  ${decimals(predicted[bin]!, 4)}  ${decimals(observed[bin]!, 4)}`],
  );
  return [`${label}: RMSE ${decimals(rmse, 5)}, calibration error ${decimals(error, 5)}`, ...lines, ''].join(
    '\n',
  );
}

/**
 * The evaluation in full: `formatEvaluation`, the reports of all questions, and each answer's error and calibration.
 * @param against name of the other run in the comparison
 */
export function formatDetails(tree: Tree, evaluation: Evaluation, against?: string): string {
  const { questions, calibration, rmseByColumn } = evaluation;
  return [
    formatEvaluation(tree, evaluation, against),
    `All questions, each for the galaxies of which at least ${100 * REACHED} % of the volunteers reached it (rows true, columns predicted)\n`,
    ...questions.map(questionText),
    'All answers; for each bin of predictions: galaxies, mean predicted, mean true\n',
    ...tree.columns.map(({ name, label }) =>
      calibrationText(`${name}, ${label}`, rmseByColumn[name]!, calibration.byColumn[name]!),
    ),
  ].join('\n');
}
