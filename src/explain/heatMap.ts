/** Maps of importance: scales them to 0…1, enlarges and averages them. A map without contrast is flat, never NaN. */

/** The importance of each pixel. */
export interface HeatMap {
  /** 0…1, `[H, W]`; all 0 if the map is flat. */
  values: Float64Array;
  height: number;
  width: number;
  /** True if no pixel supports the answer more than another. */
  flat: boolean;
}

/**
 * Scales values to 0…1.
 * @param values `[H, W]`
 * @param noise the map is flat if its contrast is no larger
 */
export function heatMap(values: ArrayLike<number>, height: number, width: number, noise = 0): HeatMap {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  const flat = !(high - low > noise); // so that NaN is flat too
  const scaled = flat
    ? new Float64Array(values.length)
    : Float64Array.from(values, (value) => (value - low) / (high - low));
  return { values: scaled, height, width, flat };
}

/** The two pixels of an axis around a place, and the weight of the second one; beyond the map, its edge pixel twice. */
interface Neighbours {
  first: number;
  second: number;
  share: number;
}

function neighbours(place: number, size: number): Neighbours {
  const inside = Math.min(Math.max(place, 0), size - 1);
  const first = Math.floor(inside);
  return { first, second: Math.min(first + 1, size - 1), share: inside - first };
}

function bilinear({ values, width }: HeatMap, column: Neighbours, row: Neighbours): number {
  const { first: left, second: right, share: f } = column;
  const [above, below] = [row.first * width, row.second * width];
  const upper = values[above + left]! * (1 - f) + values[above + right]! * f;
  const lower = values[below + left]! * (1 - f) + values[below + right]! * f;
  return upper * (1 - row.share) + lower * row.share;
}

/**
 * The bilinear value between pixels; beyond the map, its edge pixels are repeated.
 * @param x column; 0 is the centre of the first one
 * @param y row, likewise
 */
export const valueAt = (map: HeatMap, x: number, y: number): number =>
  bilinear(map, neighbours(x, map.width), neighbours(y, map.height));

/** The map in size × size pixels, bilinear. Pixel u of the result is at (u + ½)·W/size - ½ of the map, as in pooling. */
export function enlarged(map: HeatMap, size: number): HeatMap {
  const places = (count: number) =>
    Array.from({ length: size }, (_, u) => neighbours(((u + 0.5) * count) / size - 0.5, count));
  const columns = places(map.width);
  const values = new Float64Array(size * size);
  for (const [v, row] of places(map.height).entries()) {
    for (let u = 0; u < size; u++) values[v * size + u] = bilinear(map, columns[u]!, row);
  }
  return { values, height: size, width: size, flat: map.flat };
}

/** The mean of several layers' enlarged maps, scaled again. */
export function meanMap(maps: readonly HeatMap[], size: number): HeatMap {
  const sum = new Float64Array(size * size);
  for (const map of maps) {
    const { values } = enlarged(map, size);
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
  }
  return heatMap(sum, size, size);
}
