/** Joins predictions and solutions by ID. */
import type { Solutions } from '../data/votes.ts';
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';

/** Truth and predictions of the same galaxies in the same order. */
interface AlignedTables {
  /** `[N]`. */
  readonly ids: string[];
  /** `[N, columns]`. */
  readonly truth: Float64Array;
  /** `[N, columns]`. */
  readonly predictions: Float64Array;
  /** IDs that only the solutions have. */
  readonly withoutPrediction: string[];
  /** IDs that only the predictions have. */
  readonly withoutSolution: string[];
}

/** The first three IDs, for a message: `7, 8, 9, …`. */
export const someIds = (ids: readonly string[]): string =>
  ids.slice(0, 3).join(', ') + (ids.length > 3 ? ', …' : '');

/** Some rows of a table `[N, width]`, in the given order. */
export function gatherRows(table: ArrayLike<number>, width: number, rows: ArrayLike<number>): Float64Array {
  const gathered = new Float64Array(rows.length * width);
  for (let i = 0; i < gathered.length; i++) {
    gathered[i] = table[rows[Math.floor(i / width)]! * width + (i % width)]!;
  }
  return gathered;
}

/** The galaxies of `present` that `absent` lacks, in words; empty if there are none. */
function describeMissing(ids: readonly string[], absent: Solutions, present: Solutions): string[] {
  if (ids.length === 0) return [];
  const share = `${ids.length} of the ${present.ids.length} galaxies in ${present.file}`;
  return [`${absent.file} lacks ${share}: ${someIds(ids)}`];
}

/**
 * Joins two tables by ID, in the order of `solutions`.
 * @param partial allow galaxies that only one table has; the result lists them
 * @throws UserError that names what is missing in which table; with `partial`, if no galaxy is in both
 */
export function alignTables(
  { columns }: Tree,
  solutions: Solutions,
  predictions: Solutions,
  { partial = false }: { partial?: boolean } = {},
): AlignedTables {
  const rowsOf = ({ ids }: Solutions) => new Map(ids.map((id, row) => [id, row]));
  const [solved, predicted] = [rowsOf(solutions), rowsOf(predictions)];
  const ids = solutions.ids.filter((id) => predicted.has(id));
  const withoutPrediction = solutions.ids.filter((id) => !predicted.has(id));
  const withoutSolution = predictions.ids.filter((id) => !solved.has(id));
  const problems = [
    ...describeMissing(withoutPrediction, predictions, solutions),
    ...describeMissing(withoutSolution, solutions, predictions),
  ];
  if (problems.length > 0 && (!partial || ids.length === 0)) throw new UserError(problems.join('; '));
  const gather = ({ fractions }: Solutions, rows: ReadonlyMap<string, number>) =>
    gatherRows(
      fractions,
      columns.length,
      ids.map((id) => rows.get(id)!),
    );
  return {
    ids,
    truth: gather(solutions, solved),
    predictions: gather(predictions, predicted),
    withoutPrediction,
    withoutSolution,
  };
}

/** The rows of two tables. If both have a galaxy, the row of the second counts. */
export function joinTables({ columns }: Tree, first: Solutions, second: Solutions | undefined): Solutions {
  if (second === undefined) return first;
  const replaced = new Set(second.ids);
  const rows = [...first.ids.keys()].filter((row) => !replaced.has(first.ids[row]!));
  const kept = gatherRows(first.fractions, columns.length, rows);
  const fractions = new Float64Array(kept.length + second.fractions.length);
  fractions.set(kept);
  fractions.set(second.fractions, kept.length);
  return { file: first.file, ids: [...rows.map((row) => first.ids[row]!), ...second.ids], fractions };
}
