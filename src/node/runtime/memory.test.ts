import { totalmem } from 'node:os';
import { expect, it } from 'vitest';
import { machineMemory } from './memory.ts';

it('machineMemory is no more than the machine has', () => {
  expect(machineMemory()).toBeGreaterThan(0);
  expect(machineMemory()).toBeLessThanOrEqual(totalmem());
});
