import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { restartEpochs, SCHEDULES, warmUp } from './schedule.ts';

const golden = new URL('../../../../shared/goldens/schedules.json', import.meta.url);
const here = existsSync(golden);

describe('schedules', () => {
  it('warm-restarts starts again after 60 and 240 epochs', () => {
    const rate = SCHEDULES['warm-restarts'](1, 300);
    expect([0, 60, 240].map(rate)).toEqual([1, 1, 1]);
    for (const half of [30, 150]) expect(rate(half)).toBeCloseTo(0.5, 7);
  });

  it('warm-restarts takes the first cycle, the factor and the minimum as PyTorch does', () => {
    // torch.optim.lr_scheduler.CosineAnnealingWarmRestarts of PyTorch 2.13, get_last_lr() by epoch
    const equal = SCHEDULES['warm-restarts'](1e-3, 6, { firstCycle: 3, factor: 1, minimum: 0 });
    const third = 0.0002500000000000001;
    expect([0, 1, 2, 3, 4, 5].map(equal)).toEqual([0.001, 0.00075, third, 0.001, 0.00075, third]);
    const longer = SCHEDULES['warm-restarts'](5e-4, 14, { firstCycle: 4, factor: 2, minimum: 1e-6 });
    expect(Array.from({ length: 14 }, (_, epoch) => longer(epoch))).toEqual([
      ...[0.0005, 0.0004269231419060436, 0.0002505, 7.40768580939564e-5],
      ...[0.0005, 0.00048100794336156604, 0.0004269231419060436, 0.00034597951637508993],
      ...[0.0002505, 0.0001550204836249101, 7.40768580939564e-5, 1.9992056638433958e-5],
      ...[0.0005, 0.000495205927460606],
    ]);
    expect(restartEpochs(14, { firstCycle: 4, factor: 2 })).toEqual([4, 12]);
    expect(restartEpochs(12, { firstCycle: 4, factor: 2 })).toEqual([4]);
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
    expect(ofEpochs(restarts, SCHEDULES['warm-restarts'](1e-4, 240))).toEqual(restarts);
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
