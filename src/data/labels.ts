/** Labels: the volunteers' answers for each galaxy. An unknown label is NaN, never zero. */
import type { ImageReference } from '../picture/batch.ts';
import type { GalaxyImage } from './images.ts';

/** A galaxy with its labels and its picture. */
export interface LabelledGalaxy<Image extends ImageReference = ImageReference> extends GalaxyImage<Image> {
  /** Cumulative vote fractions `[columns]`; NaN where unknown. */
  readonly fractions: Float64Array;
  /** Numbers of votes `[columns]`, NaN where unknown; undefined if its table has none. */
  readonly counts?: Float64Array;
  /** Weight of its votes in the loss. */
  readonly weight: number;
}

/** The squared errors of the known cells from `start` to `end` − 1: their sum and number. */
export function squaredErrors(
  truth: ArrayLike<number>,
  predictions: ArrayLike<number>,
  start = 0,
  end = truth.length,
): { sum: number; known: number } {
  let sum = 0;
  let known = 0;
  for (let i = start; i < end; i++) {
    if (Number.isNaN(truth[i])) continue;
    sum += (predictions[i]! - truth[i]!) ** 2;
    known++;
  }
  return { sum, known };
}

/** True for a number of votes. @example [3, -1, 0.5].map(isCount) // [true, false, false] */
export const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
