/** Predictions as a table in memory. */
import type { Solutions } from '../data/solutions.ts';
import { UserError } from '../errors.ts';
import type { Model } from '../model/model.ts';
import type { Platform } from '../platform.ts';
import { type GalaxyImage, type PredictOptions, predictGalaxies } from './predict.ts';

/**
 * Predicts galaxies into a table, 300 bytes a galaxy. Pictures that cannot be read have no row.
 * @param file the name of the table in messages
 * @throws as {@link predictGalaxies} does; UserError where there is no picture
 * @example
 * const table = await predictTable(nodePlatform, 'runs/first', await openRun('runs/first'), galaxies, { views: 16 });
 */
export async function predictTable(
  platform: Platform,
  file: string,
  model: Model,
  galaxies: readonly GalaxyImage[],
  options: PredictOptions = {},
): Promise<Solutions> {
  const ids: string[] = [];
  const columns = model.tree.columns.length;
  const fractions = new Float64Array(galaxies.length * columns);
  for await (const prediction of predictGalaxies(platform, model, galaxies, options)) {
    fractions.set(prediction.fractions, ids.length * columns);
    ids.push(prediction.id);
  }
  if (ids.length === 0) throw new UserError(`${file}: expected at least one picture to predict, got none`);
  return { file, ids, fractions: fractions.subarray(0, ids.length * columns) };
}
