import { describe, expect, it } from 'vitest';
import { augmentation, augustAugmentation, DECEMBER_CROP_SIZES, testViews } from './augmentation.ts';
import { NEUTRAL_VIEW } from './view.ts';

describe('augmentation', () => {
  const views = Array.from({ length: 4000 }, (_, id) => augmentation(7, 3, id));

  it('depends on seed, epoch and galaxy alone', () => {
    expect(augmentation(7, 3, 5)).toEqual(views[5]);
    for (const other of [augmentation(8, 3, 5), augmentation(7, 4, 5), augmentation(7, 3, 6)]) {
      expect(other.angle).not.toBe(views[5]!.angle);
    }
  });

  it('covers December’s ranges evenly', () => {
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const sizes = views.map(({ cropSize }) => cropSize);
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([184, 351]);
    expect(sizes.every(Number.isInteger)).toBe(true);
    expect(mean(sizes)).toBeCloseTo(267.5, -1);
    expect(mean(views.map(({ angle }) => angle)) / 360).toBeCloseTo(0.5, 1);
    expect(mean(views.map(({ flip }) => Number(flip)))).toBeCloseTo(0.5, 1);
    expect(views.every(({ angle, shiftX }) => angle >= 0 && angle < 360 && shiftX === 0)).toBe(true);
  });

  it('does not change other parts when one option changes', () => {
    const { angle, flip } = views[5]!;
    const other = augmentation(7, 3, 5, { cropSizes: [256, 256], shift: 10 });
    expect(other).toMatchObject({ angle, flip, cropSize: 256 });
    expect(Math.abs(other.shiftX)).toBeLessThanOrEqual(10);
    expect(other.shiftX).not.toBe(other.shiftY);
  });

  it('gives the same views as earlier versions', () => {
    expect(augmentation(7, 3, 5)).toStrictEqual({
      angle: 124.52218123711646,
      cropSize: 308,
      flip: false,
      shiftX: -0,
      shiftY: 0,
    });
    expect(augmentation(1, 0, 100008, { shift: 20, colourJitter: 0 })).toStrictEqual({
      angle: 120.61173289082944,
      cropSize: 332,
      flip: false,
      shiftX: 8.040783666074276,
      shiftY: 6.056546596810222,
    });
  });

  it('draws three colour factors evenly and independently, and changes nothing else', () => {
    const jittered = views.map((_, id) => augmentation(7, 3, id, { colourJitter: 0.4 }));
    expect(jittered.map(({ colour, ...view }) => view)).toStrictEqual(views);
    expect(augmentation(7, 3, 5, { colourJitter: 0.4 })).toEqual(jittered[5]);
    for (const part of ['brightness', 'contrast', 'saturation'] as const) {
      const factors = jittered.map(({ colour }) => colour![part]);
      expect(Math.min(...factors)).toBeGreaterThanOrEqual(0.6);
      expect(Math.min(...factors)).toBeLessThan(0.61);
      expect(Math.max(...factors)).toBeLessThan(1.4);
      expect(Math.max(...factors)).toBeGreaterThan(1.39);
      expect(factors.reduce((a, b) => a + b, 0) / factors.length).toBeCloseTo(1, 1);
    }
    const { brightness, contrast, saturation } = jittered[5]!.colour!;
    expect(new Set([brightness, contrast, saturation]).size).toBe(3);
  });

  it('draws the blur evenly, and changes nothing else', () => {
    const blurred = views.map((_, id) => augmentation(7, 3, id, { blur: 0.5 }));
    expect(blurred.map(({ blur, ...view }) => view)).toStrictEqual(views);
    const strengths = blurred.map(({ blur }) => blur!);
    expect(Math.min(...strengths)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...strengths)).toBeLessThan(0.5);
    expect(strengths.reduce((a, b) => a + b, 0) / strengths.length).toBeCloseTo(0.25, 1);
    const both = augmentation(7, 3, 5, { blur: 0.5, colourJitter: 0.4 });
    expect(both).toEqual({ ...augmentation(7, 3, 5, { colourJitter: 0.4 }), blur: strengths[5] });
  });

  it('refuses options out of range', () => {
    for (const blur of [-0.1, 1.1, Number.NaN])
      expect(() => augmentation(1, 1, 1, { blur })).toThrow(`blur: expected 0 to 1, got ${blur}`);

    for (const colourJitter of [-0.1, 1, Number.NaN]) {
      expect(() => augmentation(1, 1, 1, { colourJitter })).toThrow(
        `colourJitter: expected 0 or more and less than 1, got ${colourJitter}`,
      );
    }
    expect(() => augmentation(1, 1, 1, { cropSizes: [351, 184] })).toThrow('got [351,184]');
    expect(() => augmentation(1, 1, 1, { cropSizes: [1.5, 3] })).toThrow('cropSizes');
    expect(() => augmentation(1, 1, 1, { shift: -1 })).toThrow('shift');
  });
});

