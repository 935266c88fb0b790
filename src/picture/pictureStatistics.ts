/**
 * Statistics of the network's input, by which pictures unlike those of the training are recognised. Brightness is 0…1; logarithms are
 * natural, of values that are kept above {@link FAINTEST}. `light` is the mean of the bands.
 *
 * | group | statistics |
 * |---|---|
 * | `brightness` | log of the mean light of the border, and of the whole picture |
 * | `colour` | log of the ratio of each two neighbouring bands in the centre |
 * | `detail` | blocks of 2, 4, 8, … pixels a side: log of the root mean square by which the light of their quarters differs from their mean; then, for each two neighbouring bands, that of their difference in blocks of 2 |
 * | `size` | log of the share of the picture that is brighter than the border by a fifth of the centre's light |
 *
 * Rotations by quarter turns and mirroring change none of them.
 */
import { brightest, type Preprocessing } from './preprocessing.ts';

export const STATISTIC_GROUPS = ['brightness', 'colour', 'detail', 'size'] as const;

export type StatisticGroup = (typeof STATISTIC_GROUPS)[number];

export type PictureStatistics = Readonly<Record<StatisticGroup, readonly number[]>>;

/** Half a step of 8 bits. */
const FAINTEST = 0.5 / 255;
/** Width of the border, and side of the central square, as shares of the picture's side. */
const BORDER = 1 / 16;
const CENTRE = 1 / 8;
/** The share of the centre's light above the border from which a pixel belongs to the galaxy. */
const GALAXY = 0.2;
/** The smallest share of a picture that a galaxy may take; 8 of 128×128 pixels. */
const SMALLEST = 5e-4;

const log = (value: number) => Math.log(Math.max(0, value) + FAINTEST);

/** A band, or a combination of bands: `[size, size]`. */
type Plane = Float32Array;

/** The sum over the central square of a plane, without a margin on each side. Plain loops: callbacks for each pixel are slow. */
function sumInside(plane: Plane, size: number, margin: number): { sum: number; pixels: number } {
  let sum = 0;
  for (let row = margin; row < size - margin; row++) {
    for (let at = row * size + margin; at < (row + 1) * size - margin; at++) sum += plane[at]!;
  }
  return { sum, pixels: Math.max(0, size - 2 * margin) ** 2 };
}

function centreMean(plane: Plane, size: number): number {
  const { sum, pixels } = sumInside(plane, size, Math.floor((size * (1 - CENTRE)) / 2));
  return sum / pixels;
}

function borderMean(plane: Plane, size: number): number {
  const whole = sumInside(plane, size, 0);
  const inside = sumInside(plane, size, Math.max(1, Math.round(size * BORDER)));
  return (whole.sum - inside.sum) / (whole.pixels - inside.pixels);
}

/** The weighted sum of bands. */
function combine(planes: readonly Plane[], weights: readonly number[]): Plane {
  const combined = new Float32Array(planes[0]!.length);
  for (const [band, plane] of planes.entries()) {
    const weight = weights[band]!;
    for (let i = 0; i < plane.length; i++) combined[i]! += weight * plane[i]!;
  }
  return combined;
}

function countAbove(plane: Plane, threshold: number): number {
  let count = 0;
  for (let i = 0; i < plane.length; i++) if (plane[i]! > threshold) count++;
  return count;
}

/** The root mean square by which quarters of blocks differ from the blocks' means, for blocks of 2, 4, 8, … pixels a side. */
function details(plane: Plane, size: number, most = Number.POSITIVE_INFINITY): number[] {
  const deviations: number[] = [];
  let [finer, width] = [plane, size];
  while (width >= 4 && deviations.length < most) {
    const side = width >> 1;
    const coarser = new Float32Array(side * side);
    let squares = 0;
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const at = 2 * row * width + 2 * column;
        const [a, b, c, d] = [finer[at]!, finer[at + 1]!, finer[at + width]!, finer[at + width + 1]!];
        const mean = (a + b + c + d) / 4;
        squares += (a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2 + (d - mean) ** 2;
        coarser[row * side + column] = mean;
      }
    }
    deviations.push(Math.sqrt(squares / (4 * side * side)));
    [finer, width] = [coarser, side];
  }
  return deviations;
}

/** The bands of a view, 0…1. */
function planesOf(
  data: Float32Array,
  column: number,
  capacity: number,
  { bands, size, normalisation: { scale, offset }, ...frames }: Preprocessing,
): Plane[] {
  const step = bands.length * capacity;
  const factor = 1 / (scale * brightest(frames));
  return bands.map((_, band) => {
    const plane = new Float32Array(size * size);
    for (let pixel = 0, at = band * capacity + column; pixel < plane.length; pixel++, at += step)
      plane[pixel] = (data[at]! - offset) * factor;
    return plane;
  });
}

/** The number of statistics in each group. */
export const statisticCounts = ({
  bands: { length: bands },
  size,
}: Pick<Preprocessing, 'bands' | 'size'>): Record<StatisticGroup, number> => ({
  brightness: 2,
  colour: bands - 1,
  detail: size < 4 ? 0 : Math.floor(Math.log2(size)) - 1 + bands - 1,
  size: 1,
});

/**
 * The statistics of a view in a batch.
 * @param data `[size, size, bands, capacity]`
 * @param column of the view, which should be upright and neutral: rotated ones have other corners
 * @example
 * const grey = { ...DEFAULT_PREPROCESSING, size: 16 };
 * pictureStatistics(new Float32Array(16 * 16 * 3), 0, 1, grey).colour // [0, 0]
 */
export function pictureStatistics(
  data: Float32Array,
  column: number,
  capacity: number,
  preprocessing: Preprocessing,
): PictureStatistics {
  const { size } = preprocessing;
  const planes = planesOf(data, column, capacity, preprocessing);
  const light = combine(
    planes,
    planes.map(() => 1 / planes.length),
  );
  const differences = planes.slice(1).map((plane, i) => combine([planes[i]!, plane], [1, -1]));
  const centres = planes.map((plane) => log(centreMean(plane, size)));
  const border = borderMean(light, size);
  const threshold = border + GALAXY * (centreMean(light, size) - border);
  return {
    brightness: [log(border), log(sumInside(light, size, 0).sum / light.length)],
    colour: centres.slice(1).map((centre, i) => centres[i]! - centre),
    detail: [
      ...details(light, size),
      ...differences.flatMap((difference) => details(difference, size, 1)),
    ].map(log),
    size: [Math.log(countAbove(light, threshold) / light.length + SMALLEST)],
  };
}
