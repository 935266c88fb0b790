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

/**
 * The bilinear value between pixels; beyond the map, its edge pixels are repeated.
 * @param x column; 0 is the centre of the first one
 * @param y row, likewise
 */
export function valueAt({ values, height, width }: HeatMap, x: number, y: number): number {
  const column = Math.min(Math.max(x, 0), width - 1);
  const row = Math.min(Math.max(y, 0), height - 1);
  const [i, j] = [Math.floor(column), Math.floor(row)];
  const [f, g] = [column - i, row - j];
  const [right, below] = [Math.min(i + 1, width - 1), Math.min(j + 1, height - 1)];
  const above = values[j * width + i]! * (1 - f) + values[j * width + right]! * f;
  const under = values[below * width + i]! * (1 - f) + values[below * width + right]! * f;
  return above * (1 - g) + under * g;
}

/** The map in size × size pixels, bilinear. Pixel u of the result is at (u + ½)·W/size - ½ of the map, as in pooling. */
export function enlarged(map: HeatMap, size: number): HeatMap {
  const values = new Float64Array(size * size);
  for (let v = 0; v < size; v++) {
    const y = ((v + 0.5) * map.height) / size - 0.5;
    for (let u = 0; u < size; u++)
      values[v * size + u] = valueAt(map, ((u + 0.5) * map.width) / size - 0.5, y);
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
