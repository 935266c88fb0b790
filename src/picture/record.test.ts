import { describe, expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { toFrame, toRecord } from './record.ts';
import { resizeSquare } from './resize.ts';

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe('toRecord and toFrame', () => {
  it.each([1, 2, 100, 212, 301, 424])('resample a square of %i pixels a side once', (side) => {
    const square = noise(side, side);
    expect(isSame(toRecord(square), resizeSquare(square, side, 212))).toBe(true);
    expect(isSame(toFrame(square), resizeSquare(square, side, 424))).toBe(true);
  });

  it('leave a picture that has the size: a record is a copy', () => {
    const [small, large] = [noise(212, 212), noise(424, 424)];
    expect(isSame(toRecord(small), small)).toBe(true);
    expect(toRecord(small)).not.toBe(small);
    expect(toFrame(large)).toBe(large);
  });

  it.each([0, 3 * 5, 12 * 3 + 1])('refuse %i bytes, which are no square', (length) => {
    const problem = `expected [side, side, 3] pixels, got ${length} bytes`;
    for (const convert of [toRecord, toFrame]) expect(() => convert(new Uint8Array(length))).toThrow(problem);
  });
});
