/** Comparisons of training variants over the same seeds, as data, tables and text. */
import { z } from 'zod';
import type { Tree } from '../tree/tree.ts';
import { escapeMarkdown, oneLine } from './escape.ts';
import {
  decimals,
  duration,
  inGroups,
  left,
  right,
  type Table,
  tableMarkdown,
  tableOf,
  tableText,
} from './table.ts';

/** Mean and spread over seeds. */
export interface Summary {
  mean: number;
  /** Standard deviation over seeds, n − 1; null for one seed. */
  deviation: number | null;
}

/** The schema of a training run's scores on its validation galaxies. @param questions of the tree */
export const comparedRunSchema = (questions: number) =>
  z.object({
    seed: z.int(),
    galaxies: z.int(),
    /** As in `RmseScores`; so are the next two. */
    rmse: z.number(),
    rmseMeanOfColumns: z.number(),
    rmseByQuestion: z.array(z.number().nullable()).length(questions),
    /** Mean error of the tree's sums, over galaxies and questions. */
    sumError: z.number(),
    /** Share of galaxies whose leading answer to Q1 is predicted, 0…1. */
    classOneAccuracy: z.number(),
    /** Duration of training. */
    seconds: z.number(),
  });

export type ComparedRun = z.infer<ReturnType<typeof comparedRunSchema>>;

/** The training runs of one variant. */
export interface VariantRuns {
  name: string;
  /** The settings that differ from the base, as text. */
  settings: string;
  /** Trainable parameters. */
  parameters: number;
  runs: ComparedRun[];
}

/** A variant with means over its runs. */
interface ComparedVariant extends VariantRuns {
  rmse: Summary;
  /** RMSE, run by run, minus that of the first variant with the same seed; null for the first. */
  difference: Summary | null;
  /** Null for a question without known fractions. */
  rmseByQuestion: (Summary | null)[];
  rmseMeanOfColumns: Summary;
  sumError: Summary;
  classOneAccuracy: Summary;
  seconds: Summary;
}

/** Variants side by side; the first is the reference. */
export interface Comparison {
  title: string;
  /** Lines about the galaxies, the seeds and the machine. */
  about: string[];
  variants: ComparedVariant[];
}

/**
 * Mean and standard deviation: √(Σ(x − mean)² / (n − 1)).
 * @throws RangeError if there are no values
 */
export function summarize(values: readonly number[]): Summary {
  const count = values.length;
  if (count === 0) throw new RangeError('expected at least one value to summarize, got none');
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, deviation: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)) };
}

/** The runs in the order of the first variant's seeds. @throws RangeError if seeds or galaxies differ */
function inOrderOf(first: VariantRuns, { name, runs }: VariantRuns): ComparedRun[] {
  const seeds = first.runs.map(({ seed }) => seed);
  const own = runs.map(({ seed }) => seed);
  const bySeed = new Map(runs.map((run) => [run.seed, run]));
  if (bySeed.size !== own.length) throw new RangeError(`${name}: a seed occurs twice: ${own.join(', ')}`);
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
    return run;
  });
}

/** Each run's RMSE minus that of the first variant's run with the same seed. */
export function pairedDifferences(variant: VariantRuns, first: VariantRuns): number[] {
  return inOrderOf(first, variant).map(({ rmse }, i) => rmse - first.runs[i]!.rmse);
}

