/** Joins predictions and solutions by ID. */
import type { Solutions } from '../data/solutions.ts';
import { UserError } from '../errors.ts';
import type { Tree } from '../tree/tree.ts';

/** Two tables of the same galaxies in the same order. */
export interface AlignedTables {
  /** `[N]`. */
  readonly ids: string[];
  /** `[N, columns]`. */
  readonly truth: Float64Array;
  /** `[N, columns]`. */
  readonly predictions: Float64Array;
  /** Galaxies of the solutions without a prediction. */
  readonly withoutPrediction: string[];
  /** Galaxies of the predictions without a solution. */
  readonly withoutSolution: string[];
}

/** The first of some IDs, for a message. @example someIds(['7', '8', '9', '10']) // '7, 8, 9, …' */
export const someIds = (ids: readonly string[]): string =>
  ids.slice(0, 3).join(', ') + (ids.length > 3 ? ', …' : '');

function describeMissing(ids: readonly string[], absent: Solutions, present: Solutions): string {
  return `${absent.file} lacks ${ids.length} of the ${present.ids.length} galaxies in ${present.file}: ${someIds(ids)}`;
}

/**
 * Joins two tables by ID, in the order of `solutions`.
 * @param partial lets galaxies pass that only one table has; the result lists them
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

  const width = columns.length;
  const gather = (fractions: Float64Array, rowOfPair: (pair: (typeof pairs)[number]) => number) => {
    const gathered = new Float64Array(pairs.length * width);
    pairs.forEach((pair, i) => {
      const row = rowOfPair(pair);
      gathered.set(fractions.subarray(row * width, (row + 1) * width), i * width);
    });
    return gathered;
  };
  return {
    ids: pairs.map(({ id }) => id),
    truth: gather(solutions.fractions, ({ row }) => row),
    predictions: gather(predictions.fractions, ({ predicted }) => predicted),
    withoutPrediction,
    withoutSolution,
  };
}
