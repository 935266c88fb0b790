/** Statistics of vote fractions, to compare the simulated sky with the challenge. */
import { leadingAnswer } from '../tree/route.ts';
import { rowCount, type Tree } from '../tree/tree.ts';

const QUANTILES = [0.1, 0.5, 0.9];

/** Statistics of one column of cumulative fractions. */
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
 * @param fractions `[N, columns]`
 * @throws RangeError if the length is not a multiple of the tree's columns
 */
export function voteStatistics(tree: Tree, fractions: ArrayLike<number>): ColumnStatistics[] {
  const rows = rowCount(tree, fractions);
  return Array.from({ length: tree.columns.length }, (_, column) => {
    const values = Float64Array.from(
      { length: rows },
      (_, row) => fractions[row * tree.columns.length + column]!,
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
 * The share of rows that each answer of the first question leads.
 *
 * @param fractions `[N, columns]`
 * @returns one share for each answer of the first question
 */
export function leadingShares(tree: Tree, fractions: ArrayLike<number>): number[] {
  const { start, end } = tree.questions[0]!;
  const shares = new Array<number>(end - start).fill(0);
  const rows = rowCount(tree, fractions);
  for (let row = 0; row < rows; row++) shares[leadingAnswer(tree, fractions, 1, row)]! += 1 / rows;
  return shares;
}

/**
 * Pearson correlation of each pair of columns; 0 if a column is constant.
 *
 * @param fractions `[N, columns]`
 * @returns the pairs (0, 1), (0, 2) …, (1, 2) …
 */
export function columnCorrelations(tree: Tree, fractions: ArrayLike<number>): Float64Array {
  const rows = rowCount(tree, fractions);
  const statistics = voteStatistics(tree, fractions);
  const correlations: number[] = [];
  for (let a = 0; a < tree.columns.length; a++) {
    for (let b = a + 1; b < tree.columns.length; b++) {
      let products = 0;
      for (let row = 0; row < rows; row++) {
        const first = row * tree.columns.length;
        products +=
          (fractions[first + a]! - statistics[a]!.mean) * (fractions[first + b]! - statistics[b]!.mean);
      }
      const scale = rows * statistics[a]!.deviation * statistics[b]!.deviation;
      correlations.push(scale === 0 ? 0 : products / scale);
    }
  }
  return Float64Array.from(correlations);
}
