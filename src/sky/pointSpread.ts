/** What the atmosphere makes of the light: a blur, a little different in each band. */
import type { Field } from './field.ts';

/** FWHM of a Gaussian over its σ: 2 √(2 ln 2). */
export const WIDTH_OF_SIGMA = 2.3548;

/** How far the kernel reaches, in σ. */
const REACH = 3.2;

/** A Gaussian that is moved by a part of a pixel, as weights around the middle; their sum is 1. */
function kernel(sigma: number, shift: number): Float32Array {
  const radius = Math.max(1, Math.ceil(sigma * REACH + Math.abs(shift)));
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius - shift) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((all, each) => all + each, 0);
  return weights.map((each) => each / sum);
}

/** The blur along rows; what lies beyond the edge is dark. */
function blurRows(from: Float32Array, to: Float32Array, size: number, weights: Float32Array): void {
  const radius = (weights.length - 1) / 2;
  for (let row = 0; row < size; row++) {
    const start = row * size;
    for (let column = 0; column < size; column++) {
      const end = Math.min(weights.length, size + radius - column);
      let sum = 0;
      for (let k = Math.max(0, radius - column); k < end; k++) {
        sum += weights[k]! * from[start + column + k - radius]!;
      }
      to[start + column] = sum;
    }
  }
}

/** The blur of one band. */
export interface BandBlur {
  /** Full width at half maximum, arc seconds. */
  readonly seeing: number;
  /** The band's picture is moved so far against the others, arc seconds. */
  readonly shift: readonly [x: number, y: number];
}

/**
 * Blurs a band by a Gaussian point-spread function and moves it: the survey took its bands one after the other, and they never
 * lie quite upon each other.
 * @param scratch `[size, size]`, is overwritten
 */
export function blurBand(
  { size, pixel }: Field,
  band: Float32Array,
  blur: BandBlur,
  scratch: Float32Array,
): void {
  // The light is sampled at the middles of pixels and not summed over them, which a part of the blur makes up for: a box of 1 has σ² = 1/12.
  const sigma = Math.sqrt((blur.seeing / WIDTH_OF_SIGMA / pixel) ** 2 + 1 / 12);
  blurRows(band, scratch, size, kernel(sigma, -blur.shift[0] / pixel));
  blurColumns(scratch, band, size, kernel(sigma, -blur.shift[1] / pixel));
}

/** The blur across rows, row by row: memory is read in its order. */
function blurColumns(from: Float32Array, to: Float32Array, size: number, weights: Float32Array): void {
  const radius = (weights.length - 1) / 2;
  for (let row = 0; row < size; row++) {
    const target = to.subarray(row * size, (row + 1) * size).fill(0);
    const end = Math.min(weights.length, size + radius - row);
    for (let k = Math.max(0, radius - row); k < end; k++) {
      const weight = weights[k];
      const source = (row + k - radius) * size;
      for (let column = 0; column < size; column++) target[column]! += weight! * from[source + column]!;
    }
  }
}
