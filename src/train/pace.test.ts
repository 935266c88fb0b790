import { expect, it } from 'vitest';
import { Pace } from './pace.ts';

it('estimates the time of further steps without the first one, and only after some', () => {
  const pace = new Pace();
  pace.start(0);
  const after = [9000, 9100, 9300].map((now) => {
    pace.step(now);
    return pace.secondsOf(10);
  });
  expect(after).toEqual([undefined, undefined, undefined]);
  pace.start(50_000); // after a validation
  pace.step(50_300);
  expect(pace.secondsOf(10)).toBeCloseTo(2, 9);
});

it('follows a machine that becomes slower', () => {
  const pace = new Pace();
  for (let now = 0; now <= 100_000; now += 100) pace.step(now);
  for (let now = 101_000; now <= 1_100_000; now += 1000) pace.step(now);
  expect(pace.secondsOf(1)).toBeGreaterThan(0.99);
});
