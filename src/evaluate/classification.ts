/** Classification of galaxies by the leading answer to a question. */
import { isKnown, leadingAnswer } from '../tree/route.ts';
import { rowCount, type Tree } from '../tree/tree.ts';

/** Scores of a class, or means over classes; 0/0 is 0. Keys as in scikit-learn's `output_dict`. */
export interface ClassScores {
  precision: number;
  recall: number;
  'f1-score': number;
  /** Galaxies whose true class is this one. */
  support: number;
}

/** Scores of all classes of a confusion matrix. */
interface Classification {
  /** In the order of the confusion's rows. */
  classes: ClassScores[];
  /** The share of galaxies on the diagonal. */
  accuracy: number;
  /** Means over the classes, with equal weights. */
  macroAverage: ClassScores;
  /** Means over the classes, weighted by their supports. */
  weightedAverage: ClassScores;
}

/**
 * Counts galaxies by the leading answer to a question; galaxies with an unknown answer are skipped.
 * @param truth `[N, columns]`, NaN where unknown
 * @param predictions `[N, columns]`
 * @param question its number, from 1
 * @param isCounted selects rows. Default: all
 * @returns `[K][K]` for a question with K answers; rows true, columns predicted
 */
export function answerConfusion(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  question: number,
  isCounted: (row: number) => boolean = () => true,
): number[][] {
  const { start, end } = tree.questions[question - 1]!;
  const answers = end - start;
  const confusion = Array.from({ length: answers }, () => new Array<number>(answers).fill(0));
  const rows = rowCount(tree, truth);
  for (let row = 0; row < rows; row++) {
    if (!isKnown(tree, truth, question, row) || !isCounted(row)) continue;
    const found = leadingAnswer(tree, predictions, question, row) - start;
    confusion[leadingAnswer(tree, truth, question, row) - start]![found]!++;
  }
  return confusion;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

/** The weighted means of the scores over the classes. */
function average(classes: readonly ClassScores[], weights: readonly number[]): ClassScores {
  const over = (score: keyof ClassScores) =>
    ratio(sum(classes.map((scores, i) => scores[score] * weights[i]!)), sum(weights));
  return {
    precision: over('precision'),
    recall: over('recall'),
    'f1-score': over('f1-score'),
    support: sum(classes.map(({ support }) => support)),
  };
}

/**
 * Precision = hits / predicted, recall = hits / true and F1 = 2 hits / (predicted + true) of each class, and their means over
 * classes.
 * @param confusion `[K][K]`, rows true, columns predicted
 */
export function classify(confusion: readonly (readonly number[])[]): Classification {
  const classes = confusion.map((row, i): ClassScores => {
    const support = sum(row);
    const predicted = sum(confusion.map((other) => other[i]!));
    return {
      precision: ratio(row[i]!, predicted),
      recall: ratio(row[i]!, support),
      'f1-score': ratio(2 * row[i]!, predicted + support),
      support,
    };
  });
  const supports = classes.map(({ support }) => support);
  return {
    classes,
    accuracy: ratio(sum(confusion.map((row, i) => row[i]!)), sum(supports)),
    macroAverage: average(
      classes,
      classes.map(() => 1),
    ),
    weightedAverage: average(classes, supports),
  };
}

/**
 * Two decimals as Python formats them: halves round to even, whereas `toFixed` rounds them up. Only odd eighths are exactly
 * between two hundredths.
 */
function twoDecimals(x: number): string {
  const hundredths = Math.floor(x * 100);
  return (x * 8) % 2 === 1 && hundredths % 2 === 0 ? (hundredths / 100).toFixed(2) : x.toFixed(2);
}

/**
 * The exact text of scikit-learn's `classification_report` with these `target_names` and `zero_division=0`.
 * @param names one for each class
 */
export function formatClassification(classification: Classification, names: readonly string[]): string {
  const { classes, accuracy, macroAverage, weightedAverage } = classification;
  const width = Math.max(...['weighted avg', ...names].map((name) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    `${name.padStart(width)} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`;
  const scores = (name: string, { precision, recall, 'f1-score': f1, support }: ClassScores) =>
    line(name, [...[precision, recall, f1].map(twoDecimals), String(support)]);
  return [
    line('', ['precision', 'recall', 'f1-score', 'support']),
    '\n',
    ...classes.map((ofClass, i) => scores(names[i]!, ofClass)),
    '\n',
    line('accuracy', ['', '', twoDecimals(accuracy), String(macroAverage.support)]),
    scores('macro avg', macroAverage),
    scores('weighted avg', weightedAverage),
  ].join('');
}
