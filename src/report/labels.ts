/** What a table of votes holds: which answers lead, how fractions are distributed, and galaxies that stand for classes. */
import { compareIds, idKey } from '../data/ids.ts';
import { Random } from '../random/philox.ts';
import { leadingRoute } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

/** Bins of the histograms of fractions; the last holds 1. */
export const HISTOGRAM_BINS = 20;

/** The votes for one answer. */
export interface AnswerStatistics {
  /** `Class4.1`. */
  name: string;
  /** `spiral: yes`. */
  label: string;
  /** Galaxies on whose leading way through the tree it is. */
  leading: number;
  /** Of the weighted fractions of all galaxies. */
  meanFraction: number;
  /** How many galaxies have a fraction of 0…0.05, 0.05…0.1, and so on, `[20]`. */
  histogram: number[];
}

/** The votes of a table. */
export interface LabelStatistics {
  galaxies: number;
  /** `[11]`: to how many galaxies' leading ways the question belongs. */
  reached: number[];
  /** `[37]`. */
  answers: AnswerStatistics[];
}

/** The leading way of each row, as columns. */
function routesOf(fractions: ArrayLike<number>): number[][] {
  const row = new Float64Array(GALAXY_ZOO_2.columns.length);
  return Array.from({ length: rowCount(GALAXY_ZOO_2, fractions) }, (_, i) => {
    for (let column = 0; column < GALAXY_ZOO_2.columns.length; column++)
      row[column] = fractions[i * GALAXY_ZOO_2.columns.length + column]!;
    return leadingRoute(GALAXY_ZOO_2, row).map(({ index }) => index);
  });
}

/**
 * Counts leading answers, and sums fractions up.
 *
 * @param fractions weighted vote fractions `[N, 37]`
 * @throws RangeError where there is no row, or the length is no multiple of 37
 * @example
 * labelStatistics(fractions).answers[7].leading; // galaxies with spiral arms
 */
export function labelStatistics(fractions: ArrayLike<number>): LabelStatistics {
  const routes = routesOf(fractions);
  if (routes.length === 0) throw new RangeError('expected at least one galaxy, got none');
  const answers = GALAXY_ZOO_2.columns.map(
    ({ name, label }): AnswerStatistics => ({
      name,
      label,
      leading: 0,
      meanFraction: 0,
      histogram: new Array<number>(HISTOGRAM_BINS).fill(0),
    }),
  );
  for (const column of routes.flat()) answers[column]!.leading++;
  for (let i = 0; i < fractions.length; i++) {
    const answer = answers[i % GALAXY_ZOO_2.columns.length];
    answer!.meanFraction += fractions[i]! / routes.length;
    const bin = Math.floor(fractions[i]! * HISTOGRAM_BINS);
    answer!.histogram[Math.min(Math.max(bin, 0), HISTOGRAM_BINS - 1)]!++;
  }
  const reached = GALAXY_ZOO_2.questions.map(({ start, end }) =>
    answers.slice(start, end).reduce((sum, { leading }) => sum + leading, 0),
  );
  return { galaxies: routes.length, reached, answers };
}

/** A class of galaxies: those whose leading way through the tree has this answer. */
export interface GalaxyClass {
  readonly name: string;
  /** Column of the answer. */
  readonly column: number;
}

const galaxyClass = (name: string, answer: string): GalaxyClass => ({
  name,
  column: GALAXY_ZOO_2.columns.findIndex((column) => column.name === `Class${answer}`),
});

/**
 * The classes that are shown, along Hubble's tuning fork and then the odd ones.
 * @example GALAXY_CLASSES[0] // { name: 'completely round', column: 15 }
 */
export const GALAXY_CLASSES: readonly GalaxyClass[] = [
  galaxyClass('completely round', '7.1'),
  galaxyClass('in between', '7.2'),
  galaxyClass('cigar-shaped', '7.3'),
  galaxyClass('disk, edge-on', '2.1'),
  galaxyClass('disk without arms', '4.2'),
  galaxyClass('spiral', '4.1'),
  galaxyClass('barred disk', '3.1'),
  galaxyClass('ring', '8.1'),
  galaxyClass('lens or arc', '8.2'),
  galaxyClass('disturbed', '8.3'),
  galaxyClass('irregular', '8.4'),
  galaxyClass('merger', '8.6'),
  galaxyClass('dust lane', '8.7'),
  galaxyClass('star or artifact', '1.3'),
];

/** Rows of a table that stand for a class. */
export interface ClassExamples extends GalaxyClass {
  /** How many galaxies are of the class. */
  count: number;
  /** Rows, the highest fraction of the class's answer first. */
  rows: number[];
}

/**
 * Chooses galaxies for each class: those with the highest fractions of its answer, or, with a seed, any of the class.
 * A galaxy may be of several classes; it stands for one, and the rarest class chooses first.
 *
 * @param ids `[N]`: the draw depends on seed and ID alone
 * @param fractions weighted vote fractions `[N, 37]`
 * @param perClass how many at most
 * @example
 * const { ids, fractions } = await readSolutions(GALAXY_ZOO_2, 'solutions.csv');
 * classExamples(ids, fractions, 6)[0].rows.map((row) => ids[row]); // the roundest six
 */
export function classExamples(
  ids: readonly string[],
  fractions: ArrayLike<number>,
  perClass: number,
  seed?: number,
): ClassExamples[] {
  const members = GALAXY_CLASSES.map((): number[] => []);
  const classOfColumn = new Map(GALAXY_CLASSES.map(({ column }, i) => [column, i]));
  routesOf(fractions).forEach((route, row) => {
    for (const column of route) {
      const found = classOfColumn.get(column);
      if (found !== undefined) members[found]!.push(row);
    }
  });
  const chosen = members.map((): number[] => []);
  const taken = new Set<number>();
  const rarestFirst = members
    .map((_, i) => i)
    .sort((a, b) => members[a]!.length - members[b]!.length || a - b);
  for (const i of rarestFirst) {
    const fractionOf = (row: number) =>
      fractions[row * GALAXY_ZOO_2.columns.length + GALAXY_CLASSES[i]!.column];
    const lots = new Map(
      members[i]!.map((row) => [
        row,
        seed === undefined
          ? fractionOf(row)
          : new Random(seed, 'shuffle', ...[idKey(ids[row]!)].flat()).uniform(),
      ]),
    );
    const free = members[i]!.filter((row) => !taken.has(row));
    const drawn = free
      .sort((a, b) => lots.get(b)! - lots.get(a)! || compareIds(ids[a]!, ids[b]!))
      .slice(0, perClass);
    for (const row of drawn) taken.add(row);
    chosen[i] = drawn.sort((a, b) => fractionOf(b)! - fractionOf(a)! || compareIds(ids[a]!, ids[b]!));
  }
  return GALAXY_CLASSES.map((each, i) => ({ ...each, count: members[i]!.length, rows: chosen[i]! }));
}
