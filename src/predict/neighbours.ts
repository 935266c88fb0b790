/** The galaxies whose features are most alike. */

/** A row of a table of features, and its cosine similarity, -1…1. */
export interface Neighbour {
  readonly row: number;
  readonly similarity: number;
}

/**
 * The rows with the highest cosine similarity, the highest first; every row is compared. The mean of all rows is subtracted first:
 * features after a ReLU are never negative, so that the plain cosines of all galaxies are close to 1. The similarity to
 * a vector without length, such as the mean itself, is 0.
 * @param values `[rows, width]`
 * @param query `[width]`
 * @param except a row to leave out, that of the query
 * @example
 * nearestRows(Float32Array.of(1, 0, 0, 1, 1, 0.1), [1, 0], 1, 0); // [{ row: 2, similarity: 0.99… }]
 */
export function nearestRows(
  values: Float32Array,
  query: ArrayLike<number>,
  count: number,
  except?: number,
): Neighbour[] {
  const width = query.length;
  const rows = values.length / width;
  const mean = new Float64Array(width);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let i = 0; i < width; i++) mean[i]! += values[at++]!;
  }
  for (let i = 0; i < width; i++) mean[i]! /= rows;
  const wanted = mean.map((each, i) => query[i]! - each);
  const length = Math.sqrt(wanted.reduce((sum, each) => sum + each ** 2, 0));
  const similarities = new Float64Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    let [product, square] = [0, 0];
    for (let i = 0; i < width; i++) {
      const centred = values[at++]! - mean[i]!;
      product += centred * wanted[i]!;
      square += centred * centred;
    }
    similarities[row] = product / (Math.sqrt(square) * length) || 0; // 0 / 0
  }
  return Array.from(similarities, (similarity, row) => ({ row, similarity }))
    .filter(({ row }) => row !== except)
    .sort((a, b) => b.similarity - a.similarity || a.row - b.row)
    .slice(0, count);
}
