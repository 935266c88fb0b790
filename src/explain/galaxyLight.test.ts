import { expect, it } from 'vitest';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { RECORD_BYTES, RECORD_SIZE } from '../picture/record.ts';
import { Random } from '../random/philox.ts';
import { galaxyLight } from './galaxyLight.ts';
import { angleBetween, ellipseOf, halfMassRadius } from './moments.ts';

const { size } = DEFAULT_PREPROCESSING;
const middle = (RECORD_SIZE - 1) / 2;

/** A grey record: sky of 20 levels with noise, and the light of a function of the position relative to the centre, y upwards. */
function record(light: (x: number, y: number) => number): Uint8Array {
  const random = new Random(1, 'test');
  const grey = Array.from({ length: RECORD_SIZE ** 2 }, (_, i) => {
    const [x, y] = [(i % RECORD_SIZE) - middle, middle - Math.floor(i / RECORD_SIZE)];
    return Math.min(20 + random.uniform(-4, 4) + light(x, y), 255);
  });
  return Uint8Array.from({ length: RECORD_BYTES }, (_, i) => grey[Math.floor(i / 3)]!);
}

/** An exponential disk at 30 degrees, with axes of 12 and 4.8 pixels. */
const disk = (x: number, y: number) => {
  const [cosine, sine] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  return 200 * Math.exp(-Math.hypot((x * cosine + y * sine) / 12, (y * cosine - x * sine) / 4.8));
};

it('recovers the ellipse of a galaxy despite noise and a bright star beside it', () => {
  const star = (x: number, y: number) => 230 * Math.exp(-((x - 40) ** 2 + (y + 30) ** 2) / 8);
  const alone = galaxyLight(DEFAULT_PREPROCESSING, record(disk));
  const beside = galaxyLight(
    DEFAULT_PREPROCESSING,
    record((x, y) => disk(x, y) + star(x, y)),
  );
  expect(beside).toEqual(alone);
  const { axisRatio, angle } = ellipseOf(beside)!;
  expect(axisRatio).toBeCloseTo(0.4, 1);
  expect(angleBetween(angle, 30)).toBeLessThan(2);
  expect(halfMassRadius(beside)! / (size / 2)).toBeLessThan(0.3);
  expect(Math.max(...beside.values)).toBe(1);
});

it('returns a flat map if there is no galaxy', () => {
  expect(
    galaxyLight(
      DEFAULT_PREPROCESSING,
      record(() => 0),
    ).flat,
  ).toBe(true);
});
