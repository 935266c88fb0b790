import { expect, it } from 'vitest';
import { channelBands, FlaggedPictures, pictureFlags } from './flags.ts';

const SIDE = 64;
const size = { width: SIDE, height: SIDE };
const rgb = (values: ArrayLike<number>) =>
  pictureFlags({ ...size, bands: channelBands(values, 3), highest: 255 });
const plane = (values: ArrayLike<number>) => pictureFlags({ ...size, bands: [{ values }] });

/** RGB values that vary. */
const varied = () => Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 37) % 251);

it('finds nothing wrong with a varied picture', () => {
  expect(rgb(varied())).toEqual([]);
  expect(plane(Float32Array.from(varied()).subarray(0, SIDE * SIDE))).toEqual([]);
});

it('flags constant, black and saturated pictures', () => {
  const values = varied();
  expect(rgb(values.map((_, i) => [9, 7, 80][i % 3]!))).toEqual(['constant']);
  expect(rgb(values.map(() => 0))).toEqual(['constant', 'black']);
  expect(rgb(values.map((value) => value % 6))).toEqual(['black']);
  expect(rgb(values.map((value, i) => (i < 1230 ? 255 : value)))).toEqual(['saturated']);
  // A pixel with one saturated band is not saturated.
  expect(rgb(values.map((value, i) => (i % 3 === 0 ? 255 : value)))).toEqual([]);
});

it('flags pictures without data, and a plateau of the largest value', () => {
  const values = new Float32Array(SIDE * SIDE).fill(Number.NaN);
  expect(plane(values)).toEqual(['no-data']);
  values[7] = 3;
  expect(plane(values)).toEqual(['missing-pixels', 'constant']);
  const clipped = Float32Array.from(values, (_, i) => Math.min(i, 3000));
  expect(plane(clipped)).toEqual(['saturated']);
});

it('flags pictures of which a band lacks 5 % of the pixels', () => {
  const values = Float32Array.from(varied()).subarray(0, SIDE * SIDE);
  const few = SIDE * SIDE * 0.05 - 1;
  expect(plane(values.map((value, i) => (i < few ? Number.NaN : value)))).toEqual([]);
  for (const missing of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const half = values.map((value, i) => (i % 2 === 0 ? missing : value));
    expect(pictureFlags({ ...size, bands: [{ values }, { values: half }] })).toEqual(['missing-pixels']);
  }
});

it('flags flattened and wholly transparent pictures', () => {
  const alpha = (opacity: (pixel: number) => number) => {
    const values = Uint8Array.from({ length: 4 * SIDE * SIDE }, (_, i) =>
      i % 4 === 3 ? opacity((i - 3) / 4) : (i * 37) % 251,
    );
    const [red, green, blue, opacities] = channelBands(values, 4);
    return { ...size, bands: [red!, green!, blue!], alpha: opacities!, highest: 255 };
  };
  expect(pictureFlags(alpha(() => 255))).toEqual([]);
  expect(pictureFlags(alpha(() => 0))).toEqual(['transparent']);
  expect(pictureFlags(alpha((pixel) => (pixel === 5 ? 254 : 255)))).toEqual(['flattened']);
});

it('flags pictures whose values had more bits', () => {
  const picture = { ...size, bands: channelBands(varied(), 3), highest: 255 };
  expect(pictureFlags({ ...picture, isReduced: true })).toEqual(['reduced']);
  expect(pictureFlags({ ...picture, isReduced: false })).toEqual([]);
});

it('flags tiny pictures and those that are not square', () => {
  const bands = channelBands(varied(), 3);
  expect(pictureFlags({ width: 32, height: 100, bands, highest: 255 })).toEqual(['tiny', 'sides-cut']);
  expect(pictureFlags({ width: 63, height: 63, bands, highest: 255 })).toEqual(['tiny']);
});

it('reports each flag once, with the number of its pictures', () => {
  const flagged = new FlaggedPictures();
  for (const name of ['sub/a', 'b', 'c', 'd']) flagged.add({ name, flags: ['black'] });
  flagged.add({ name: 'e', flags: ['constant', 'black'] });
  expect(flagged.lines()).toEqual([
    '1 picture flagged constant: all pixels have the same value (e)',
    '5 pictures flagged black: no value exceeds 2 % of the range (a, b, c and 2 more)',
  ]);
});
