/** The score as a function of the number of views. */
import { UserError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { testViews } from '../picture/augmentation.ts';
import type { View } from '../picture/view.ts';
import type { Platform } from '../platform.ts';
import { type GalaxyImage, type PredictOptions, predictViews } from './predict.ts';
import { meanOfViews, type ViewCurvePoint } from './viewStatistics.ts';

/** A picture to be predicted, and the truth about it. */
export interface LabelledGalaxyImage extends GalaxyImage {
  /** True weighted vote fractions `[columns]`, NaN where unknown. */
  fractions: ArrayLike<number>;
}

/** One view by doubling up to the report's 16 and beyond, and the winner's 60. @example VIEW_COUNTS.includes(60) // true */
export const VIEW_COUNTS: readonly number[] = [1, 2, 4, 8, 16, 32, 60];

/** All views of some sets, each once, and where the members of each set are among them. */
function unite(sets: readonly (readonly View[])[]): { views: View[]; members: number[][] } {
  const place = new Map<string, number>();
  const views: View[] = [];
  const members = sets.map((set) =>
    set.map((view) => {
      const key = JSON.stringify(view);
      const known = place.get(key) ?? views.push(view) - 1;
      place.set(key, known);
      return known;
    }),
  );
  return { views, members };
}

/**
 * The score of a trained network for each of several numbers of views, on the same galaxies. A view that several sets share
 * is predicted once: {@link VIEW_COUNTS} take 88 views of a galaxy instead of 123. Memory does not grow with the galaxies.
 *
 * @param counts numbers of views, in any order
 * @throws as `predictViews` does; UserError where there is no galaxy to score
 * @example
 * await viewCurve(nodePlatform, await openRun('runs/first'), galaxies, [1, 16]);
 * // such as [{ views: 1, rmse: 0.1059 }, { views: 16, rmse: 0.1031 }]
 */
export async function viewCurve(
  platform: Platform,
  model: Model,
  galaxies: readonly LabelledGalaxyImage[],
  counts: readonly number[] = VIEW_COUNTS,
  options: Omit<PredictOptions, 'views'> = {},
): Promise<ViewCurvePoint[]> {
  const { views, members } = unite(counts.map((count) => testViews(count, model.preprocessing)));
  const squares = counts.map(() => 0);
  let scored = 0;
  for await (const { galaxy, fractions } of predictViews(platform, model, galaxies, views, options)) {
    const truth = galaxy.fractions;
    const known = [...model.tree.columns.keys()].filter((column) => !Number.isNaN(truth[column]));
    members.forEach((chosen, i) => {
      const mean = meanOfViews(fractions, truth.length, chosen);
      squares[i]! += known.reduce((sum, column) => sum + (mean[column]! - truth[column]!) ** 2, 0);
    });
    scored += known.length;
  }
  if (scored === 0)
    throw new UserError('the curve of views: expected at least one labelled galaxy, got none');
  return counts.map((count, i) => ({ views: count, rmse: Math.sqrt(squares[i]! / scored) }));
}
