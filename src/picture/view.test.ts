import { describe, expect, it } from 'vitest';
import { NEUTRAL_VIEW, toAffine, type View } from './view.ts';

/** The position in the record that pixel (u, v) of a 128-pixel view shows. */
function place(view: Partial<View>, u: number, v: number): [number, number] {
  const { xu, xv, x0, yu, yv, y0 } = toAffine({ ...NEUTRAL_VIEW, ...view }, 128);
  return [xu * u + xv * v + x0, yu * u + yv * v + y0];
}

function expectPlace(actual: [number, number], x: number, y: number): void {
  expect(actual[0]).toBeCloseTo(x, 9);
  expect(actual[1]).toBeCloseTo(y, 9);
}

describe('toAffine', () => {
  it('maps the neutral view to the central 128 pixels exactly', () => {
    expect(toAffine(NEUTRAL_VIEW, 128)).toEqual({ xu: 1, xv: 0, x0: 42, yu: 0, yv: 1, y0: 42 });
  });

  it('rotates counter-clockwise: the right side comes to the top', () => {
    expectPlace(place({ angle: 90 }, 63.5, 0), 169, 105.5);
    expectPlace(place({ angle: 90 }, 0, 63.5), 105.5, 42);
  });

  it('flips the rotated picture', () => {
    expectPlace(place({ flip: true }, 0, 5), 169, 47);
    expectPlace(place({ flip: true, angle: 33 }, 10, 20), ...place({ angle: 33 }, 117, 20));
  });

  it('zooms in with a smaller crop, in pixels of the frame', () => {
    expectPlace(place({ cropSize: 128 }, 0, 0), 105.5 - 31.75, 105.5 - 31.75);
    expectPlace(place({ cropSize: 424 }, -0.5, -0.5), -0.5, -0.5);
  });

  it('shifts right and down along the frame at any angle', () => {
    expectPlace(place({ shiftX: 10, shiftY: -4, angle: 77, flip: true }, 63.5, 63.5), 110.5, 103.5);
  });

  it('covers the same square at any size', () => {
    const { xu, x0 } = toAffine(NEUTRAL_VIEW, 64);
    expect([xu, x0]).toEqual([2, 42.5]);
  });

  it('refuses views that cannot be drawn', () => {
    for (const bad of [{ angle: Number.NaN }, { cropSize: 0 }, { shiftX: Number.POSITIVE_INFINITY }]) {
      expect(() => toAffine({ ...NEUTRAL_VIEW, ...bad }, 128)).toThrow('expected finite numbers');
    }
    expect(() => toAffine(NEUTRAL_VIEW, 0)).toThrow('bad size 0');
  });
});
