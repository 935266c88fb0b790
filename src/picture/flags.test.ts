import { expect, it } from 'vitest';
import { type FlaggedValues, pictureFlags } from './flags.ts';

const SIDE = 64;
const rgb: Omit<FlaggedValues, 'values'> = {
  width: SIDE,
  height: SIDE,
  bands: 3,
  step: 3,
  bandStep: 1,
  highest: 255,
};
const plane: Omit<FlaggedValues, 'values'> = { ...rgb, bands: 1, step: 1, highest: undefined };

/** RGB values that vary. */
const varied = () => Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => (i * 37) % 251);

it('finds nothing wrong with a varied picture', () => {
  expect(pictureFlags({ ...rgb, values: varied() })).toEqual([]);
  expect(pictureFlags({ ...plane, values: Float32Array.from(varied()).subarray(0, SIDE * SIDE) })).toEqual(
    [],
  );
});

it('flags constant, black and saturated pictures', () => {
  const values = varied();
  expect(pictureFlags({ ...rgb, values: values.map((_, i) => [9, 7, 80][i % 3]!) })).toEqual(['constant']);
  expect(pictureFlags({ ...rgb, values: values.map(() => 0) })).toEqual(['constant', 'black']);
  expect(pictureFlags({ ...rgb, values: values.map((value) => value % 6) })).toEqual(['black']);
  expect(pictureFlags({ ...rgb, values: values.map((value, i) => (i < 1230 ? 255 : value)) })).toEqual([
    'saturated',
  ]);
  // One saturated band is no saturated pixel.
  expect(pictureFlags({ ...rgb, values: values.map((value, i) => (i % 3 === 0 ? 255 : value)) })).toEqual([]);
});

it('flags pictures without data, and a plateau of the largest value', () => {
  const values = new Float32Array(SIDE * SIDE).fill(Number.NaN);
  expect(pictureFlags({ ...plane, values })).toEqual(['no-data']);
  values[7] = 3;
  expect(pictureFlags({ ...plane, values })).toEqual(['constant']);
  const clipped = Float32Array.from(values, (_, i) => Math.min(i, 3000));
  expect(pictureFlags({ ...plane, values: clipped })).toEqual(['saturated']);
});

it('flags alpha that was flattened, and pictures that are wholly transparent', () => {
  const alpha = (opacity: (pixel: number) => number) => ({
    ...rgb,
    step: 4,
    alpha: 3,
    values: Uint8Array.from({ length: 4 * SIDE * SIDE }, (_, i) =>
      i % 4 === 3 ? opacity((i - 3) / 4) : (i * 37) % 251,
    ),
  });
  expect(pictureFlags(alpha(() => 255))).toEqual([]);
  expect(pictureFlags(alpha(() => 0))).toEqual(['transparent']);
  expect(pictureFlags(alpha((pixel) => (pixel === 5 ? 254 : 255)))).toEqual(['flattened']);
});

it('flags tiny pictures and those that are not square', () => {
  const values = varied();
  expect(pictureFlags({ ...rgb, width: 32, height: 100, values })).toEqual(['tiny', 'sides-cut']);
  expect(pictureFlags({ ...rgb, width: 63, height: 63, values })).toEqual(['tiny']);
});
