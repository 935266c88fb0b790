/** Brings predictions into the order of the solutions. */
import type { Solutions } from '../data/solutions.ts';
import { UserError } from '../errors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

/** Two tables of the same galaxies in the same order. */
export interface AlignedTables {
  /** `[N]`. */
  readonly ids: string[];
  /** `[N, 37]`. */
  readonly truth: Float64Array;
  /** `[N, 37]`. */
  readonly predictions: Float64Array;
  /** Galaxies of the solutions that have no prediction. */
  readonly withoutPrediction: string[];
  /** Galaxies of the predictions that have no solution. */
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
 *
 * @param partial whether galaxies that only one table has are let pass; they are listed in the result
 * @throws UserError that names what is missing where, or where the tables have no galaxy in common
 * @example
 * const { truth, predictions } = alignTables(solutions, await readSolutions(GALAXY_ZOO_2, 'mine.csv'));
 */
export function alignTables(
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

  const gather = (fractions: Float64Array, rows: readonly number[]) => {
    const gathered = new Float64Array(rows.length * GALAXY_ZOO_2.columns.length);
    rows.forEach((row, i) => {
      gathered.set(
        fractions.subarray(row * GALAXY_ZOO_2.columns.length, (row + 1) * GALAXY_ZOO_2.columns.length),
        i * GALAXY_ZOO_2.columns.length,
      );
    });
    return gathered;
  };
  return {
    ids: pairs.map(({ id }) => id),
    truth: gather(
      solutions.fractions,
      pairs.map(({ row }) => row),
    ),
    predictions: gather(
      predictions.fractions,
      pairs.map(({ predicted }) => predicted),
    ),
    withoutPrediction,
    withoutSolution,
  };
}
