import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enlarged, type HeatMap, heatMap } from './heatMap.ts';
import { angleBetween, correlationOf, ellipseOf, halfMassRadius } from './moments.ts';

/** A map of a function of the position relative to the centre, with y upwards. */
function drawn(size: number, value: (x: number, y: number) => number): HeatMap {
  const middle = (size - 1) / 2;
  const values = Array.from({ length: size * size }, (_, i) =>
    value((i % size) - middle, middle - Math.floor(i / size)),
  );
  return heatMap(values, size, size);
}

/** A Gaussian with standard deviations `long` and `short`, the long axis at `angle` degrees. */
const gaussian = (size: number, long: number, short: number, angle: number, x0 = 0, y0 = 0) => {
  const [cosine, sine] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  return drawn(size, (x, y) => {
    const along = (x - x0) * cosine + (y - y0) * sine;
    const across = (y - y0) * cosine - (x - x0) * sine;
    return Math.exp(-((along / long) ** 2 + (across / short) ** 2) / 2);
  });
};

const flat = drawn(4, () => 1);
const uniform: HeatMap = { values: new Float64Array(128 ** 2).fill(1), height: 128, width: 128, flat: false };
const dot = drawn(9, (x, y) => Number(x === 3 && y === -2));

describe('halfMassRadius', () => {
  it('is 1.1774 σ for a round Gaussian, in any resolution', () => {
    for (const sigma of [3, 10, 15]) {
      const pixels = halfMassRadius(gaussian(128, sigma, sigma, 0))! - 1.1774 * sigma;
      expect(Math.abs(pixels)).toBeLessThan(0.06);
    }
    expect(halfMassRadius(enlarged(gaussian(32, 4, 4, 0), 128))! / 16).toBeCloseTo(1.1774, 1);
  });

  it('is √(2/π) of half the side for a uniform map', () => {
    expect(halfMassRadius(uniform)! / 64).toBeCloseTo(Math.sqrt(2 / Math.PI), 3);
  });

  it('is the distance of a single pixel from the centre, and null without mass', () => {
    expect(halfMassRadius(dot)).toBeCloseTo(Math.hypot(3, 2), 12);
    expect(halfMassRadius(flat)).toBeNull();
  });
});

describe('ellipseOf', () => {
  it('recovers the angle and the axis ratio of an ellipse, even off centre', () => {
    for (const angle of [0, 30, 45, 90, 120, 179]) {
      const ellipse = ellipseOf(gaussian(128, 12, 5, angle, 6, -9))!;
      expect(ellipse.axisRatio).toBeCloseTo(5 / 12, 3);
      expect(angleBetween(ellipse.angle, angle)).toBeCloseTo(0, 3);
    }
  });

  it('has no angle if it is round', () => {
    for (const round of [gaussian(64, 6, 6, 0), uniform]) {
      expect(ellipseOf(round)).toEqual({ axisRatio: expect.closeTo(1, 6), angle: null });
    }
  });

  it('is null without mass, and for one pixel', () => {
    expect([ellipseOf(flat), ellipseOf(dot)]).toEqual([null, null]);
  });
});

describe('angleBetween', () => {
  it('compares axes, not directions', () => {
    expect([angleBetween(170, 20), angleBetween(0, 90), angleBetween(5, 5)]).toEqual([30, 90, 0]);
    expect(angleBetween(null, 20)).toBeNull();
  });
});

describe('correlationOf', () => {
  const slope = drawn(8, (x) => x);

  it('is 1 for scaled, -1 for inverted and 0 for unrelated maps', () => {
    expect(correlationOf(slope, slope)).toBeCloseTo(1, 12);
    expect(
      correlationOf(
        slope,
        drawn(8, (x) => -3 * x + 2),
      ),
    ).toBeCloseTo(-1, 12);
    expect(
      correlationOf(
        slope,
        drawn(8, (_, y) => y),
      ),
    ).toBeCloseTo(0, 12);
  });

  it('agrees with the formula', () => {
    const [a, b] = [heatMap([0, 1, 2, 5], 2, 2), heatMap([1, 0, 4, 3], 2, 2)];
    // Means 2 and 2; Σ xy = 2 + 2 + 0 + 3, Σ x² = 14, Σ y² = 10.
    expect(correlationOf(a, b)).toBeCloseTo(7 / Math.sqrt(140), 12);
  });

  it('enlarges the smaller map, and is null if a map is flat', () => {
    expect(correlationOf(slope, enlarged(slope, 16))).toBeCloseTo(1, 12);
    expect([correlationOf(slope, flat), correlationOf(flat, flat)]).toEqual([null, null]);
  });
});

it('measures every map with finite numbers or null', () => {
  const value = fc.double({ noNaN: true, min: -1e30, max: 1e30 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 9, maxLength: 9 }), (values) => {
      const map = heatMap(values, 3, 3);
      const { axisRatio = null, angle = null } = ellipseOf(map) ?? {};
      const numbers = [halfMassRadius(map), axisRatio, angle, correlationOf(map, map)];
      expect(numbers.every((number) => number === null || Number.isFinite(number))).toBe(true);
    }),
  );
});
