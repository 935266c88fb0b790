/** Labels: the volunteers' answers for each galaxy. An unknown label is NaN, never zero. */
import type { ImageReference } from '../picture/batch.ts';
import type { GalaxyImage } from './images.ts';

/** Labels of N galaxies, `[N, columns]` in the order of the tree's columns; NaN where unknown. */
export type Labels =
  /** Vote fractions, 0…1. */
  | { readonly kind: 'fractions'; readonly values: Float64Array }
  /** Numbers of votes. Reserved: no table is read as counts yet. */
  | { readonly kind: 'counts'; readonly values: Float64Array };

/** A galaxy with its labels and its picture. */
export interface LabelledGalaxy<Image extends ImageReference = ImageReference> extends GalaxyImage<Image> {
  /** Weighted vote fractions `[columns]`; NaN where unknown. */
  readonly fractions: Float64Array;
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
