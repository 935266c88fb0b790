/**
 * Kaggle's benchmark "central pixel": what the colour of a galaxy's middle alone tells. Kaggle clustered the training
 * pictures' colours into six, and predicted for each test picture the mean fractions of its cluster.
 */
import { FRAME_SIZE } from '../picture/record.ts';
import { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rowCount } from '../tree/tree.ts';
import { kMeans, nearestCentre, type Points } from './kMeans.ts';
import { rmseScores } from './rmse.ts';

const SIDE = 10;
const CLUSTERS = 6;
const CHANNELS = 3;

/**
 * The mean colour of a picture's central 10×10 pixels.
 *
 * @param frame `[424, 424, 3]`, 8 bits
 * @returns red, green and blue, 0…255
 * @example
 * centralColour((await readFrame(image)).pixels); // [187.2, 160.9, 121.4]
 */
export function centralColour(frame: ArrayLike<number>): [number, number, number] {
  const first = (FRAME_SIZE - SIDE) / 2;
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = first; y < first + SIDE; y++) {
    for (let x = first; x < first + SIDE; x++) {
      const pixel = (y * FRAME_SIZE + x) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel++) sums[channel]! += frame[pixel + channel]!;
    }
  }
  return [sums[0] / SIDE ** 2, sums[1] / SIDE ** 2, sums[2] / SIDE ** 2];
}

/** Some rows of a table, in their order. */
function gather(table: ArrayLike<number>, columns: number, rows: ArrayLike<number>): Float64Array {
  const gathered = new Float64Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    for (let column = 0; column < columns; column++) {
      gathered[i * columns + column] = table[rows[i]! * columns + column]!;
    }
  }
  return gathered;
}

/** For each centre the mean fractions of the points nearest to it, `[37]`. */
function clusterMeans(
  points: Points,
  truth: ArrayLike<number>,
  centres: readonly Float64Array[],
): Float64Array[] {
  const sums = centres.map(() => new Float64Array(GALAXY_ZOO_2.columns.length));
  const counts = centres.map(() => 0);
  const rows = rowCount(GALAXY_ZOO_2, truth);
  for (let row = 0; row < rows; row++) {
    const cluster = nearestCentre(points, row, centres);
    counts[cluster]!++;
    for (let column = 0; column < GALAXY_ZOO_2.columns.length; column++) {
      sums[cluster]![column]! += truth[row * GALAXY_ZOO_2.columns.length + column]!;
    }
  }
  return sums.map((sum, cluster) => sum.map((value) => value / counts[cluster]!));
}

/**
 * The benchmark's predictions, cross-fitted: the galaxies are split at random into two halves, and each half is predicted
 * from clusters and means of the other. So no galaxy is judged by its own votes, and no other table is needed. What
 * Kaggle fitted on 61,578 galaxies is fitted on half of these here: of a few hundred, it does a little worse than it could.
 *
 * @param truth `[N, 37]`, N ≥ 2
 * @param colours `[N, 3]`, the `centralColour` of the same galaxies in the same order
 * @returns `[N, 37]`
 * @throws RangeError where the shapes differ or N is less than 2
 * @example
 * rmseScores(truth, centralPixelPredictions(truth, colours)).rmse; // 0.15 or so
 */
export function centralPixelPredictions(
  truth: ArrayLike<number>,
  colours: ArrayLike<number>,
  seed = 0,
): Float64Array {
  const rows = rowCount(GALAXY_ZOO_2, truth);
  if (colours.length !== rows * CHANNELS) {
    throw new RangeError(`expected ${rows} colours of ${CHANNELS} numbers, got ${colours.length} numbers`);
  }
  if (rows < 2) throw new RangeError(`expected two galaxies or more, to fit on the one half, got ${rows}`);
  const order = new Random(seed, 'clusters', 0).permutation(rows);
  const halves = [order.subarray(0, rows >> 1), order.subarray(rows >> 1)];
  const predictions = new Float64Array(rows * GALAXY_ZOO_2.columns.length);
  halves.forEach((judged, half) => {
    const fitted = halves[1 - half];
    const points = { values: gather(colours, CHANNELS, fitted!), dimensions: CHANNELS };
    const centres = kMeans(points, CLUSTERS, new Random(seed, 'clusters', 1 + half));
    const means = clusterMeans(points, gather(truth, GALAXY_ZOO_2.columns.length, fitted!), centres);
    const all = { values: colours, dimensions: CHANNELS };
    for (const row of judged)
      predictions.set(means[nearestCentre(all, row, centres)]!, row * GALAXY_ZOO_2.columns.length);
  });
  return predictions;
}

/**
 * The pooled RMSE of {@link centralPixelPredictions}; null of a single galaxy.
 *
 * @throws RangeError where the shapes differ
 * @example
 * centralPixelRmse(truth, colours); // 0.15 or so
 */
export function centralPixelRmse(
  truth: ArrayLike<number>,
  colours: ArrayLike<number>,
  seed?: number,
): number | null {
  if (rowCount(GALAXY_ZOO_2, truth) < 2) return null;
  return rmseScores(truth, centralPixelPredictions(truth, colours, seed)).rmse;
}
