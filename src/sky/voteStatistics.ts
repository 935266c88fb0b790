/** How vote fractions are spread, column by column: what a simulated sky shares with the challenge's own. */

import { leadingAnswer } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

/** Quantiles that tell the shape of a column. */
const QUANTILES = [0.1, 0.5, 0.9];

/** One column of weighted fractions. */
export interface ColumnStatistics {
  readonly mean: number;
  /** Standard deviation over the rows. */
  readonly deviation: number;
  /** At 0.1, 0.5 and 0.9. */
  readonly quantiles: readonly number[];
  /** Share of rows with nothing at all. */
  readonly zeros: number;
}

/**
 * Statistics of each column.
 *
 * @param fractions `[N, 37]`
 * @throws RangeError where the length is no multiple of 37
 * @example
 * voteStatistics(fractions)[7].mean; // how many people see spiral arms, on average
 */
export function voteStatistics(fractions: ArrayLike<number>): ColumnStatistics[] {
  const rows = rowCount(GALAXY_ZOO_2, fractions);
  return Array.from({ length: GALAXY_ZOO_2.columns.length }, (_, column) => {
    const values = Float64Array.from(
      { length: rows },
      (_, row) => fractions[row * GALAXY_ZOO_2.columns.length + column]!,
    );
    values.sort();
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return {
      mean,
      deviation: Math.sqrt(squares / rows),
      quantiles: QUANTILES.map((share) => values[Math.round(share * (rows - 1))]!),
      zeros: values.filter((value) => value === 0).length / rows,
    };
  });
}

/**
 * Of all rows, the share that smooth, features, and star or artifact lead in.
 *
 * @param fractions `[N, 37]`
 * @returns `[3]`
 */
export function leadingShares(fractions: ArrayLike<number>): number[] {
  const shares = [0, 0, 0];
  const rows = rowCount(GALAXY_ZOO_2, fractions);
  for (let row = 0; row < rows; row++) shares[leadingAnswer(GALAXY_ZOO_2, fractions, 1, row)]! += 1 / rows;
  return shares;
}

/**
 * Pearson's correlation between every two columns; 0 where a column does not vary.
 *
 * @param fractions `[N, 37]`
 * @returns `[37 × 36 / 2]`, the pairs (0, 1), (0, 2) … (35, 36)
 */
export function columnCorrelations(fractions: ArrayLike<number>): Float64Array {
  const rows = rowCount(GALAXY_ZOO_2, fractions);
  const statistics = voteStatistics(fractions);
  const correlations: number[] = [];
  for (let a = 0; a < GALAXY_ZOO_2.columns.length; a++) {
    for (let b = a + 1; b < GALAXY_ZOO_2.columns.length; b++) {
      let products = 0;
      for (let row = 0; row < rows; row++) {
        const first = row * GALAXY_ZOO_2.columns.length;
        products +=
          (fractions[first + a]! - statistics[a]!.mean) * (fractions[first + b]! - statistics[b]!.mean);
      }
      const scale = rows * statistics[a]!.deviation * statistics[b]!.deviation;
      correlations.push(scale === 0 ? 0 : products / scale);
    }
  }
  return Float64Array.from(correlations);
}
