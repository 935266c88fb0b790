/** Labels: the answers of volunteers, galaxy by galaxy. An unknown label is NaN, never zero. */
import type { ImageReference } from '../picture/batch.ts';

/** Labels of N galaxies, `[N, columns]` in the order of the tree's columns; NaN where unknown. */
export type Labels =
  /** Vote fractions, 0…1. */
  | { readonly kind: 'fractions'; readonly values: Float64Array }
  /** Numbers of votes. Reserved: no table is read as counts yet. */
  | { readonly kind: 'counts'; readonly values: Float64Array };

/** A galaxy with its labels and its picture. */
export interface LabelledGalaxy {
  id: string;
  /** Vote fractions `[columns]`; NaN where unknown. */
  fractions: Float64Array;
  /** Its weight in the loss. */
  weight: number;
  image: ImageReference;
}

/**
 * The first fraction that is neither in 0…1 nor unknown (NaN); undefined if there is none.
 * @example badFraction([0.5, 1.3]) // 1.3
 */
export const badFraction = (fractions: ArrayLike<number>): number | undefined => {
  for (let i = 0; i < fractions.length; i++) if (fractions[i]! < 0 || fractions[i]! > 1) return fractions[i];
  return undefined;
};
