/** Statistics of a table of votes, and example galaxies by class. */
import { compareIds, idKey } from '../data/ids.ts';
import { Random } from '../random/philox.ts';
import { leadingRoute } from '../tree/route.ts';
import { columnNamed, rowCount, type Tree } from '../tree/tree.ts';

/** Bins of the histograms of fractions; the last one includes 1. */
const HISTOGRAM_BINS = 20;

/** The votes for one answer. */
interface AnswerStatistics {
  /** `Class4.1`. */
  name: string;
  /** `spiral: yes`. */
  label: string;
  /** Galaxies with the answer on their leading route through the tree. */
  leading: number;
  /** Mean weighted fraction of the galaxies for which it is known; null if there is none. */
  meanFraction: number | null;
  /** Counts of known fractions in bins of 0.05, `[20]`. */
  histogram: number[];
}

/** The votes of a table. */
export interface LabelStatistics {
  galaxies: number;
  /** By question: galaxies with the question on their leading route. */
  reached: number[];
  /** By column. */
  answers: AnswerStatistics[];
}

/** The leading route of each row, as indices of columns. */
const routesOf = (tree: Tree, fractions: ArrayLike<number>): number[][] =>
  Array.from({ length: rowCount(tree, fractions) }, (_, row) =>
    leadingRoute(tree, fractions, row).map(({ index }) => index),
  );

/**
 * Counts leading answers, and summarizes fractions.
 * @param fractions weighted vote fractions `[N, columns]`, NaN where unknown
 * @throws RangeError if there is no row, or the length is not a multiple of the tree's columns
 */
export function labelStatistics(tree: Tree, fractions: ArrayLike<number>): LabelStatistics {
  const routes = routesOf(tree, fractions);
  if (routes.length === 0) throw new RangeError('expected at least one galaxy, got none');
  const leading = tree.columns.map(() => 0);
  for (const column of routes.flat()) leading[column]!++;
  const answers = tree.columns.map(({ index, name, label }): AnswerStatistics => {
    const known = routes
      .map((_, row) => fractions[row * tree.columns.length + index]!)
      .filter((fraction) => !Number.isNaN(fraction));
    const histogram = new Array<number>(HISTOGRAM_BINS).fill(0);
    for (const fraction of known) {
      const bin = Math.floor(fraction * HISTOGRAM_BINS);
      histogram[Math.min(Math.max(bin, 0), HISTOGRAM_BINS - 1)]!++;
    }
    const mean = known.reduce((sum, fraction) => sum + fraction / known.length, 0);
    return {
      name,
      label,
      leading: leading[index]!,
      meanFraction: known.length === 0 ? null : mean,
      histogram,
    };
  });
  const reached = tree.questions.map(({ start, end }) =>
    leading.slice(start, end).reduce((sum, count) => sum + count, 0),
  );
  return { galaxies: routes.length, reached, answers };
}

/** Example galaxies of a class, as rows of a table. */
export interface ClassExamples {
  readonly name: string;
  /** The table column of the class's answer, `Class7.1`. */
  readonly answer: string;
  /** Galaxies of the class. */
  readonly count: number;
  /** The highest fraction of the class's answer first. */
  readonly rows: readonly number[];
}

/**
 * Chooses examples of each class: the galaxies with the highest fractions of its answer or, with a seed, random ones. A galaxy
 * of several classes is an example of only the rarest.
 * @param ids `[N]`; random choices depend on seed and ID alone
 * @param fractions weighted vote fractions `[N, columns]`, NaN where unknown
 * @param perClass the most galaxies of a class
 */
export function classExamples(
  tree: Tree,
  ids: readonly string[],
  fractions: ArrayLike<number>,
  perClass: number,
  seed?: number,
): ClassExamples[] {
  const routes = routesOf(tree, fractions);
  const classes = (
    tree.data.classes ?? tree.columns.map(({ name, label }) => ({ name: label, column: name }))
  ).map(({ name, column: answer }) => {
    const column = columnNamed(tree, answer)!.index;
    const members = routes.flatMap((route, row) => (route.includes(column) ? [row] : []));
    return { name, answer, column, members, rows: [] as number[] };
  });
  const taken = new Set<number>();
  for (const each of classes.toSorted((a, b) => a.members.length - b.members.length)) {
    const fractionOf = (row: number) => fractions[row * tree.columns.length + each.column]!;
    const lot = (row: number) =>
      seed === undefined
        ? fractionOf(row)
        : new Random(seed, 'shuffle', ...[idKey(ids[row]!)].flat()).uniform();
    const lots = new Map(each.members.map((row) => [row, lot(row)]));
    each.rows = each.members
      .filter((row) => !taken.has(row))
      .sort((a, b) => lots.get(b)! - lots.get(a)! || compareIds(ids[a]!, ids[b]!))
      .slice(0, perClass)
      .sort((a, b) => fractionOf(b) - fractionOf(a) || compareIds(ids[a]!, ids[b]!));
    for (const row of each.rows) taken.add(row);
  }
  return classes.map(({ name, answer, members, rows }) => ({ name, answer, count: members.length, rows }));
}
