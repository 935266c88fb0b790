import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { blurRecord } from './blur.ts';

const SIZE = 212;

/** The place of a value in a record of three bands. */
const at = (x: number, y: number, band = 1) => (y * SIZE + x) * 3 + band;

describe('blurRecord', () => {
  it('spreads a point over its neighbours, in its band alone', () => {
    const record = new Uint8Array(SIZE * SIZE * 3);
    record[at(50, 70)] = 160;
    const blurred = blurRecord(record, 1);
    for (const [dy, row] of [
      [10, 20, 10],
      [20, 40, 20],
      [10, 20, 10],
    ].entries()) {
      for (const [dx, value] of row.entries()) expect(blurred[at(49 + dx, 69 + dy)]).toBe(value);
    }
    expect(blurred.reduce((sum, value) => sum + value, 0)).toBe(160);
    expect([...blurRecord(record, 0.5)].filter((value) => value > 0)).toEqual([
      3, 15, 3, 15, 90, 15, 3, 15, 3,
    ]); // 160 × 1/64, 6/64, 36/64, rounded
  });

  it('keeps even pictures and their edges, and with strength 0 every value', () => {
    expect(new Set(blurRecord(new Uint8Array(SIZE * SIZE * 3).fill(255), 0.7))).toEqual(new Set([255]));
    const record = noise(SIZE, SIZE);
    const kept = record.slice();
    expect(Buffer.compare(blurRecord(record, 0), kept)).toBe(0);
    blurRecord(record, 1);
    expect(Buffer.compare(record, kept)).toBe(0);
    expect(new Set(blurRecord(new Uint16Array(SIZE * SIZE * 2).fill(65535), 0.3))).toEqual(new Set([65535]));
    const corner = new Uint16Array(SIZE * SIZE);
    corner[0] = 1600;
    expect(blurRecord(corner, 1)[0]).toBe(900); // 3/4 of 3/4
  });

  it('refuses other sizes and strengths', () => {
    expect(() => blurRecord(new Uint8Array(7), 1)).toThrow('expected [212, 212, bands] pixels, got 7');
    for (const strength of [-0.1, 1.1, Number.NaN])
      expect(() => blurRecord(new Uint8Array(SIZE * SIZE), strength)).toThrow(`got ${strength}`);
  });
});
