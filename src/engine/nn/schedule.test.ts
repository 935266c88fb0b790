import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCHEDULES, warmUp } from './schedule.ts';

const golden = new URL('../../../../shared/goldens/schedules.json', import.meta.url);
const here = existsSync(golden);

describe('schedules', () => {
  it('warm-restarts starts again after 60 and 240 epochs', () => {
    const rate = SCHEDULES['warm-restarts'](1);
    expect([0, 60, 240].map(rate)).toEqual([1, 1, 1]);
    for (const half of [30, 150]) expect(rate(half)).toBeCloseTo(0.5, 7);
  });

  it('cosine falls to the minimum and, as in PyTorch, rises again after the last epoch', () => {
    const rate = SCHEDULES.cosine(1, 4);
    expect(rate(4)).toBeCloseTo(1e-8, 12);
    expect(rate(5)).toBeGreaterThan(1e-3);
  });

  it.skipIf(!here)(`are bit-identical to PyTorch's${here ? '' : ' (skipped: ../shared is missing)'}`, () => {
    const rates: Record<string, number[]> = JSON.parse(readFileSync(golden, 'utf8'));
    const [restarts, annealing] = Object.values(rates) as [number[], number[]];
    const ofEpochs = (expected: number[], rate: (epoch: number) => number) => expected.map((_, i) => rate(i));
    expect(ofEpochs(restarts, SCHEDULES['warm-restarts'](1e-4))).toEqual(restarts);
    expect(ofEpochs(annealing, SCHEDULES.cosine(1e-4, 240))).toEqual(annealing);
  });
});

describe('warmUp', () => {
  it('rises in a straight line to 1 and stays there', () => {
    expect([1, 2, 3, 4, 5, 400].map((step) => warmUp(step, 4))).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(warmUp(1, 2.5)).toBe(0.4);
    expect([1, 2].map((step) => warmUp(step, 0))).toEqual([1, 1]);
    expect([1, 2].map((step) => warmUp(step, 0.3))).toEqual([1, 1]); // shorter than a step
  });
});
