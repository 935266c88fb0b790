/**
 * Kaggle's "central pixel" benchmark, which predicts from the colour of a galaxy's centre alone: Kaggle divided the training
 * pictures into six clusters by colour, and predicted the mean fractions of the cluster nearest to a test picture.
 */

import type { TaskEvent } from '../events.ts';
import type { ImageReference } from '../picture/batch.ts';
import { shownPixels } from '../picture/fillBatch.ts';
import { inOrder } from '../picture/inOrder.ts';
import { type FrameSettings, toRgb } from '../picture/preprocessing.ts';
import { FRAME_SIZE } from '../picture/record.ts';
import type { Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';
import { rowCount, type Tree } from '../tree/tree.ts';
import { gatherRows } from './align.ts';
import { kMeans, nearestCentre, type Points } from './kMeans.ts';
import { rmseScores } from './rmse.ts';

/** Side of the centre as a share of the picture's: 10 of 424 pixels. */
const SHARE = 10 / FRAME_SIZE;
const CLUSTERS = 6;
const CHANNELS = 3;

/**
 * The mean colour of a picture's centre: of the central 10×10 pixels if it has 424×424, and of the same share of another size.
 * @param frame `[size, size, 3]`, 8 bits
 * @returns red, green and blue, 0…255
 */
export function centralColour(frame: ArrayLike<number>): [number, number, number] {
  const size = Math.sqrt(frame.length / CHANNELS);
  const side = Math.max(1, Math.round(SHARE * size));
  const first = Math.floor((size - side) / 2);
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = first; y < first + side; y++) {
    for (let x = first; x < first + side; x++) {
      const pixel = (y * size + x) * CHANNELS;
      for (let channel = 0; channel < CHANNELS; channel++) sums[channel]! += frame[pixel + channel]!;
    }
  }
  return [sums[0] / side ** 2, sums[1] / side ** 2, sums[2] / side ** 2];
}

/** Number of pictures decoded at the same time: Node decodes on four threads by default. */
const SIDE_BY_SIDE = 4;

/**
 * The {@link centralColour} of each picture.
 * @returns `[N, 3]`, in the given order
 * @throws ImageError if a picture cannot be read
 */
export async function readCentralColours(
  platform: Platform,
  images: readonly ImageReference[],
  frames: FrameSettings,
  onEvent?: (event: TaskEvent) => void,
): Promise<Float64Array> {
  const colours: number[] = [];
  const read = async (image: ImageReference) =>
    centralColour(toRgb(shownPixels(await platform.readPicture(image, frames)), frames));
  for await (const colour of inOrder(images, SIDE_BY_SIDE, read)) {
    colours.push(...colour);
    const done = colours.length / CHANNELS;
    onEvent?.({ kind: 'progress', doing: 'reading', done, total: images.length });
  }
  return Float64Array.from(colours);
}

/** Each column's mean over the known cells of some rows, `[columns]`; `otherwise` if none is known. */
function meansOfKnown(
  truth: ArrayLike<number>,
  rows: readonly number[],
  otherwise: Float64Array,
): Float64Array {
  return otherwise.map((fallback, column) => {
    let sum = 0;
    let known = 0;
    for (const row of rows) {
      const fraction = truth[row * otherwise.length + column]!;
      if (Number.isNaN(fraction)) continue;
      sum += fraction;
      known++;
    }
    return known === 0 ? fallback : sum / known;
  });
}

/** For each centre the mean fractions of the points nearest to it, `[columns]`. */
function clusterMeans(
  { columns }: Tree,
  points: Points,
  truth: ArrayLike<number>,
  centres: readonly Float64Array[],
): Float64Array[] {
  const rows = Array.from({ length: truth.length / columns.length }, (_, row) => row);
  const clusters = rows.map((row) => nearestCentre(points, row, centres));
  const overall = meansOfKnown(truth, rows, new Float64Array(columns.length));
  return centres.map((_, cluster) =>
    meansOfKnown(
      truth,
      rows.filter((row) => clusters[row] === cluster),
      overall,
    ),
  );
}

/**
 * The benchmark's predictions, cross-fitted: the galaxies are split at random into two halves, and each half is predicted from
 * clusters and means of the other, so that no galaxy is predicted from its own votes. The score is slightly worse with a few
 * hundred galaxies than with the 61,578 that Kaggle fitted.
 * @param truth `[N, columns]`, N ≥ 2, NaN where unknown
 * @param colours `[N, 3]`, the `centralColour` of the same galaxies in the same order
 * @returns `[N, columns]`
 * @throws RangeError if the shapes differ or N is less than 2
 */
export function centralPixelPredictions(
  tree: Tree,
  truth: ArrayLike<number>,
  colours: ArrayLike<number>,
  seed = 0,
): Float64Array {
  const rows = rowCount(tree, truth);
  const columns = tree.columns.length;
  if (colours.length !== rows * CHANNELS) {
    throw new RangeError(`expected ${rows} colours of ${CHANNELS} numbers, got ${colours.length} numbers`);
  }
  if (rows < 2) throw new RangeError(`expected two galaxies or more, to fit on the one half, got ${rows}`);
  const order = new Random(seed, 'clusters', 0).permutation(rows);
  const halves = [order.subarray(0, rows >> 1), order.subarray(rows >> 1)];
  const predictions = new Float64Array(rows * columns);
  halves.forEach((judged, half) => {
    const fitted = halves[1 - half]!;
    const points = { values: gatherRows(colours, CHANNELS, fitted), dimensions: CHANNELS };
    const centres = kMeans(points, CLUSTERS, new Random(seed, 'clusters', 1 + half));
    const means = clusterMeans(tree, points, gatherRows(truth, columns, fitted), centres);
    const all = { values: colours, dimensions: CHANNELS };
    for (const row of judged) predictions.set(means[nearestCentre(all, row, centres)]!, row * columns);
  });
  return predictions;
}

/**
 * The pooled RMSE of {@link centralPixelPredictions}; null for a single galaxy.
 * @throws RangeError if the shapes differ
 */
export function centralPixelRmse(
  tree: Tree,
  truth: ArrayLike<number>,
  colours: ArrayLike<number>,
  seed?: number,
): number | null {
  if (rowCount(tree, truth) < 2) return null;
  return rmseScores(tree, truth, centralPixelPredictions(tree, truth, colours, seed)).rmse;
}
