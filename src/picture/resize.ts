/**
 * Pillow's bilinear resize, bit for bit: a triangle filter that is as wide as the pixels of the larger picture. Rows come first and
 * are rounded to 8 bits, then columns. Source: Pillow, src/libImaging/Resample.c.
 */

/** Fractional bits of the weights: `PRECISION_BITS`, 32 - 8 - 2. */
const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);

/** The weights of the input pixels from `start` on in an output pixel. Their sum is 1. */
export interface Taps {
  start: number;
  weights: readonly number[];
}

/** The taps that resample the range `from`…`from + range` of `length` pixels to `size` pixels. */
export function triangleTaps(length: number, size: number, from = 0, range = length): Taps[] {
  const scale = range / size;
  const reach = Math.max(scale, 1);
  const slope = 1 / reach;
  return Array.from({ length: size }, (_, i) => {
    const centre = from + (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(length, Math.trunc(centre + reach + 0.5));
    const weights = Array.from({ length: end - start }, (_, k) =>
      Math.max(0, 1 - Math.abs((start + k - centre + 0.5) * slope)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}

/**
 * A square RGB picture at another size, bit-identical to Pillow's `resize((to, to), BILINEAR)`.
 * @param pixels `[side, side, 3]`, 8 bits
 * @returns `[to, to, 3]`
 */
export function resizeSquare(pixels: Uint8Array, side: number, to: number): Uint8Array {
  const taps = triangleTaps(side, to).map(({ start, weights }) => ({
    start,
    weights: Int32Array.from(weights, (weight) => Math.round(weight * 2 ** PRECISION)),
  }));
  const stride = 3 * to;
  const rows = new Uint8Array(side * stride);
  for (let y = 0, at = 0; y < side; y++) {
    for (const { start, weights } of taps) {
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let k = 0, from = 3 * (y * side + start); k < weights.length; k++, from += 3) {
        red += Math.imul(weights[k]!, pixels[from]!);
        green += Math.imul(weights[k]!, pixels[from + 1]!);
        blue += Math.imul(weights[k]!, pixels[from + 2]!);
      }
      rows[at++] = red >> PRECISION;
      rows[at++] = green >> PRECISION;
      rows[at++] = blue >> PRECISION;
    }
  }
  const result = new Uint8Array(to * stride);
  const sums = new Int32Array(stride);
  for (const [y, { start, weights }] of taps.entries()) {
    sums.fill(HALF);
    for (const [k, weight] of weights.entries()) {
      const row = (start + k) * stride;
      for (let x = 0; x < stride; x++) sums[x]! += Math.imul(weight, rows[row + x]!);
    }
    for (let x = 0; x < stride; x++) result[y * stride + x] = sums[x]! >> PRECISION;
  }
  return result;
}
