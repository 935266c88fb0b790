import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { shrinkByTwo } from './shrink.ts';

/** Pillow's resize along one axis, as its source defines it for any size. */
function resizeAxis(line: number[], to: number): number[] {
  const scale = line.length / to;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - scale + 0.5), 0);
    const end = Math.min(Math.trunc(centre + scale + 0.5), line.length);
    const weights = line.slice(first, end).map((_, t) => 1 - Math.abs(first + t - centre + 0.5) / scale);
    const sum = weights.reduce((a, b) => a + b, 0);
    const total = weights.reduce(
      (a, w, t) => a + line[first + t]! * Math.trunc(0.5 + (w / sum) * 2 ** 22),
      2 ** 21,
    );
    return Math.floor(total / 2 ** 22);
  });
}

function reference(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const result = new Uint8Array(pixels.length / 4);
  for (let channel = 0; channel < 3; channel++) {
    const rows = Array.from({ length: height }, (_, y) =>
      resizeAxis(
        Array.from({ length: width }, (_, x) => pixels[(y * width + x) * 3 + channel]!),
        width / 2,
      ),
    );
    for (let x = 0; x < width / 2; x++) {
      const column = resizeAxis(
        rows.map((row) => row[x]!),
        height / 2,
      );
      for (const [y, value] of column.entries()) result[((y * width) / 2 + x) * 3 + channel] = value;
    }
  }
  return result;
}

describe('shrinkByTwo', () => {
  it('is bit-identical to the definition of Pillow’s bilinear resize', () => {
    const even = fc.integer({ min: 2, max: 20 }).map((half) => 2 * half);
    fc.assert(
      fc.property(even, even, fc.nat(), (width, height, seed) => {
        const pixels = noise(width, height, seed);
        expect(shrinkByTwo(pixels, width, height)).toEqual(reference(pixels, width, height));
      }),
    );
  });

  it('keeps uniform pictures, including black and white', () => {
    for (const level of [0, 1, 127, 128, 254, 255]) {
      expect(new Set(shrinkByTwo(new Uint8Array(8 * 6 * 3).fill(level), 8, 6))).toEqual(new Set([level]));
    }
  });

  it('refuses sizes that are odd, too small or do not fit the pixels', () => {
    expect(() => shrinkByTwo(new Uint8Array(5 * 4 * 3), 5, 4)).toThrow(
      'expected even sides of 4 or more, got 5×4',
    );
    expect(() => shrinkByTwo(new Uint8Array(2 * 2 * 3), 2, 2)).toThrow('expected even sides');
    expect(() => shrinkByTwo(new Uint8Array(10), 4, 4)).toThrow('4×4 RGB takes 48 bytes, got 10');
  });
});
