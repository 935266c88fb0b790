/** A comparison of variants of a training, run with the same seeds: plain data, its tables, and their text. */
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { escapeMarkdown, oneLine } from './escape.ts';
import { type ColumnOf, type Table, tableMarkdown, tableOf, tableText } from './table.ts';

/** Mean and spread over seeds. */
export interface Summary {
  mean: number;
  /** Standard deviation over seeds, n − 1; null for one seed. */
  deviation: number | null;
}

/** What came out of one training. */
export interface ComparedRun {
  seed: number;
  /** How many galaxies it was validated on. */
  galaxies: number;
  /** Pooled over galaxies and columns: Kaggle's score. */
  rmse: number;
  rmseMeanOfColumns: number;
  /** `[11]`. */
  rmseByQuestion: number[];
  /** How far a question's answers are from the sum they owe by the tree, mean over galaxies and questions. */
  sumError: number;
  /** Share of galaxies whose leading answer to Q1 is predicted, 0…1. */
  classOneAccuracy: number;
  /** Duration of the training. */
  seconds: number;
}

/** The trainings of one variant. */
export interface VariantRuns {
  name: string;
  /** What it sets otherwise than the base, as text. */
  settings: string;
  /** How many numbers are trained. */
  parameters: number;
  runs: ComparedRun[];
}

/** A variant with its runs summed up. */
export interface ComparedVariant extends VariantRuns {
  rmse: Summary;
  /** RMSE, run by run, minus that of the first variant with the same seed; null for the first. */
  difference: Summary | null;
  /** `[11]`. */
  rmseByQuestion: Summary[];
  rmseMeanOfColumns: Summary;
  sumError: Summary;
  classOneAccuracy: Summary;
  seconds: Summary;
}

/** Variants side by side; the others are measured against the first. */
export interface Comparison {
  title: string;
  /** A line each on the galaxies, the seeds, the machine. */
  about: string[];
  variants: ComparedVariant[];
}

/**
 * Mean and standard deviation: √(Σ(x − mean)² / (n − 1)).
 *
 * @throws RangeError where there are no values
 * @example summarize([1, 2, 3]) // { mean: 2, deviation: 1 }
 */
