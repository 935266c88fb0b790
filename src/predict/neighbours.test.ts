import { expect, it } from 'vitest';
import { nearestRows } from './neighbours.ts';

it('the nearest rows have the highest cosines about the mean, computed term by term', () => {
  // The mean is [2, 2]; a plain cosine would rank [3, 3] and [1, 1] alike.
  const rows = [
    [3, 3],
    [1, 1],
    [4, 1],
    [0, 3],
    [2, 2],
  ] as const;
  const cosine = ([x, y]: readonly number[]) =>
    (x! - 2 + (y! - 2)) / (Math.SQRT2 * Math.hypot(x! - 2, y! - 2));
  const found = nearestRows(Float32Array.from(rows.flat()), [5, 5], 5);
  expect(found.map(({ row }) => row)).toEqual([0, 2, 4, 3, 1]);
  expect(found.map(({ similarity }) => similarity)).toEqual([
    expect.closeTo(1, 12),
    expect.closeTo(cosine(rows[2]), 12),
    0, // the mean itself
    expect.closeTo(cosine(rows[3]), 12),
    expect.closeTo(-1, 12),
  ]);
});

it('leaves a row out, keeps the order of equal rows, and returns no more than there are', () => {
  const values = Float32Array.of(1, 0, 0, 1, 1, 0, 1, 0);
  expect(nearestRows(values, [1, 0], 2, 0).map(({ row }) => row)).toEqual([2, 3]);
  expect(nearestRows(values, [1, 0], 9)).toHaveLength(4);
  // One galaxy is its own mean.
  expect(nearestRows(Float32Array.of(1, 2), [5, 5], 1)).toEqual([{ row: 0, similarity: 0 }]);
});
