/** Seeing: a Gaussian PSF per band, and the registration error between bands. */
import type { Field } from './field.ts';

/** FWHM over σ of a Gaussian: 2 √(2 ln 2). */
export const FWHM_PER_SIGMA = 2.3548;

/** Half width of the kernel, in σ. */
const REACH = 3.2;

/** Weights of a Gaussian shifted by a subpixel offset, normalised to 1. @param sigma pixels @param shift pixels */
function kernel(sigma: number, shift: number): Float32Array {
  const radius = Math.max(1, Math.ceil(sigma * REACH + Math.abs(shift)));
  const weights = Float32Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius - shift) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((all, each) => all + each, 0);
  return weights.map((each) => each / sum);
}

/** Convolves each row; pixels outside the field are zero. */
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

export interface BandBlur {
  /** Full width at half maximum, arc seconds. */
  readonly seeing: number;
  /** Registration offset from the other bands, arc seconds. */
  readonly shift: readonly [x: number, y: number];
}

/**
 * Convolves a band with a Gaussian PSF and shifts it: the survey exposed its bands one after the other, so their registration is
 * imperfect.
 * @param scratch `[size, size]`, overwritten
 */
export function blurBand(
  { size, pixel }: Field,
  band: Float32Array,
  blur: BandBlur,
  scratch: Float32Array,
): void {
  // Light was sampled at pixel centres; adding the variance of a pixel, 1/12, integrates it over the pixel.
  const sigma = Math.sqrt((blur.seeing / FWHM_PER_SIGMA / pixel) ** 2 + 1 / 12);
  blurRows(band, scratch, size, kernel(sigma, -blur.shift[0] / pixel));
  blurColumns(scratch, band, size, kernel(sigma, -blur.shift[1] / pixel));
}

/** Convolves each column, row by row for contiguous memory access. */
function blurColumns(from: Float32Array, to: Float32Array, size: number, weights: Float32Array): void {
  const radius = (weights.length - 1) / 2;
  for (let row = 0; row < size; row++) {
    const target = to.subarray(row * size, (row + 1) * size).fill(0);
    const end = Math.min(weights.length, size + radius - row);
    for (let k = Math.max(0, radius - row); k < end; k++) {
      const weight = weights[k]!;
      const source = (row + k - radius) * size;
      for (let column = 0; column < size; column++) target[column]! += weight * from[source + column]!;
    }
  }
}
