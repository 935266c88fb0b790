/**
 * Split-conformal intervals for the fraction that a galaxy's volunteers will give, from the errors on galaxies that were used for
 * nothing else. For each answer, these galaxies are sorted by the predicted fraction p and cut into bins. In a bin with n galaxies,
 * the interval of level 1 - α is
 *
 *     p + the error of rank ⌊(n + 1) α/2⌋   …   p + the error of rank ⌈(n + 1) (1 - α/2)⌉ ,
 *
 * limited to 0…1. It contains the fraction of at least 1 - α of the new galaxies whose p falls into the bin, if they are drawn like the
 * sorted ones (Vovk et al. 2005, Algorithmic Learning in a Random World, section 4.5). It is narrow in bins with small errors, such as
 * those with p near 0.
 */
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { observedFractions, publishedFractions } from '../tree/conditional.ts';
import type { Tree } from '../tree/tree.ts';
import { type AnswerIntervals, LEVELS } from './posterior.ts';

const errors = z.array(z.number()).length(LEVELS.length);

export const conformalSchema = z.strictObject({
  /** Galaxies that the intervals were fitted on. */
  galaxies: z.int().min(1),
  /** By column of the tree, the bins of p in ascending order. */
  answers: z.array(
    z
      .array(
        z.strictObject({
          /** The largest p of the bin; the last bin has no limit. */
          upTo: z.number(),
          /** Errors at the lower and upper ends, by level. */
          low: errors,
          high: errors,
        }),
      )
      .min(1),
  ),
});

/** Errors by answer and predicted fraction, in the convention of the survey's tables. */
export type Conformal = z.infer<typeof conformalSchema>;

/** @throws UserError if the intervals are not for the tree's answers @param place for messages */
export function checkConformal({ columns }: Tree, { answers }: Conformal, place: string): void {
  if (answers.length === columns.length) return;
  throw new UserError(`${place}: expected ${columns.length} answers, got ${answers.length}`);
}

/**
 * With n + 1 a multiple of this, (n + 1) α/2 is whole for all levels, so that a bin's intervals contain the share 1 - α on average, and
 * no more. The last bin has up to 39 galaxies more.
 */
const STEP = 40;

/** The fewest galaxies of a bin, if there are several bins. The interval of 95 % needs STEP - 1; more make its ends less random. */
const BIN = 3 * STEP - 1;
const MOST_BINS = 10;

/** The fewest galaxies that give an interval of a level. @example fewestGalaxies(0.95) // 39 */
export const fewestGalaxies = (level: number): number => Math.ceil(2 / (1 - level) - 1e-9) - 1;

/** The errors at both ends, by level. If there are too few galaxies for a level, its interval is 0…1. */
function endsOf(sorted: readonly number[]): { low: number[]; high: number[] } {
  const n = sorted.length;
  const rankOf = (level: number) => Math.floor(((n + 1) * (1 - level)) / 2 + 1e-9);
  return {
    low: LEVELS.map((level) => sorted[rankOf(level) - 1] ?? -1),
    high: LEVELS.map((level) => (rankOf(level) < 1 ? 1 : sorted[n - rankOf(level)]!)),
  };
}

/**
 * Fits intervals.
 * @param truth cumulative fractions `[N, columns]`, NaN where unknown
 * @param predictions cumulative fractions `[N, columns]`
 */
export function fitConformal(
  tree: Tree,
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
): Conformal {
  const width = tree.columns.length;
  const galaxies = predictions.length / width;
  const row = (table: ArrayLike<number>, i: number) =>
    Array.from({ length: width }, (_, column) => table[i * width + column]!);
  const pairs = tree.columns.map((): { p: number; error: number }[] => []);
  for (let i = 0; i < galaxies; i++) {
    const [observed, predicted] = [
      observedFractions(tree, row(truth, i)),
      publishedFractions(tree, row(predictions, i)),
    ];
    for (let column = 0; column < width; column++) {
      const error = observed[column]! - predicted[column]!;
      if (!Number.isNaN(error)) pairs[column]!.push({ p: predicted[column]!, error });
    }
  }
  const answers = pairs.map((known) => {
    known.sort((one, other) => one.p - other.p);
    const bins = Math.max(1, Math.min(MOST_BINS, Math.floor(known.length / BIN)));
    const at = (edge: number) =>
      edge === bins ? known.length : STEP * Math.floor((edge * (known.length + bins)) / (bins * STEP)) - edge;
    return Array.from({ length: bins }, (_, bin) => {
      const own = known.slice(at(bin), at(bin + 1));
      const sorted = own.map(({ error }) => error).sort((one, other) => one - other);
      return { upTo: bin === bins - 1 ? 1 : own.at(-1)!.p, ...endsOf(sorted) };
    });
  });
  return { galaxies, answers };
}

/** The intervals of a galaxy's fractions, in the convention of the survey's tables. @param fractions cumulative, `[columns]` */
export function conformalIntervals(
  tree: Tree,
  { answers }: Conformal,
  fractions: ArrayLike<number>,
): AnswerIntervals[] {
  const predicted = publishedFractions(tree, fractions);
  const binOf = (column: number) =>
    answers[column]!.find(({ upTo }) => predicted[column]! <= upTo) ?? answers[column]!.at(-1)!;
  const bins = tree.columns.map(({ index }) => binOf(index));
  const limited = (value: number) => Math.min(1, Math.max(0, value));
  return LEVELS.map((level, i) => ({
    level,
    low: Float64Array.from(bins, ({ low }, column) => limited(predicted[column]! + low[i]!)),
    high: Float64Array.from(bins, ({ high }, column) => limited(predicted[column]! + high[i]!)),
  }));
}
