/** Quantised floating-point pixels (FITS standard 4.0, section 10.2). */
import { UserError } from '../../errors.ts';

/** Random numbers of a dither; section 10.2.1 and appendix I. */
const COUNT = 10_000;

let numbers: Float32Array | undefined;

/** The sequence of appendix I: seed ← 16807 seed mod (2³¹ - 1), from 1; divided by 2³¹ - 1. */
function randomNumbers(): Float32Array {
  if (numbers !== undefined) return numbers;
  numbers = new Float32Array(COUNT);
  let seed = 1;
  for (let i = 0; i < COUNT; i++) {
    seed = (16807 * seed) % 2147483647;
    numbers[i] = seed / 2147483647;
  }
  return numbers;
}

/** SUBTRACTIVE_DITHER_2 keeps pixels of 0 exact: they are stored as this integer. */
const ZERO = -2147483646;

export const DITHERS = ['NO_DITHER', 'SUBTRACTIVE_DITHER_1', 'SUBTRACTIVE_DITHER_2'] as const;
export type Dither = (typeof DITHERS)[number];

/** @throws UserError unless ZQUANTIZ is known */
export function checkDither(name: string, where: string): Dither {
  const dither = name === 'NONE' ? 'NO_DITHER' : DITHERS.find((each) => each === name);
  if (dither !== undefined) return dither;
  throw new UserError(`${where}: ZQUANTIZ: expected ${DITHERS.join(', ')}, got ${JSON.stringify(name)}`);
}

/** How the pixels of a tile were quantised. */
export interface Quantisation {
  scale: number;
  zero: number;
  /** The integer of NaN. */
  blank: number | undefined;
  dither: Dither;
  /** Index of the tile, from 0, plus ZDITHER0 - 1. */
  seed: number;
}

/** Writes zero + scale × (integer - random + 1/2) into `pixels`; without dither, zero + scale × integer. */
export function dequantise(
  integers: Uint8Array | Int16Array | Int32Array,
  { scale, zero, blank, dither, seed }: Quantisation,
  pixels: Float32Array | Float64Array,
): void {
  const isDithered = dither !== 'NO_DITHER';
  const zeroAt = dither === 'SUBTRACTIVE_DITHER_2' ? ZERO : undefined;
  const random = randomNumbers();
  let row = seed % COUNT;
  let next = Math.floor(random[row]! * 500);
  for (let i = 0; i < integers.length; i++) {
    const value = integers[i]!;
    if (value === blank) pixels[i] = Number.NaN;
    else if (value === zeroAt) pixels[i] = 0;
    else pixels[i] = (isDithered ? value - random[next]! + 0.5 : value) * scale + zero;
    if (++next < COUNT) continue;
    row = (row + 1) % COUNT;
    next = Math.floor(random[row]! * 500);
  }
}
