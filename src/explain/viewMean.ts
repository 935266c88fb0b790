/** Mean and agreement of several views' maps in the frame of the neutral view. */
import { type Affine, NEUTRAL_VIEW, toAffine, type View } from '../picture/view.ts';
import { type HeatMap, heatMap, valueAt } from './heatMap.ts';

/** Tolerance, in pixels, for positions that rounding moves out of the view. */
const SLACK = 1e-6;

/**
 * Maps the pixels of the neutral view to the positions in another view that show the same piece of sky: with x = A·u + a in the
 * neutral view and x = B·v + b in the other, v = B⁻¹(A·u + a - b).
 */
export function placesIn(view: View, size: number, neutral: View = NEUTRAL_VIEW): Affine {
  const from = toAffine(neutral, size);
  const to = toAffine(view, size);
  const determinant = to.xu * to.yv - to.xv * to.yu;
  const [inverseXu, inverseXv] = [to.yv / determinant, -to.xv / determinant];
  const [inverseYu, inverseYv] = [-to.yu / determinant, to.xu / determinant];
  const [x, y] = [from.x0 - to.x0, from.y0 - to.y0];
  return {
    xu: inverseXu * from.xu + inverseXv * from.yu,
    xv: inverseXu * from.xv + inverseXv * from.yv,
    x0: inverseXu * x + inverseXv * y,
    yu: inverseYu * from.xu + inverseYv * from.yu,
    yv: inverseYu * from.xv + inverseYv * from.yv,
    y0: inverseYu * x + inverseYv * y,
  };
}

/** A map with less contrast is flat; the rest is rounding. */
const ROUNDING = 1e-9;

/** The geometry of several views, computed once for the maps of any number of pictures. */
export class ViewFrames {
  /** `covered` `[size, size]` is 1 for each pixel of the neutral view that lies in the view. */
  readonly views: readonly { readonly places: Affine; readonly covered: Uint8Array }[];
  /** The pixels that are in all views: for rotations, the inscribed circle. */
  readonly common: readonly number[];

  constructor(
    views: readonly View[],
    readonly size: number,
    neutral?: View,
  ) {
    this.views = views.map((view) => {
      const places = placesIn(view, size, neutral);
      const covered = new Uint8Array(size * size);
      const isInside = (place: number) => place >= -0.5 - SLACK && place <= size - 0.5 + SLACK;
      for (let v = 0, i = 0; v < size; v++) {
        for (let u = 0; u < size; u++, i++) {
          covered[i] = Number(
            isInside(places.xu * u + places.xv * v + places.x0) &&
              isInside(places.yu * u + places.yv * v + places.y0),
          );
        }
      }
      return { places, covered };
    });
    const pixels = Array.from({ length: size * size }, (_, i) => i);
    this.common = pixels.filter((i) => this.views.every(({ covered }) => covered[i]));
  }
}

/** A map in the frame of the neutral view. */
export interface ExplainedMap {
  /** The mean over views in the size of the network's input, 0 outside all views; for a single view, its map in the layer's size. */
  map: HeatMap;
  /**
   * Mean correlation between pairs of views over the pixels common to all, -1…1; 1 if the map does not depend on the orientation.
   * Flat maps count as 0. Null for a single view, or if all maps are flat.
   */
  stability: number | null;
}

/** Averages the maps of a galaxy's views. */
export class ViewMean {
  private readonly sum: Float64Array;
  private readonly count: Uint16Array;
  /** Sum of the maps over the common pixels, each standardised to mean 0 and norm 1. */
  private readonly standardised: Float64Array;
  /** Number of maps that are not flat over the common pixels. */
  private contrasted = 0;
  private added = 0;

  constructor(private readonly frames: ViewFrames) {
    this.sum = new Float64Array(frames.size ** 2);
    this.count = new Uint16Array(frames.size ** 2);
    this.standardised = new Float64Array(frames.common.length);
  }

  /** Adds the map of view number `view`; it may have any size. */
  add(map: HeatMap, view: number): void {
    const { size, common } = this.frames;
    const { places, covered } = this.frames.views[view]!;
    const [toColumn, toRow] = [map.width / size, map.height / size];
    const turned = new Float64Array(size * size);
    for (let v = 0, i = 0; v < size; v++) {
      for (let u = 0; u < size; u++, i++) {
        if (!covered[i]) continue;
        const x = (places.xu * u + places.xv * v + places.x0 + 0.5) * toColumn - 0.5;
        const y = (places.yu * u + places.yv * v + places.y0 + 0.5) * toRow - 0.5;
        turned[i] = valueAt(map, x, y);
        this.sum[i]! += turned[i]!;
        this.count[i]!++;
      }
    }
    this.added++;
    const average = common.reduce((sum, i) => sum + turned[i]!, 0) / common.length;
    const norm = Math.sqrt(common.reduce((sum, i) => sum + (turned[i]! - average) ** 2, 0));
    if (!(norm > ROUNDING)) return;
    this.contrasted++;
    common.forEach((i, place) => {
      this.standardised[place]! += (turned[i]! - average) / norm;
    });
  }

  /** The stability follows from Σ z_a·z_b over pairs = (|Σ z|² - n) / 2 for n unit vectors z. */
  result(): ExplainedMap {
    const { size } = this.frames;
    const mean = this.sum.map((sum, i) =>
      this.count[i]! > 0 ? sum / this.count[i]! : Number.POSITIVE_INFINITY,
    );
    const low = mean.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    const map = heatMap(
      mean.map((value) => (value < Number.POSITIVE_INFINITY ? value : low)),
      size,
      size,
    );
    const square = this.standardised.reduce((sum, value) => sum + value ** 2, 0);
    const pairs = (this.added * (this.added - 1)) / 2;
    const stability = pairs === 0 || this.contrasted === 0 ? null : (square - this.contrasted) / 2 / pairs;
    return { map, stability };
  }
}
