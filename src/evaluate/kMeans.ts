/** k-means clusters (Lloyd 1982) with k-means++ seeding (Arthur & Vassilvitskii 2007). */
import type { Random } from '../random/philox.ts';

/** Points, row after row. */
export interface Points {
  /** `[N, dimensions]` */
  readonly values: ArrayLike<number>;
  readonly dimensions: number;
}

const ROUNDS = 300;
const STARTS = 10;

function squaredDistance(points: Points, row: number, centre: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < centre.length; d++) sum += (points.values[row * centre.length + d]! - centre[d]!) ** 2;
  return sum;
}

/** The cluster whose centre is nearest to a point; the first of equals. */
export function nearestCentre(points: Points, row: number, centres: readonly Float64Array[]): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < centres.length; c++) {
    const distance = squaredDistance(points, row, centres[c]!);
    if (distance < least) [nearest, least] = [c, distance];
  }
  return nearest;
}

const pointAt = ({ values, dimensions }: Points, row: number) =>
  Float64Array.from({ length: dimensions }, (_, d) => values[row * dimensions + d]!);

/** First centres: points drawn with a probability proportional to the squared distance from the nearest centre so far. */
function spreadCentres(points: Points, rows: number, count: number, random: Random): Float64Array[] {
  const centres = [pointAt(points, random.below(rows))];
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  while (centres.length < count) {
    let total = 0;
    for (let row = 0; row < rows; row++) {
      distances[row] = Math.min(distances[row]!, squaredDistance(points, row, centres[centres.length - 1]!));
      total += distances[row]!;
    }
    if (total === 0) break; // there are fewer distinct points than clusters
    let left = random.uniform(0, total);
    let drawn = distances.findIndex((distance) => {
      left -= distance;
      return left < 0;
    });
    if (drawn < 0) drawn = distances.findLastIndex((distance) => distance > 0); // rounding left a rest
    centres.push(pointAt(points, drawn));
  }
  return centres;
}

/** Moves centres to the means of their points until no point changes its cluster. Drops empty clusters. */
function settle(
  points: Points,
  rows: number,
  first: Float64Array[],
): { centres: Float64Array[]; spread: number } {
  const { values, dimensions } = points;
  let centres = first;
  const clusters = new Int32Array(rows).fill(-1);
  for (let round = 0; round < ROUNDS; round++) {
    let isSettled = true;
    const sums = centres.map(() => new Float64Array(dimensions));
    const counts = new Float64Array(centres.length);
    for (let row = 0; row < rows; row++) {
      const nearest = nearestCentre(points, row, centres);
      if (nearest !== clusters[row]) isSettled = false;
      clusters[row] = nearest;
      counts[nearest]!++;
      for (let d = 0; d < dimensions; d++) sums[nearest]![d]! += values[row * dimensions + d]!;
    }
    if (isSettled) break;
    centres = sums.map((sum, c) => sum.map((value) => value / counts[c]!)).filter((_, c) => counts[c]! > 0);
    if (centres.length < counts.length) clusters.fill(-1); // the numbers of clusters have changed
  }
  let spread = 0;
  for (let row = 0; row < rows; row++) {
    spread += squaredDistance(points, row, centres[nearestCentre(points, row, centres)]!);
  }
  return { centres, spread };
}

/**
 * Clusters points; returns the best of ten starts.
 * @param points at least one
 * @param count the most clusters; fewer if there are fewer distinct points
 * @returns the centres, each `[dimensions]`
 * @throws RangeError if there is no point
 */
export function kMeans(points: Points, count: number, random: Random): Float64Array[] {
  const rows = points.values.length / points.dimensions;
  if (!(Number.isInteger(rows) && rows > 0)) {
    throw new RangeError(`kMeans: expected one point or more of ${points.dimensions} numbers, got ${rows}`);
  }
  let best = settle(points, rows, spreadCentres(points, rows, count, random));
  for (let start = 1; start < STARTS; start++) {
    const other = settle(points, rows, spreadCentres(points, rows, count, random));
    if (other.spread < best.spread) best = other;
  }
  return best.centres;
}