export function summarize(values: readonly number[]): Summary {
  const count = values.length;
  if (count === 0) throw new RangeError('expected at least one value to summarize, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)) };
}

/** The runs in the order of the first variant's seeds. @throws RangeError where they are not of these seeds */
function inOrderOf(first: VariantRuns, { name, runs }: VariantRuns): ComparedRun[] {
  const seeds = first.runs.map(({ seed }) => seed);
  const own = runs.map(({ seed }) => seed);
  const bySeed = new Map(runs.map((run) => [run.seed, run]));
  if (bySeed.size !== own.length) throw new RangeError(`${name}: a seed comes twice: ${own.join(', ')}`);
  if (own.length !== seeds.length || !seeds.every((seed) => bySeed.has(seed))) {
    throw new RangeError(
      `${name}: expected the seeds of ${first.name}, ${seeds.join(', ')}, got ${own.join(', ') || 'none'}`,
    );
  }
  return first.runs.map(({ seed, galaxies }) => {
    const run = bySeed.get(seed)!;
    if (run.galaxies !== galaxies) {
      throw new RangeError(
        `${name}, seed ${seed}: expected ${galaxies} galaxies as for ${first.name}, got ${run.galaxies}`,
      );
    }
    if (run.rmseByQuestion.length !== GALAXY_ZOO_2.questions.length) {
      throw new RangeError(
        `${name}, seed ${seed}: expected ${GALAXY_ZOO_2.questions.length} RMSEs by question, got ${run.rmseByQuestion.length}`,
      );
    }
    return run;
  });
}

/**
 * Each run's RMSE minus that of the first variant's run with the same seed.
 *
 * @example pairedDifferences(comparison.variants[1], comparison.variants[0]) // [-0.0012, -0.0009, -0.0015]
 */
export function pairedDifferences(variant: VariantRuns, first: VariantRuns): number[] {
  return inOrderOf(first, variant).map(({ rmse }, i) => rmse - first.runs[i]!.rmse);
}

/**
 * Sums variants up and compares them with the first, seed by seed: what a seed does to both cancels out.
 *
 * @throws RangeError where a variant's seeds differ from the first's, or it was validated on other galaxies
 * @example
 * const comparison = compareVariants('Attention', ['115 galaxies'], [
 *   { name: 'baseline', settings: '', parameters: 2896709, runs: withoutAttention },
 *   { name: 'CBAM', settings: '--attention 1', parameters: 2984213, runs: withAttention },
 * ]);
 * comparison.variants[1].difference?.mean; // -0.0012 or so
 */
export function compareVariants(
  title: string,
  about: readonly string[],
  variants: readonly VariantRuns[],
): Comparison {
  if (variants.length === 0) throw new RangeError('expected at least one variant to compare, got none');
  const [first] = variants;
  if (first!.runs.length === 0) throw new RangeError(`${first!.name}: expected at least one run, got none`);
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RangeError(`two variants are named ${twice}`);
  return {
    title,
    about: [...about],
    variants: variants.map((variant, i) => {
      const runs = inOrderOf(first!, variant);
      const over = (value: (run: ComparedRun) => number) => summarize(runs.map(value));
      return {
        name: variant.name,
        settings: variant.settings,
        parameters: variant.parameters,
        runs,
        rmse: over(({ rmse }) => rmse),
        difference: i === 0 ? null : summarize(pairedDifferences(variant, first!)),
        rmseByQuestion: GALAXY_ZOO_2.questions.map((_, question) =>
          over(({ rmseByQuestion }) => rmseByQuestion[question]!),
        ),
        rmseMeanOfColumns: over(({ rmseMeanOfColumns }) => rmseMeanOfColumns),
        sumError: over(({ sumError }) => sumError),
        classOneAccuracy: over(({ classOneAccuracy }) => classOneAccuracy),
        seconds: over(({ seconds }) => seconds),
      };
    }),
  };
}

const spread = (deviation: number | null, digits: number) =>
  deviation === null ? '' : ` ± ${deviation.toFixed(digits)}`;
const score = ({ mean, deviation }: Summary) => `${mean.toFixed(5)}${spread(deviation, 5)}`;
const percent = ({ mean, deviation }: Summary) =>
  `${(mean * 100).toFixed(1)}${spread(deviation === null ? null : deviation * 100, 1)} %`;

/** With its sign, but for what rounds to 0. */
function signed({ mean, deviation }: Summary): string {
  const size = Math.abs(mean).toFixed(5);
  const sign = Number(size) === 0 ? '' : mean < 0 ? '−' : '+';
  return `${sign}${size}${spread(deviation, 5)}`;
}

/**
 * A duration for people.
 * @example duration(672) // '11.2 min'
 */
export function duration(seconds: number): string {
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.95 * 60) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const NAME: ColumnOf<ComparedVariant> = { label: 'Variant', align: 'left', cell: ({ name }) => name };

/** What each variant is. */
const SETTINGS: readonly ColumnOf<ComparedVariant>[] = [
  NAME,
  { label: 'Settings', align: 'left', cell: ({ settings }) => settings || '–' },
];

/** What came out: the one definition for terminal, Markdown and page. */
const SCORES: readonly ColumnOf<ComparedVariant>[] = [
  NAME,
  {
    label: 'Parameters',
    align: 'right',
    note: 'trained numbers',
    cell: ({ parameters }) => parameters.toLocaleString('en-US'),
  },
  {
    label: 'RMSE',
    align: 'right',
    note: "pooled over galaxies and columns: Kaggle's score",
    cell: ({ rmse }) => score(rmse),
  },
  {
    label: 'Difference',
    align: 'right',
    note: 'RMSE minus that of the first variant with the same seed',
    cell: ({ difference }) => (difference === null ? '–' : signed(difference)),
  },
  {
    label: 'Mean of columns',
    align: 'right',
    note: "mean of the 37 columns' RMSEs",
    cell: ({ rmseMeanOfColumns }) => score(rmseMeanOfColumns),
  },
  {
    label: 'Class one',
    align: 'right',
    note: 'galaxies whose leading answer to Q1 is predicted',
    cell: ({ classOneAccuracy }) => percent(classOneAccuracy),
  },
  {
    label: 'Sums off by',
    align: 'right',
    note: 'how far the answers to a question are from the sum they owe by the decision tree, mean',
    cell: ({ sumError }) => sumError.mean.toFixed(5),
  },
  {
    label: 'Time',
    align: 'right',
    note: 'of a training, mean',
    cell: ({ seconds }) => duration(seconds.mean),
  },
];

const BY_QUESTION: readonly ColumnOf<ComparedVariant>[] = [
  NAME,
  ...GALAXY_ZOO_2.questions.map(
    ({ number, topic }, i): ColumnOf<ComparedVariant> => ({
      label: `Q${number}`,
      align: 'right',
      note: topic,
      cell: ({ rmseByQuestion }) => rmseByQuestion[i]!.mean.toFixed(4),
    }),
  ),
];

/**
 * The comparison as tables: what the variants are, what came out, and RMSE by question.
 *
 * @example comparisonTables(comparison).scores.rows[0][2] // '0.10590 ± 0.00050'
 */
export function comparisonTables({
  variants,
}: Comparison): Record<'settings' | 'scores' | 'byQuestion', Table> {
  const seeds = variants[0]!.runs.length;
  const means = seeds === 1 ? 'of one seed' : `mean ± standard deviation over ${seeds} seeds`;
  return {
    settings: tableOf('Variants', SETTINGS, variants),
    scores: tableOf(`Scores, ${means}`, SCORES, variants),
    byQuestion: tableOf(`RMSE by question, ${seeds === 1 ? means : 'mean'}`, BY_QUESTION, variants),
  };
}

/**
 * The comparison for a terminal, as plain text of several lines.
 *
 * @example process.stdout.write(formatComparison(comparison));
 */
export function formatComparison(comparison: Comparison): string {
  const { settings, scores, byQuestion } = comparisonTables(comparison);
  const head = [comparison.title, ...comparison.about].map((line) => `${oneLine(line)}\n`).join('');
  return [head, ...[settings, scores, byQuestion].map(tableText)].join('\n');
}

/**
 * The comparison for documents, as GitHub's tables under a heading.
 *
 * @example await writeFile('attention.md', comparisonMarkdown(comparison));
 */
export function comparisonMarkdown(comparison: Comparison): string {
  const { settings, scores, byQuestion } = comparisonTables(comparison);
  const about = comparison.about.map((line) => `- ${escapeMarkdown(line)}\n`).join('');
  const head = [`## ${escapeMarkdown(comparison.title)}\n`, ...(about === '' ? [] : [about])];
  return [...head, ...[settings, scores, byQuestion].map(tableMarkdown)].join('\n');
}
