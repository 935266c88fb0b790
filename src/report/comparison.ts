/** Comparisons of training variants over the same seeds, as data, tables and text. */
import { z } from 'zod';
import type { Interval } from '../evaluate/bootstrap.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import type { GalaxyErrors } from '../evaluate/rmse.ts';
import { differenceInterval, seedSpread } from '../evaluate/seeds.ts';
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

/** A difference of mean RMSEs. */
interface Difference extends Summary {
  /** 95 % interval over seeds and galaxies; null unless all runs were scored on the same galaxies and some variant has two runs. */
  interval: Interval | null;
}

/** The schema of a run's scores. @param questions number of questions of the tree */
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

/**
 * A training run as a comparison has it.
 * @param galaxies the number that it is scored on
 * @param epochs those that it was trained for, with their durations
 */
export const comparedRun = (
  seed: number,
  galaxies: number,
  scores: Evaluation,
  epochs: readonly { seconds: number }[],
): ComparedRun => ({
  seed,
  galaxies,
  rmse: scores.rmse,
  rmseMeanOfColumns: scores.rmseMeanOfColumns,
  rmseByQuestion: scores.rmseByQuestion,
  sumError: scores.sums.meanError,
  classOneAccuracy: scores.classOne.accuracy,
  seconds: epochs.reduce((sum, { seconds }) => sum + seconds, 0),
});

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
  /** RMSE minus the first variant's, as in `differencesFrom`; null for the first. */
  difference: Difference | null;
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

const seedsOf = ({ runs }: VariantRuns) => runs.map(({ seed }) => seed);

/** True if the runs of two variants can be compared seed by seed. */
export const haveSameSeeds = (variant: VariantRuns, first: VariantRuns): boolean =>
  variant.runs.length === first.runs.length &&
  seedsOf(first).every((seed) => seedsOf(variant).includes(seed));

/**
 * A variant's runs, in the order of the first variant's seeds if both have the same seeds.
 * @param mayDiffer allows seeds that differ from those of the first variant
 * @throws RangeError if seeds or numbers of galaxies differ
 */
function checkedRuns(variant: VariantRuns, first: VariantRuns, mayDiffer: boolean): ComparedRun[] {
  const { name, runs } = variant;
  const own = seedsOf(variant);
  if (new Set(own).size !== own.length)
    throw new RangeError(`${name}: a seed occurs twice: ${own.join(', ')}`);
  const isSame = haveSameSeeds(variant, first);
  if (runs.length === 0 || !(isSame || mayDiffer)) {
    const seeds = seedsOf(first).join(', ');
    throw new RangeError(
      `${name}: expected the seeds of ${first.name}, ${seeds}, got ${own.join(', ') || 'none'}`,
    );
  }
  const { galaxies } = first.runs[0]!;
  const ordered = isSame ? seedsOf(first).map((seed) => runs.find((run) => run.seed === seed)!) : runs;
  ordered.forEach((run, i) => {
    const expected = isSame ? first.runs[i]!.galaxies : galaxies;
    if (run.galaxies === expected) return;
    throw new RangeError(
      `${name}, seed ${run.seed}: expected ${expected} galaxies as for ${first.name}, got ${run.galaxies}`,
    );
  });
  return ordered;
}

/** Each run's RMSE minus that of the first variant's run with the same seed, or minus the first variant's mean if the seeds differ. */
export function differencesFrom(first: VariantRuns, variant: VariantRuns): number[] {
  const { mean } = summarize(first.runs.map(({ rmse }) => rmse));
  const isPaired = haveSameSeeds(variant, first);
  const bySeed = new Map(first.runs.map(({ seed, rmse }) => [seed, rmse]));
  return variant.runs.map(({ seed, rmse }) => rmse - (isPaired ? bySeed.get(seed)! : mean));
}

/**
 * Averages variants and compares them with the first. If a variant has the seeds of the first, they are compared seed by seed,
 * so that the effect of the seed cancels out.
 * @param errors of each variant's runs, if all runs were scored on the same galaxies. Then seeds may differ, and differences
 *   have intervals.
 * @throws RangeError if a variant's seeds or galaxies differ from the first one's
 */
export function compareVariants(
  title: string,
  about: readonly string[],
  variants: readonly VariantRuns[],
  errors?: readonly (readonly GalaxyErrors[])[],
): Comparison {
  if (variants.length === 0) throw new RangeError('expected at least one variant to compare, got none');
  const [first] = variants;
  if (first!.runs.length === 0) throw new RangeError(`${first!.name}: expected at least one run, got none`);
  const names = variants.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RangeError(`two variants are named ${twice}`);
  const seedEffect = seedSpread(variants.map(({ runs }) => runs.map(({ rmse }) => rmse)));
  return {
    title,
    about: [...about],
    variants: variants.map((variant, i) => {
      const runs = checkedRuns(variant, first!, errors !== undefined);
      const over = (value: (run: ComparedRun) => number) => summarize(runs.map(value));
      const differenceOf = (): Difference => ({
        ...summarize(differencesFrom(first!, { ...variant, runs })),
        interval: errors && seedEffect ? differenceInterval(errors[i]!, errors[0]!, seedEffect) : null,
      });
      return {
        name: variant.name,
        settings: variant.settings,
        parameters: variant.parameters,
        runs,
        rmse: over(({ rmse }) => rmse),
        difference: i === 0 ? null : differenceOf(),
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

/** A mean and, over several seeds, its standard deviation. */
export const summaryText = ({ mean, deviation }: Summary, digits = 5): string =>
  `${decimals(mean, digits)}${spread(deviation, digits)}`;
const percent = ({ mean, deviation }: Summary) =>
  `${decimals(mean * 100, 1)}${spread(deviation === null ? null : deviation * 100, 1)} %`;

/** A value with its sign, unless it rounds to 0. */
function signed(value: number, digits = 5): string {
  const size = decimals(Math.abs(value), digits);
  const sign = Number(size) === 0 ? '' : value < 0 ? '−' : '+';
  return `${sign}${size}`;
}

const differenceText = ({ mean, deviation, interval }: Difference) =>
  interval === null
    ? `${signed(mean)}${spread(deviation, 5)}`
    : `${signed(mean)} (${signed(interval.low, 4)} to ${signed(interval.high, 4)})`;

const NAME = left<ComparedVariant>('Variant', ({ name }) => name);

const SETTINGS = [NAME, left<ComparedVariant>('Settings', ({ settings }) => settings || '–')];

const SCORES = [
  NAME,
  right<ComparedVariant>('Parameters', ({ parameters }) => inGroups(parameters), 'trainable parameters'),
  right<ComparedVariant>(
    'RMSE',
    ({ rmse }) => summaryText(rmse),
    "pooled over galaxies and columns: Kaggle's score",
  ),
  right<ComparedVariant>(
    'Difference',
    ({ difference }) => (difference === null ? '–' : differenceText(difference)),
    'mean RMSE minus that of the first variant; in brackets its 95 % interval over seeds and galaxies',
  ),
  right<ComparedVariant>(
    'Mean of columns',
    ({ rmseMeanOfColumns }) => summaryText(rmseMeanOfColumns),
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
  const counts = variants.map(({ runs }) => runs.length);
  const [fewest, seeds] = [Math.min(...counts), Math.max(...counts)];
  const range = fewest === seeds ? seeds : `${fewest} to ${seeds}`;
  const means = seeds === 1 ? 'of one seed' : `mean ± standard deviation over ${range} seeds`;
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
