/** Statistics of vote fractions, to compare the simulated sky with the challenge. */
import { leadingAnswer } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';

const QUANTILES = [0.1, 0.5, 0.9];

/** Statistics of one column of weighted fractions. */
export interface ColumnStatistics {
  readonly mean: number;
  /** Standard deviation over the rows. */
  readonly deviation: number;
  /** At 0.1, 0.5 and 0.9. */
  readonly quantiles: readonly number[];
  /** Fraction of rows that are 0. */
  readonly zeros: number;
}

/**
 * Statistics of each column.
 *
 * @param fractions `[N, 37]`
 * @throws RangeError if the length is not a multiple of 37
 * @example
 * voteStatistics(fractions)[7].mean; // mean fraction of spiral votes
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
 * Fractions of rows led by smooth, by features, and by star or artifact.
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
 * Pearson correlation of each pair of columns; 0 if a column is constant.
 *
 * @param fractions `[N, 37]`
 * @returns `[37 × 36 / 2]`, pairs (0, 1), (0, 2) … (35, 36)
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
