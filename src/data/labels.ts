/** Labels: what volunteers answered, galaxy by galaxy. A label that is not known is NaN, never zero. */

/** Labels of N galaxies, `[N, columns]` in the order of the tree's columns. */
export type Labels =
  /** Weighted vote fractions, from 0 to 1. */
  | { readonly kind: 'fractions'; readonly values: Float64Array }
  /** Numbers of votes. Reserved: nothing reads or writes them yet. */
  | { readonly kind: 'counts'; readonly values: Float64Array };

/**
 * Tells whether any label of some galaxies is unknown.
 * @example hasMissing([{ fractions: [0.5, Number.NaN] }]) // true
 */
export const hasMissing = (galaxies: Iterable<{ readonly fractions: ArrayLike<number> }>): boolean => {
  for (const { fractions } of galaxies) {
    for (let i = 0; i < fractions.length; i++) if (Number.isNaN(fractions[i])) return true;
  }
  return false;
};

/**
 * The first fraction that is neither in 0…1 nor unknown (NaN); undefined if there is none.
 * @example badFraction([0.5, 1.3]) // 1.3
 */
export const badFraction = (fractions: ArrayLike<number>): number | undefined => {
  for (let i = 0; i < fractions.length; i++) if (fractions[i]! < 0 || fractions[i]! > 1) return fractions[i];
  return undefined;
};
