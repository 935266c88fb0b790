/** Measures of a map's shape: the radius of half its mass, its ellipse, and its correlation with another map. */
import { enlarged, type HeatMap } from './heatMap.ts';

/**
 * The radius of the circle around the picture's centre that holds half of a map's mass, in pixels of the map; null for a map
 * without mass. The radius of a round Gaussian is 1.1774 σ; that of a uniform square is √(2/π) = 0.798 of half its side.
 * @example halfMassRadius({ values: Float64Array.of(0, 0, 1, 0), height: 1, width: 4, flat: false }) // 0.5
 */
export function halfMassRadius({ values, height, width }: HeatMap): number | null {
  /** The mass at each distance, by (2 · distance)², which is a whole number. */
  const shells = new Float64Array((width - 1) ** 2 + (height - 1) ** 2 + 1);
  let total = 0;
  values.forEach((value, i) => {
    const x = 2 * (i % width) - (width - 1);
    const y = 2 * Math.floor(i / width) - (height - 1);
    shells[x * x + y * y]! += value;
    total += value;
  });
  if (!(total > 0)) return null;
  // Half of a shell's pixels count as inside its radius.
  let [inside, radius, below] = [0, 0, 0];
  for (const [square, mass] of shells.entries()) {
    if (mass === 0) continue;
    const outer = Math.sqrt(square) / 2;
    const within = inside + mass / 2;
    if (within >= total / 2) return radius + ((outer - radius) * (total / 2 - below)) / (within - below);
    [inside, radius, below] = [inside + mass, outer, within];
  }
  return radius;
}

/** The ellipse with the same second moments as a map. */
export interface Ellipse {
  /** Length of the short axis over that of the long axis, 0…1. */
  axisRatio: number;
  /** Direction of the long axis in degrees, 0…180, counter-clockwise from the picture's horizontal; null if the map is round. */
  angle: number | null;
}

/** Axes count as equal if the difference of their squares, relative to the sum, is at most this: it is rounding. */
const ROUND = 1e-9;

/**
 * The ellipse of a map from its central second moments, as SExtractor measures galaxies (Bertin & Arnouts 1996, and its manual,
 * "Position and shape parameters derived from the isophotal profile"; image moments: Hu 1962). With the variances xx and yy and the
 * covariance xy, the squared axes are (xx + yy)/2 ± √((xx - yy)²/4 + xy²), and tan 2θ = 2 xy / (xx - yy).
 * @returns null for a map without mass, or with all its mass in one pixel
 * @example ellipseOf({ values: Float64Array.of(0, 1, 1, 0), height: 2, width: 2, flat: false }) // { axisRatio: 0, angle: 45 }
 */
export function ellipseOf({ values, height, width }: HeatMap): Ellipse | null {
  let [total, meanX, meanY] = [0, 0, 0];
  values.forEach((value, i) => {
    total += value;
    meanX += value * (i % width);
    meanY += value * Math.floor(i / width);
  });
  if (!(total > 0)) return null;
  [meanX, meanY] = [meanX / total, meanY / total];
  let [xx, yy, xy] = [0, 0, 0];
  for (let row = 0, i = 0; row < height; row++) {
    const y = meanY - row; // upwards
    for (let column = 0; column < width; column++, i++) {
      const x = column - meanX;
      xx += values[i]! * x * x;
      yy += values[i]! * y * y;
      xy += values[i]! * x * y;
    }
  }
  const sum = xx + yy;
  if (!(sum > ROUND * total)) return null;
  const difference = Math.hypot(xx - yy, 2 * xy);
  const axisRatio = Math.sqrt(Math.max(sum - difference, 0) / (sum + difference));
  if (difference <= ROUND * sum) return { axisRatio, angle: null };
  return { axisRatio, angle: ((Math.atan2(2 * xy, xx - yy) * 90) / Math.PI + 180) % 180 };
}

/**
 * The angle between two axes in degrees, 0…90; null if one of them has no direction. For random directions the mean is 45.
 * @example angleBetween(170, 20) // 30
 */
export function angleBetween(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return null;
  const difference = Math.abs(one - other) % 180;
  return Math.min(difference, 180 - difference);
}

/**
 * Pearson's correlation of two square maps over their pixels, -1…1; null if one of them is flat. If one has fewer pixels, it is
 * enlarged first.
 */
export function correlationOf(one: HeatMap, other: HeatMap): number | null {
  if (one.flat || other.flat) return null;
  const size = Math.max(one.width, other.width);
  const [a, b] = [one, other].map((map) => (map.width === size ? map : enlarged(map, size)).values);
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a!), mean(b!)];
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a!.length; i++) {
    const [x, y] = [a![i]! - meanA, b![i]! - meanB];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return Math.min(Math.max(ab / Math.sqrt(aa * bb), -1), 1);
}
