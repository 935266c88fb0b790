import { expect, it } from 'vitest';
import { float16, fromFloat16, toFloat16 } from './float16.ts';

const finite = Array.from({ length: 0x7c00 }, (_, bits) => bits);

it('gives back all finite numbers of 16 bits', () => {
  const wrong = (sign: number) =>
    finite.filter((bits) => toFloat16((sign ? -1 : 1) * float16(bits)) !== (sign | bits));
  expect([wrong(0), wrong(0x8000)]).toEqual([[], []]);
  const several = Uint16Array.of(0x3c00, 0xc000, 1);
  expect(fromFloat16(several)).toEqual(Float32Array.from(several, float16));
});

it('rounds to the nearest number, and halfway to the even one', () => {
  const between = (share: number, expected: (bits: number) => number) =>
    finite
      .slice(0, -1)
      .filter(
        (bits) => toFloat16(float16(bits) * (1 - share) + float16(bits + 1) * share) !== expected(bits),
      );
  expect(between(0.25, (bits) => bits)).toEqual([]);
  expect(between(0.5, (bits) => bits + (bits % 2))).toEqual([]);
  expect(between(0.75, (bits) => bits + 1)).toEqual([]);
});

it('encodes what no finite number of 16 bits is near to', () => {
  expect([65519, 65520, -1e6, Number.NEGATIVE_INFINITY, Number.NaN].map(toFloat16)).toEqual([
    0x7bff, 0x7c00, 0xfc00, 0xfc00, 0x7e00,
  ]);
  expect(float16(0xfc00)).toBe(Number.NEGATIVE_INFINITY);
});
