/** The galaxies that a run's page shows, with their pictures. */

import { readPixels } from '../node/pictures/pixels.ts';
import type { ImageReference } from '../picture/batch.ts';
import { chooseExamples } from '../report/examples.ts';
import type { GalaxyExample, RunExamples } from '../report/runReport.ts';
import { thumbnail } from '../report/thumbnail.node.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { joinedFractions } from '../tree/tree.ts';

/** A galaxy with its votes and its picture. */
export interface PicturedGalaxy {
  readonly id: string;
  /** True vote fractions, `[37]`. */
  readonly fractions: ArrayLike<number>;
  readonly image: ImageReference;
}

/** Of each kind. */
const COUNT = 12;
/** Pixels of a picture's side. */
const SIDE = 160;

/**
 * Galaxies predicted best, worst, and with the least certainty, as a run's page shows them.
 *
 * @param predictions `[N, 37]`, of the galaxies in their order
 * @throws RangeError where the shapes differ; ImageError where a picture cannot be read
 * @example
 * const examples = await exampleGalaxies(galaxies, predictions);
 * await writeRunReport('runs/first', { title: 'first', writtenAt, examples });
 */
export async function exampleGalaxies(
  galaxies: readonly PicturedGalaxy[],
  predictions: Float32Array | Float64Array,
): Promise<RunExamples> {
  const rows = chooseExamples(joinedFractions(GALAXY_ZOO_2, galaxies), predictions, COUNT);
  const example = async (row: number): Promise<GalaxyExample> => {
    const { id, fractions, image } = galaxies[row]!;
    const prediction = predictions.subarray(
      row * GALAXY_ZOO_2.columns.length,
      (row + 1) * GALAXY_ZOO_2.columns.length,
    );
    return { id, truth: fractions, prediction, image: await thumbnail(await readPixels(image), SIDE) };
  };
  const all = (chosen: readonly number[]) => Promise.all(chosen.map(example));
  return {
    best: await all(rows.best),
    worst: await all(rows.worst),
    uncertain: await all(rows.uncertain),
  };
}
