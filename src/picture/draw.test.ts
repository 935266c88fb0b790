import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { augmentation, testViews } from './augmentation.ts';
import { clearColumns, drawPixels, drawViews } from './draw.ts';
import { preprocessingOf } from './preprocessing.ts';
import { NEUTRAL_VIEW, toAffine, type View } from './view.ts';

const record = noise(212, 212);

/** One view, drawn alone: `[size, size, 3]`. */
function draw(view: Partial<View>, size = 128): Float32Array {
  const data = new Float32Array(size * size * 3);
  drawViews([{ column: 0, record, affine: toAffine({ ...NEUTRAL_VIEW, ...view }, size) }], data, size, 1);
  return data;
}

const normalise = (level: number) => Math.fround((level / 255 - 0.5) / 0.5);
const pixel = (x: number, y: number, channel: number) => {
  const clamp = (i: number) => Math.min(Math.max(i, 0), 211);
  return record[(clamp(y) * 212 + clamp(x)) * 3 + channel]!;
};

/** The definition: bilinear between pixel centres of the record, with its edge pixels repeated outwards. */
function reference(view: View, size: number): Float32Array {
  const { xu, xv, x0, yu, yv, y0 } = toAffine(view, size);
  const result: number[] = [];
  for (let v = 0; v < size; v++) {
    for (let u = 0; u < size; u++) {
      const [x, y] = [xu * u + xv * v + x0, yu * u + yv * v + y0];
      const [i, j] = [Math.floor(x), Math.floor(y)];
      for (let channel = 0; channel < 3; channel++) {
        const row = (k: number) => pixel(i, k, channel)! * (i + 1 - x) + pixel(i + 1, k, channel)! * (x - i);
        result.push((row(j) * (j + 1 - y) + row(j + 1) * (y - j)) * (2 / 255) - 1);
      }
    }
  }
  return Float32Array.from(result);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('drawViews', () => {
  it('draws the neutral view as the record’s central square, exactly', () => {
    const data = draw({});
    for (let y = 0; y < 128; y++) {
      for (let x = 0; x < 128; x++) {
        for (let channel = 0; channel < 3; channel++) {
          if (data[(y * 128 + x) * 3 + channel] !== normalise(pixel(x + 42, y + 42, channel))) {
            expect.fail(`differs at column ${x}, row ${y}, channel ${channel}`);
          }
        }
      }
    }
  });

  it('draws the whole record, to its edges, exactly', () => {
    expect(draw({ cropSize: 424 }, 212)).toEqual(Float32Array.from(record, normalise));
  });

  it('equals the definition for any view, inside and outside the record', () => {
    const views = [
      ...Array.from({ length: 12 }, (_, id) => augmentation(1, 0, id)),
      { ...NEUTRAL_VIEW, angle: 20, cropSize: 600 },
      { ...NEUTRAL_VIEW, angle: 300, shiftX: 900, shiftY: -900 },
    ];
    for (const view of views) {
      expect(largestDifference(draw(view, 64), reference(view, 64))).toBeLessThan(1e-6);
    }
  });

  it('turns by right angles as a transposed picture does', () => {
    const plain = draw({});
    const turned = draw({ angle: 90 });
    const expected = plain.map((_, at) => {
      const [x, y, channel] = [Math.floor(at / 3) % 128, Math.floor(at / 384), at % 3];
      return plain[(x * 128 + (127 - y)) * 3 + channel]!;
    });
    expect(largestDifference(turned, expected)).toBeLessThan(1e-6);
  });

  it('draws each view into its column and does not change other columns', () => {
    const views = testViews(40);
    const data = new Float32Array(32 * 32 * 3 * 42).fill(9);
    const drawings = views.map((view, n) => ({ column: n + 1, record, affine: toAffine(view, 32) }));
    drawViews(drawings, data, 32, 42);
    const column = (n: number) => data.filter((_, at) => at % 42 === n);
    for (const [n, view] of views.entries()) expect(column(n + 1)).toEqual(draw(view, 32));
    for (const n of [0, 41]) expect(new Set(column(n))).toEqual(new Set([9]));
  });

  it('draws records of 16 bits and any number of bands as it draws RGB', () => {
    const bands = ['g', 'r', 'i', 'z', 'y'];
    const preprocessing = preprocessingOf({ bands, stretch: 'sqrt:low=0,high=1' }, 32);
    const sources = [2, 0, 1, 1, 0];
    const deep = Uint16Array.from({ length: 212 * 212 * 5 }, (_, at) => {
      return 257 * record[Math.floor(at / 5) * 3 + sources[at % 5]!]!;
    });
    const view = { ...NEUTRAL_VIEW, angle: 20, cropSize: 300 };
    const data = new Float32Array(32 * 32 * 5);
    drawViews([{ column: 0, record: deep, affine: toAffine(view, 32) }], data, 32, 1, preprocessing);
    const plain = draw(view, 32);
    const expected = data.map((_, at) => plain[Math.floor(at / 5) * 3 + sources[at % 5]!]!);
    expect(largestDifference(data, expected)).toBeLessThan(1e-6);
  });

  it('refuses what does not fit', () => {
    const affine = toAffine(NEUTRAL_VIEW, 4);
    const data = new Float32Array(4 * 4 * 3 * 2);
    expect(() => drawViews([], data, 4, 3)).toThrow('[4, 4, 3, 3] expected, got 96 numbers');
    expect(() => drawViews([{ column: 2, record, affine }], data, 4, 2)).toThrow('no column 2 among 2');
    expect(() => drawViews([{ column: 0, record: new Uint8Array(5), affine }], data, 4, 2)).toThrow('got 5');
  });
});

describe('drawPixels', () => {
  it('normalises a picture into its column', () => {
    const pixels = noise(8, 8);
    const data = new Float32Array(8 * 8 * 3 * 3);
    drawPixels(pixels, 1, data, 8, 3);
    expect(data.filter((_, at) => at % 3 === 1)).toEqual(Float32Array.from(pixels, normalise));
    expect(data.every((value, at) => at % 3 === 1 || value === 0)).toBe(true);
  });

  it('normalises as PyTorch does', () => {
    const levels = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
    const data = new Float32Array(768);
    drawPixels(levels, 0, data, 16, 1);
    expect(data).toEqual(Float32Array.from(levels, normalise));
  });

  it('refuses what does not fit', () => {
    const data = new Float32Array(8 * 8 * 3);
    expect(() => drawPixels(new Uint8Array(3), 0, data, 8, 1)).toThrow('[8, 8, 3] expected, got 3 bytes');
    expect(() => drawPixels(noise(8, 8), -1, data, 8, 1)).toThrow('no column -1 among 1');
  });
});

describe('clearColumns', () => {
  it('clears the given columns and no others', () => {
    const data = new Float32Array(2 * 2 * 3 * 5).fill(1);
    clearColumns(data, 1, 3, 5);
    expect(data.every((value, at) => value === (at % 5 === 1 || at % 5 === 2 ? 0 : 1))).toBe(true);
  });
});
