/** Joins predictions and solutions by ID. */
import type { Solutions } from '../data/solutions.ts';
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';

/** Truth and predictions of the same galaxies in the same order. */
export interface AlignedTables {
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

function describeMissing(ids: readonly string[], absent: Solutions, present: Solutions): string {
  return `${absent.file} lacks ${ids.length} of the ${present.ids.length} galaxies in ${present.file}: ${someIds(ids)}`;
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
  const rowOf = new Map(predictions.ids.map((id, row) => [id, row]));
  const pairs: { id: string; row: number; predicted: number }[] = [];
  const withoutPrediction: string[] = [];
  solutions.ids.forEach((id, row) => {
    const predicted = rowOf.get(id);
    if (predicted === undefined) withoutPrediction.push(id);
    else pairs.push({ id, row, predicted });
    rowOf.delete(id);
  });
  const withoutSolution = [...rowOf.keys()];
  const problems: string[] = [];
  if (withoutPrediction.length > 0) {
    problems.push(describeMissing(withoutPrediction, predictions, solutions));
  }
  if (withoutSolution.length > 0) problems.push(describeMissing(withoutSolution, solutions, predictions));
  if (problems.length > 0 && (!partial || pairs.length === 0)) throw new UserError(problems.join('; '));

  return {
    ids: pairs.map(({ id }) => id),
    truth: gatherRows(
      solutions.fractions,
      columns.length,
      pairs.map(({ row }) => row),
    ),
    predictions: gatherRows(
      predictions.fractions,
      columns.length,
      pairs.map(({ predicted }) => predicted),
    ),
    withoutPrediction,
    withoutSolution,
  };
}
