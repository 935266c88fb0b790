import { describe, expect, it } from 'vitest';
import { testViews } from '../picture/augmentation.ts';
import { NEUTRAL_VIEW, toAffine, type View } from '../picture/view.ts';
import { type HeatMap, heatMap, valueAt } from './heatMap.ts';
import { placesIn, ViewFrames, ViewMean } from './viewMean.ts';

const SIZE = 32;

/** A smooth off-centre blob of the neutral view, as shown by another view of `size` pixels. */
function blobIn(view: View, pixels = SIZE): HeatMap {
  const [neutral, own] = [toAffine(NEUTRAL_VIEW, SIZE), toAffine(view, pixels)];
  const values = Array.from({ length: pixels * pixels }, (_, i) => {
    const [u, v] = [i % pixels, Math.floor(i / pixels)];
    const x = (own.xu * u + own.xv * v + own.x0 - neutral.x0) / neutral.xu;
    const y = (own.yu * u + own.yv * v + own.y0 - neutral.y0) / neutral.yv;
    return Math.exp(-((x - 20) ** 2 + (y - 13) ** 2) / 20);
  });
  return heatMap(values, pixels, pixels);
}

function meanOf(views: readonly View[], maps: readonly HeatMap[]) {
  const mean = new ViewMean(new ViewFrames(views, SIZE));
  maps.forEach((map, view) => {
    mean.add(map, view);
  });
  return mean.result();
}

/** The largest difference from the neutral view's blob. */
const deviation = (map: HeatMap) => {
  const expected = blobIn(NEUTRAL_VIEW).values;
  return map.values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
};

describe('placesIn', () => {
  it('finds the same piece of sky in another view', () => {
    const view = { angle: 37, flip: true, cropSize: 200, shiftX: 9, shiftY: -4 };
    const [neutral, other, places] = [
      toAffine(NEUTRAL_VIEW, SIZE),
      toAffine(view, SIZE),
      placesIn(view, SIZE),
    ];
    const [u, v] = [3, 21];
    const x = places.xu * u + places.xv * v + places.x0;
    const y = places.yu * u + places.yv * v + places.y0;
    expect(other.xu * x + other.xv * y + other.x0).toBeCloseTo(neutral.xu * u + neutral.x0, 9);
    expect(other.yu * x + other.yv * y + other.y0).toBeCloseTo(neutral.yv * v + neutral.y0, 9);
  });

  it('leaves the neutral view as it is', () => {
    const { xu, xv, x0, yu, yv, y0 } = placesIn(NEUTRAL_VIEW, SIZE);
    [xu - 1, xv, x0, yu, yv - 1, y0].forEach((each) => {
      expect(each).toBeCloseTo(0, 12);
    });
  });
});

describe('ViewMean', () => {
  it.each([
    [2, 1e-9],
    [4, 1e-9],
    [8, 1e-9],
    [16, 0.03], // between pixels: bilinear
    [5, 0.03],
  ])('aligns the maps of %i views of the same object', (count, tolerance) => {
    const views = testViews(count);
    const { map, stability } = meanOf(
      views,
      views.map((view) => blobIn(view)),
    );
    expect(deviation(map)).toBeLessThan(tolerance);
    expect(stability).toBeGreaterThan(1 - tolerance);
    expect(stability).toBeLessThan(1 + 1e-9);
  });

  it('accepts maps of a layer smaller than the picture', () => {
    const views = testViews(16);
    const { map, stability } = meanOf(
      views,
      views.map((view) => blobIn(view, SIZE / 2)),
    );
    expect(deviation(map)).toBeLessThan(0.2);
    expect(stability).toBeGreaterThan(0.97);
  });

  it('has the mean correlation of two maps', () => {
    const views = testViews(3);
    const maps = [0, 1, 2].map((seed) =>
      heatMap(
        Array.from({ length: SIZE * SIZE }, (_, i) => (((i + seed * 17) * 7919) % 101) / 101),
        SIZE,
        SIZE,
      ),
    );
    const frames = new ViewFrames(views, SIZE);
    const turned = maps.map((map, i) => {
      const { places } = frames.views[i]!;
      return frames.common.map((pixel) => {
        const [u, v] = [pixel % SIZE, Math.floor(pixel / SIZE)];
        return valueAt(
          map,
          places.xu * u + places.xv * v + places.x0,
          places.yu * u + places.yv * v + places.y0,
        );
      });
    });
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const correlation = (a: number[], b: number[]) => {
      const covariance = (p: number[], q: number[]) =>
        mean(p.map((x, i) => (x - mean(p)) * (q[i]! - mean(q))));
      return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
    };
    const pairs = [
      correlation(turned[0]!, turned[1]!),
      correlation(turned[0]!, turned[2]!),
      correlation(turned[1]!, turned[2]!),
    ];
    expect(meanOf(views, maps).stability).toBeCloseTo(mean(pairs), 9);
  });

  it('has no stability for one view or flat maps, and no NaN', () => {
    const flat = heatMap([1], 1, 1);
    expect(meanOf([NEUTRAL_VIEW], [blobIn(NEUTRAL_VIEW)]).stability).toBeNull();
    expect(meanOf(testViews(2), [flat, flat])).toMatchObject({ stability: null, map: { flat: true } });
    expect(meanOf(testViews(2), [blobIn(NEUTRAL_VIEW), flat]).stability).toBeCloseTo(0, 9);
  });

  it('leaves out pixels that no view shows', () => {
    const closer = { ...NEUTRAL_VIEW, cropSize: 128 };
    const { map } = meanOf([closer], [heatMap([0.5, 1, 1, 1], 2, 2)]);
    expect(map.values[0]).toBe(0);
    expect(map.values.some((value) => value === 1)).toBe(true);
    expect(map.values.every(Number.isFinite)).toBe(true);
  });
});