/**
 * Averages variants and compares them with the first, seed by seed, so that the effect of the seed cancels out.
 * @throws RangeError if a variant's seeds or galaxies differ from the first one's
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
        rmseByQuestion: runs[0]!.rmseByQuestion.map((_, question) => {
          const known = runs.flatMap(({ rmseByQuestion }) => rmseByQuestion[question] ?? []);
          return known.length === 0 ? null : summarize(known);
        }),
        rmseMeanOfColumns: over(({ rmseMeanOfColumns }) => rmseMeanOfColumns),
        sumError: over(({ sumError }) => sumError),
        classOneAccuracy: over(({ classOneAccuracy }) => classOneAccuracy),
        seconds: over(({ seconds }) => seconds),
      };
    }),
  };
}

const spread = (deviation: number | null, digits: number) =>
  deviation === null ? '' : ` ± ${decimals(deviation, digits)}`;
const score = ({ mean, deviation }: Summary) => `${decimals(mean, 5)}${spread(deviation, 5)}`;
const percent = ({ mean, deviation }: Summary) =>
  `${decimals(mean * 100, 1)}${spread(deviation === null ? null : deviation * 100, 1)} %`;

/** The value with its sign, unless it rounds to 0. */
function signed({ mean, deviation }: Summary): string {
  const size = decimals(Math.abs(mean), 5);
  const sign = Number(size) === 0 ? '' : mean < 0 ? '−' : '+';
  return `${sign}${size}${spread(deviation, 5)}`;
}

const NAME = left<ComparedVariant>('Variant', ({ name }) => name);

const SETTINGS = [NAME, left<ComparedVariant>('Settings', ({ settings }) => settings || '–')];

const SCORES = [
  NAME,
  right<ComparedVariant>('Parameters', ({ parameters }) => inGroups(parameters), 'trainable parameters'),
  right<ComparedVariant>(
    'RMSE',
    ({ rmse }) => score(rmse),
    "pooled over galaxies and columns: Kaggle's score",
  ),
  right<ComparedVariant>(
    'Difference',
    ({ difference }) => (difference === null ? '–' : signed(difference)),
    'RMSE minus that of the first variant with the same seed',
  ),
  right<ComparedVariant>(
    'Mean of columns',
    ({ rmseMeanOfColumns }) => score(rmseMeanOfColumns),
    "mean of the columns' RMSEs",
  ),
  right<ComparedVariant>(
    'Class one',
    ({ classOneAccuracy }) => percent(classOneAccuracy),
    'galaxies whose leading answer to Q1 is predicted',
  ),
  right<ComparedVariant>(
    'Sum error',
    ({ sumError }) => decimals(sumError.mean, 5),
    "mean error of the decision tree's sums",
  ),
  right<ComparedVariant>('Time', ({ seconds }) => duration(seconds.mean), 'mean duration of a training run'),
];

/** The comparison as tables: settings, scores, and RMSE by question. */
export function comparisonTables(
  tree: Tree,
  { variants }: Comparison,
): Record<'settings' | 'scores' | 'byQuestion', Table> {
  const seeds = variants[0]!.runs.length;
  const means = seeds === 1 ? 'of one seed' : `mean ± standard deviation over ${seeds} seeds`;
  const questions = tree.questions.map(({ number, topic }, i) =>
    right<ComparedVariant>(
      `Q${number}`,
      ({ rmseByQuestion }) => decimals(rmseByQuestion[i]?.mean ?? null, 4),
      topic,
    ),
  );
  return {
    settings: tableOf('Variants', variants, SETTINGS),
    scores: tableOf(`Scores, ${means}`, variants, SCORES),
    byQuestion: tableOf(`RMSE by question, ${seeds === 1 ? means : 'mean'}`, variants, [NAME, ...questions]),
  };
}

/** The comparison as plain text of several lines. */
export function formatComparison(tree: Tree, comparison: Comparison): string {
  const { settings, scores, byQuestion } = comparisonTables(tree, comparison);
  const head = [comparison.title, ...comparison.about].map((line) => `${oneLine(line)}\n`).join('');
  return [head, ...[settings, scores, byQuestion].map(tableText)].join('\n');
}

/** The comparison as GitHub Markdown: tables under a heading. */
export function comparisonMarkdown(tree: Tree, comparison: Comparison): string {
  const { settings, scores, byQuestion } = comparisonTables(tree, comparison);
  const about = comparison.about.map((line) => `- ${escapeMarkdown(line)}\n`).join('');
  const head = [`## ${escapeMarkdown(comparison.title)}\n`, ...(about === '' ? [] : [about])];
  return [...head, ...[settings, scores, byQuestion].map(tableMarkdown)].join('\n');
}
