/** Fast random numbers for pixels (hundreds of thousands per picture), and smooth noise. */
import type { Random } from '../random/philox.ts';

/** Entries of the table of normal quantiles. */
const QUANTILES = 1 << 14;

/** Quantile function of the standard normal distribution (Acklam's rational approximation, relative error 1e-9). */
function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const horner = (coefficients: number[], x: number) => coefficients.reduce((sum, each) => sum * x + each, 0);
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(c, q) / (horner(d, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (horner(a, r) * q) / (horner(b, r) * r + 1);
}

let quantiles: Float32Array | undefined;

/**
 * Doty-Humphrey's sfc32 generator, seeded from Philox, which takes a hundred times as long per draw. The numbers still depend
 * only on (seed, stream, position).
 */
export class FastRandom {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;
  private readonly quantiles: Float32Array;

  constructor(random: Random) {
    [this.a, this.b, this.c] = [random.integer() | 0, random.integer() | 0, random.integer() | 0];
    for (let i = 0; i < 12; i++) this.integer();
    quantiles ??= Float32Array.from({ length: QUANTILES }, (_, k) => normalQuantile((k + 0.5) / QUANTILES));
    this.quantiles = quantiles;
  }

  /** A signed 32-bit integer. */
  integer(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum;
  }

  /** A uniform number in [0, 1). */
  uniform(): number {
    return (this.integer() >>> 0) / 2 ** 32;
  }

  /** A standard normal number, truncated at 4σ. */
  normal(): number {
    return this.quantiles[this.integer() >>> 18]!;
  }
}

/** Value noise, 0…1, periodic in x and y: random values at integer coordinates, smoothstep interpolation between them. */
export class ValueNoise {
  private readonly values: Float32Array;

  /** @param period period in x @param rows period in y */
  constructor(
    random: FastRandom,
    private readonly period: number,
    private readonly rows = 64,
  ) {
    this.values = Float32Array.from({ length: period * rows }, () => random.uniform());
  }

  at(x: number, y: number): number {
    const { period, rows, values } = this;
    const left = Math.floor(x);
    const top = Math.floor(y);
    const fx = x - left;
    const fy = y - top;
    const sx = fx * fx * (3 - 2 * fx);
    const sy = fy * fy * (3 - 2 * fy);
    const x0 = ((left % period) + period) % period;
    const x1 = x0 + 1 === period ? 0 : x0 + 1;
    const y0 = (((top % rows) + rows) % rows) * period;
    const y1 = y0 + period === rows * period ? 0 : y0 + period;
    const upper = values[y0 + x0]! + (values[y0 + x1]! - values[y0 + x0]!) * sx;
    const lower = values[y1 + x0]! + (values[y1 + x1]! - values[y1 + x0]!) * sx;
    return upper + (lower - upper) * sy;
  }
}
