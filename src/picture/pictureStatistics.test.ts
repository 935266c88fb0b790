import { describe, expect, it } from 'vitest';
import {
  type PictureStatistics,
  pictureStatistics,
  STATISTIC_GROUPS,
  statisticCounts,
} from './pictureStatistics.ts';
import { DEFAULT_PREPROCESSING, type Preprocessing, preprocessingOf } from './preprocessing.ts';

const SIZE = 32;
const rgb = { ...DEFAULT_PREPROCESSING, size: SIZE };

/** Brightness 0…1 of a band at a place; the picture's centre is (0, 0). */
type Light = (x: number, y: number, band: number) => number;

/** The statistics of a picture in one column of a batch of three, between two others. */
function measure(light: Light, preprocessing: Preprocessing = rgb): PictureStatistics {
  const { size, bands, normalisation } = preprocessing;
  const capacity = 3;
  const data = new Float32Array(size * size * bands.length * capacity).fill(0.5);
  const top = preprocessing.stretch === undefined ? 255 : 65535;
  for (let row = 0, at = 1; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let band = 0; band < bands.length; band++, at += capacity) {
        const value = light(column - (size - 1) / 2, row - (size - 1) / 2, band);
        data[at] = normalisation.scale * value * top + normalisation.offset;
      }
    }
  }
  return pictureStatistics(data, 1, capacity, preprocessing);
}

/** A flattened, tilted galaxy on a sky, redder in the middle. */
const galaxy: Light = (x, y, band) =>
  0.05 + (0.8 - 0.2 * band) * Math.exp(-((x + 0.4 * y) ** 2 + (2 * y) ** 2) / 30) + 0.002 * band;

const log = (value: number) => Math.log(value + 0.5 / 255);
const close = (got: PictureStatistics, expected: PictureStatistics) => {
  for (const name of STATISTIC_GROUPS)
    for (const [i, value] of got[name].entries()) expect(value).toBeCloseTo(expected[name][i]!, 5);
};

describe('pictureStatistics', () => {
  it('measures a constant picture', () => {
    const { brightness, colour, detail, size } = measure((_x, _y, band) => [0.6, 0.4, 0.2][band]!);
    expect(brightness[0]).toBeCloseTo(log(0.4), 5);
    expect(brightness[1]).toBeCloseTo(log(0.4), 5);
    expect(colour[0]).toBeCloseTo(log(0.6) - log(0.4), 5);
    expect(colour[1]).toBeCloseTo(log(0.4) - log(0.2), 5);
    for (const each of detail) expect(each).toBeCloseTo(log(0), 4);
    expect(size[0]).toBeLessThan(Math.log(1.01));
  });

  it('finds a pattern at its scale, and the share of a bright disk', () => {
    const { detail } = measure((x, y) => ((Math.floor(x / 2) + Math.floor(y / 2)) % 2 === 0 ? 0.6 : 0.4));
    expect(detail[1]).toBeCloseTo(log(0.1), 5); // blocks of 4 pixels hold whole squares of 2
    for (const i of [0, 2, 3]) expect(detail[i]).toBeCloseTo(log(0), 4);
    const { size } = measure((x, y) => (x * x + y * y < 64 ? 0.9 : 0.1));
    expect(size[0]).toBeCloseTo(Math.log((Math.PI * 64) / SIZE ** 2), 1);
  });

  it('finds noise that differs between bands', () => {
    const { detail } = measure((x, _y, band) => 0.5 + (band === 0 && Math.floor(x) % 2 === 0 ? 0.3 : 0));
    expect(detail.slice(-2)).toEqual([expect.closeTo(log(0.15), 4), expect.closeTo(log(0), 4)]);
  });

  it('is the same for mirrored and turned pictures', () => {
    const upright = measure(galaxy);
    close(
      measure((x, y, band) => galaxy(-x, y, band)),
      upright,
    );
    close(
      measure((x, y, band) => galaxy(y, -x, band)),
      upright,
    );
  });

  it('tells exchanged bands, another scale and another brightness', () => {
    const upright = measure(galaxy);
    const swapped = measure((x, y, band) => galaxy(x, y, 2 - band));
    expect(swapped.colour).toEqual([
      expect.closeTo(-upright.colour[1]!, 5),
      expect.closeTo(-upright.colour[0]!, 5),
    ]);
    expect(measure((x, y, band) => galaxy(2 * x, 2 * y, band)).size[0]).toBeLessThan(upright.size[0]! - 1);
    expect(measure((...place) => galaxy(...place) / 2).brightness[0]).toBeLessThan(
      upright.brightness[0]! - 0.5,
    );
  });

  it.each([1, 2, 3, 4, 5, 12, 31, 32, 64])(
    'has as many numbers as announced for pictures of %i pixels',
    (size) => {
      for (const bands of [['r'], ['g', 'r'], ['u', 'g', 'r', 'i', 'z']]) {
        const preprocessing = preprocessingOf({ bands, stretch: 'linear:low=0,high=1' }, size);
        const statistics = measure(galaxy, preprocessing);
        const counts = statisticCounts(preprocessing);
        for (const name of STATISTIC_GROUPS) {
          expect(statistics[name]).toHaveLength(counts[name]);
          for (const value of statistics[name]) expect(Number.isFinite(value)).toBe(true);
        }
      }
    },
  );
});
