import { expect, it } from 'vitest';
import { warmUp } from './schedule.ts';

it('the warm-up rises in a straight line to 1 and stays there', () => {
  expect([1, 2, 3, 4, 5, 400].map((step) => warmUp(step, 4))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
  expect(warmUp(1, 2.5)).toBe(0.4);
  expect([1, 2].map((step) => warmUp(step, 0))).toEqual([1, 1]);
  expect([1, 2].map((step) => warmUp(step, 0.3))).toEqual([1, 1]); // within the first step
});