describe('augustAugmentation', () => {
  it('rotates and mirrors as augmentation does, and changes nothing else', () => {
    for (let id = 0; id < 100; id++) {
      const { angle, flip } = augmentation(7, 3, id);
      expect(augustAugmentation(7, 3, id)).toStrictEqual({ pipeline: 'august', angle, flip });
    }
    const flips = Array.from({ length: 4000 }, (_, id) => augustAugmentation(7, 3, id).flip);
    expect(flips.filter(Boolean).length / flips.length).toBeCloseTo(0.5, 1);
  });

  it('depends on seed, epoch and galaxy', () => {
    const { angle } = augustAugmentation(7, 3, 5);
    for (const other of [
      augustAugmentation(8, 3, 5),
      augustAugmentation(7, 4, 5),
      augustAugmentation(7, 3, 6),
    ]) {
      expect(other.angle).not.toBe(angle);
    }
  });
});

describe('testViews', () => {
  const describeViews = (count: number) =>
    testViews(count).map(({ angle, flip, cropSize }) => `${angle} ${flip} ${cropSize}`);

  it('gives the neutral view, or rotations with every second one mirrored', () => {
    expect(testViews(1)).toEqual([NEUTRAL_VIEW]);
    expect(testViews(2).map(({ angle, flip }) => [angle, flip])).toEqual([
      [0, false],
      [0, true],
    ]);
    expect(testViews(3).map(({ angle, flip }) => [angle, flip])).toEqual([
      [0, false],
      [120, true],
      [240, false],
    ]);
  });

  it('16 is the report’s 8 rotations × flip', () => {
    const views = testViews(16);
    expect(views).toHaveLength(16);
    expect(new Set(views.map(({ angle }) => angle))).toEqual(new Set([0, 45, 90, 135, 180, 225, 270, 315]));
    expect(views.filter(({ flip }) => flip)).toHaveLength(8);
    expect(views.every(({ cropSize }) => cropSize === 256)).toBe(true);
  });

  it('60 is the winner’s 10 rotations × 3 zooms × flip', () => {
    const expected = [213, 256, 307].flatMap((cropSize) =>
      Array.from({ length: 10 }, (_, turn) =>
        [true, false].map((flip) => `${36 * turn} ${flip} ${cropSize}`),
      ).flat(),
    );
    expect(describeViews(60).sort()).toEqual(expected.sort());
  });

  it('gives any number of different views, evenly spread, with crops used in training', () => {
    for (let count = 1; count <= 130; count++) {
      const views = testViews(count);
      expect(new Set(describeViews(count)).size).toBe(count);
      const crops = new Set(views.map(({ cropSize }) => cropSize));
      expect(crops.size).toBe(count >= 48 && count % 3 === 0 ? 3 : 1);
      for (const cropSize of crops) {
        expect(cropSize).toBeGreaterThanOrEqual(DECEMBER_CROP_SIZES[0]);
        expect(cropSize).toBeLessThanOrEqual(DECEMBER_CROP_SIZES[1]);
        const some = views.filter((view) => view.cropSize === cropSize);
        expect(some).toHaveLength(count / crops.size);
        const flipped = some.filter(({ flip }) => flip).length;
        expect(flipped).toBe(Math.floor(some.length / 2));
        const angles = [...new Set(some.map(({ angle }) => angle))];
        angles.forEach((angle, i) => {
          expect(angle).toBeCloseTo((360 * i) / angles.length, 9);
        });
      }
      expect(views.every(({ shiftX, shiftY, colour }) => shiftX === 0 && shiftY === 0 && !colour)).toBe(true);
    }
  });

  it('the views of 1, 2, 4, 8 and 16 are part of the views of twice the number', () => {
    for (const count of [1, 2, 4, 8, 16]) {
      expect(describeViews(2 * count)).toEqual(expect.arrayContaining(describeViews(count)));
    }
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s', (count) => {
    expect(() => testViews(count)).toThrow('views: expected a positive integer');
  });
});
