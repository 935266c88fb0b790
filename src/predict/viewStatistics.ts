/** Mean and standard deviation of the predictions of a galaxy's views. */

/**
 * The mean of views.
 * @param fractions `[views, columns]`
 * @param chosen rows to average. Default: all
 * @returns `[columns]`
 * @example meanOfViews(Float32Array.of(0.2, 0.8, 0.4, 0.6), 2) // [0.3, 0.7]
 */
export function meanOfViews(
  fractions: Float32Array,
  columns: number,
  chosen?: readonly number[],
): Float32Array {
  const rows = chosen ?? Array.from({ length: fractions.length / columns }, (_, row) => row);
  const mean = new Float32Array(columns);
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (const row of rows) sum += fractions[row * columns + column]!;
    mean[column] = sum / rows.length;
  }
  return mean;
}

/**
 * The standard deviation of views about their mean, with views - 1 in the denominator. It is the spread of single views, and
 * does not shrink with their number.
 * @param fractions `[views, columns]`, two views or more
 * @param mean `[columns]`
 * @returns `[columns]`
 * @example spreadOfViews(Float32Array.of(0.2, 0.8, 0.4, 0.6), Float32Array.of(0.3, 0.7)) // [0.141…, 0.141…]
 */
export function spreadOfViews(fractions: Float32Array, mean: Float32Array): Float32Array {
  const squares = new Float64Array(mean.length);
  for (let i = 0; i < fractions.length; i++) {
    const column = i % mean.length;
    squares[column]! += (fractions[i]! - mean[column]!) ** 2;
  }
  const views = fractions.length / mean.length;
  return Float32Array.from(squares, (sum) => Math.sqrt(sum / (views - 1)));
}
