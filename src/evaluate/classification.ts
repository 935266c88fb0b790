/** The report on class one: which answer to Q1 leads, in the votes and in the predictions. */
import { rowCount } from '../tree/columns.ts';
import { QUESTIONS } from '../tree/questions.ts';
import { leadingAnswer } from '../tree/route.ts';

/** Scores of a class, or means over classes; what would be 0/0 is 0. Keys as in scikit-learn's `output_dict`. */
export interface ClassScores {
  precision: number;
  recall: number;
  'f1-score': number;
  /** How many galaxies truly are of this class. */
  support: number;
}

/** scikit-learn's `classification_report(…, output_dict=True, zero_division=0)` for the labels 0, 1, 2. */
export interface ClassificationReport {
  '0': ClassScores;
  '1': ClassScores;
  '2': ClassScores;
  accuracy: number;
  'macro avg': ClassScores;
  'weighted avg': ClassScores;
}

const CLASSES = QUESTIONS[0].end;

/**
 * Counts galaxies by the leading answer to Q1: smooth, features or disk, star or artifact.
 *
 * @param truth `[N, 37]`
 * @param predictions `[N, 37]`
 * @returns `[3][3]`, rows true, columns predicted
 * @example
 * classOneConfusion(truth, predictions); // [[1658, 211, 0], [306, 2132, 0], [0, 2, 2]]
 */
export function classOneConfusion(truth: ArrayLike<number>, predictions: ArrayLike<number>): number[][] {
  const confusion = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  const rows = rowCount(truth);
  for (let row = 0; row < rows; row++) {
    confusion[leadingAnswer(truth, 1, row)][leadingAnswer(predictions, 1, row)]++;
  }
  return confusion;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The scores' means over the classes under weights. */
function average(classes: readonly ClassScores[], weights: readonly number[]): ClassScores {
  const over = (score: keyof ClassScores) =>
    ratio(sum(classes.map((scores, i) => scores[score] * weights[i])), sum(weights));
  return {
    precision: over('precision'),
    recall: over('recall'),
    'f1-score': over('f1-score'),
    support: sum(classes.map(({ support }) => support)),
  };
}

/**
 * For each class precision = hits / predicted, recall = hits / true and F1 = 2 hits / (predicted + true), their harmonic
 * mean; then the means over classes, with equal weights (macro) and with the supports as weights.
 *
 * @param confusion `[3][3]`, rows true, columns predicted
 * @example
 * classificationReport(confusion)['macro avg'].recall;
 */
export function classificationReport(confusion: readonly (readonly number[])[]): ClassificationReport {
  const classes = confusion.map((row, i): ClassScores => {
    const support = sum(row);
    const predicted = sum(confusion.map((other) => other[i]));
    return {
      precision: ratio(row[i], predicted),
      recall: ratio(row[i], support),
      'f1-score': ratio(2 * row[i], predicted + support),
      support,
    };
  });
  const supports = classes.map(({ support }) => support);
  return {
    '0': classes[0],
    '1': classes[1],
    '2': classes[2],
    accuracy: ratio(sum(confusion.map((row, i) => row[i])), sum(supports)),
    'macro avg': average(
      classes,
      classes.map(() => 1),
    ),
    'weighted avg': average(classes, supports),
  };
}

/**
 * Two decimals as Python's `format` has them. `toFixed` differs only where x lies exactly between two hundredths, which
 * a binary fraction does at odd eighths alone: there Python takes the even digit, `toFixed` the upper one.
 */
function twoDecimals(x: number): string {
  const hundredths = Math.floor(x * 100);
  return (x * 8) % 2 === 1 && hundredths % 2 === 0 ? (hundredths / 100).toFixed(2) : x.toFixed(2);
}

/**
 * The report as scikit-learn prints it, to the letter.
 *
 * @example
 * process.stdout.write(formatClassificationReport(report));
 */
export function formatClassificationReport(report: ClassificationReport): string {
  const line = (name: string, cells: readonly string[]) =>
    `${name.padStart('weighted avg'.length)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`;
  const scores = (name: '0' | '1' | '2' | 'macro avg' | 'weighted avg') => {
    const { precision, recall, 'f1-score': f1, support } = report[name];
    return line(name, [...[precision, recall, f1].map(twoDecimals), String(support)]);
  };
  return [
    line('', ['precision', 'recall', 'f1-score', 'support']),
    '\n',
    scores('0'),
    scores('1'),
    scores('2'),
    '\n',
    line('accuracy', ['', '', twoDecimals(report.accuracy), String(report['macro avg'].support)]),
    scores('macro avg'),
    scores('weighted avg'),
  ].join('');
}
