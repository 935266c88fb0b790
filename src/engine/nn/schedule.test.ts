import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cosine, cosineWarmRestarts } from './schedule.ts';

const golden = new URL('../../../../shared/goldens/schedules.json', import.meta.url);
const here = existsSync(golden);

describe('schedules', () => {
  it('restart', () => {
    const rate = cosineWarmRestarts(1, 2, 3, 0);
    expect([0, 1, 2, 8].map(rate)).toEqual([1, 0.5, 1, 1]);
  });

  it('go down to the minimum, and up again beyond the last epoch as PyTorch does', () => {
    const rate = cosine(1, 4, 0);
    expect(rate(4)).toBeCloseTo(0, 12);
    expect(rate(5)).toBeGreaterThan(0);
  });

  it.skipIf(!here)(`equal PyTorch's to the bit${here ? '' : ' (skipped: ../shared is not here)'}`, () => {
    const rates: Record<string, number[]> = JSON.parse(readFileSync(golden, 'utf8'));
    const restarts = cosineWarmRestarts(1e-4, 60, 3, 1e-8);
    const annealing = cosine(1e-4, 240, 1e-8);
    const [restartsKey, annealingKey] = Object.keys(rates);
    expect(rates[restartsKey!]!.map((_, epoch) => restarts(epoch))).toEqual(rates[restartsKey!]);
    expect(rates[annealingKey!]!.map((_, epoch) => annealing(epoch))).toEqual(rates[annealingKey!]);
  });
});
