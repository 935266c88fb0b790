/** The score as a function of the number of views. */
import type { GalaxyImage } from '../data/images.ts';
import type { Prediction } from '../data/submission.ts';
import { UserError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import { testViews } from '../picture/augmentation.ts';
import type { View } from '../picture/view.ts';
import type { Platform } from '../platform.ts';
import { type PredictOptions, predictViews } from './predict.ts';
import { meanOfViews } from './viewStatistics.ts';

/** The score for a number of views. */
export interface ViewCurvePoint {
  /** Views per galaxy, whose predictions are averaged. */
  readonly views: number;
  /** Pooled RMSE. */
  readonly rmse: number;
}

/** Powers of two up to 32, which include the report's 16, and the winner's 60. */
const VIEW_COUNTS: readonly number[] = [1, 2, 4, 8, 16, 32, 60];

/** All views of several sets, each once, and the indices of each set's members among them. */
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
 * The score of a model for several numbers of views, on the same galaxies. A view that several sets share is predicted once:
 * the default takes 88 views of a galaxy instead of 123. Memory does not grow with the galaxies.
 * @param galaxies with their true fractions `[columns]`, NaN where unknown
 * @param counts numbers of views, in any order. Default: 1, 2, 4, 8, 16, 32, 60
 * @throws as `predictViews`; UserError if there is no galaxy to score
 */
export async function viewCurve(
  platform: Platform,
  model: Model,
  galaxies: readonly (GalaxyImage & Prediction)[],
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
  if (scored === 0) throw new UserError('view curve: expected at least one labelled galaxy, got none');
  return counts.map((count, i) => ({ views: count, rmse: Math.sqrt(squares[i]! / scored) }));
}
