/** Mean and agreement of the maps of several views, turned back into the frame of the neutral view. */
import { type Affine, NEUTRAL_VIEW, toAffine, type View } from '../picture/view.ts';
import { type HeatMap, heatMap, valueAt } from './heatMap.ts';

/** Tolerance for places that rounding moves off the view. */
const SLACK = 1e-6;

/**
 * The map from a neutral view's pixels to the places of another that show the same piece of sky: with x = A·u + a in the
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

/** Contrast of a map below this is rounding. */
const ROUNDING = 1e-9;

/** A view in the frame of the neutral one. */
interface TurnedView {
  places: Affine;
  /** 1 for each pixel of the neutral view that lies in the view, `[size, size]`. */
  covered: Uint8Array;
}

/** The geometry of several views, computed once for the maps of any number of pictures. */
export class ViewFrames {
  readonly views: readonly TurnedView[];
  /** The pixels in all views: for rotations, the inscribed circle. */
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

/** The mean of a galaxy's maps. */
export interface ViewMeanMap {
  /** `[size, size]`, in the frame of the neutral view; pixels in no view are 0 and do not affect the scale. */
  map: HeatMap;
  /**
   * The mean correlation of two views' maps over their common pixels, -1…1: 1 if the map does not depend on the orientation.
   * A flat map correlates with none. Null for a single view, and if all maps are flat.
   */
  stability: number | null;
}

/** Averages the maps of a galaxy's views. */
export class ViewMean {
  private readonly sum: Float64Array;
  private readonly count: Uint16Array;
  /** Sum of the maps over the common pixels, each standardised to mean 0 and norm 1; and the number of those not flat there. */
  private readonly standardised: Float64Array;
  private contrasted = 0;
  private added = 0;

  constructor(private readonly frames: ViewFrames) {
    this.sum = new Float64Array(frames.size ** 2);
    this.count = new Uint16Array(frames.size ** 2);
    this.standardised = new Float64Array(frames.common.length);
  }

  /** @param map of any size, over the whole view number `view` */
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

  /** For n unit vectors z, the sum of z_a·z_b over pairs is (|Σ z|² - n) / 2. */
  result(): ViewMeanMap {
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
