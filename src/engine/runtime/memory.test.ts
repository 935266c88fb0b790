import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.ts';
import type { TaskEvent } from '../../events.ts';
import { checkMemory, describeMemory } from './memory.ts';

const machine = 25e9;
/** A batch of a thousand takes all the memory of the machine. */
const estimate = (batch: number) => (batch / 1000) * machine;

describe('describeMemory', () => {
  it('rounds bytes to gigabytes', () => {
    const estimates = [1.93e9, 9.9e9, 61.4e9, 28e15].map((bytes) => describeMemory({ bytes, machine: 25e9 }));
    expect(estimates).toEqual([
      'memory: about 1.9 GB of 25 GB',
      'memory: about 9.9 GB of 25 GB',
      'memory: about 61 GB of 25 GB',
      'memory: about 28,000,000 GB of 25 GB',
    ]);
  });
});

describe('checkMemory', () => {
  const events: TaskEvent[] = [];
  const onEvent = (event: TaskEvent) => events.push(event);

  it('reports tasks that fit, and tasks that are forced', () => {
    checkMemory({ machine, onEvent }, 500, estimate);
    checkMemory({ machine, onEvent, force: true }, 4000, estimate);
    expect(events.splice(0)).toEqual([
      { kind: 'memory', bytes: machine / 2, machine },
      { kind: 'memory', bytes: 4 * machine, machine },
    ]);
  });

  it('refuses a task that does not fit, and names a batch that fits', () => {
    const check = () => checkMemory({ machine, onEvent }, 2000, estimate);
    expect(check).toThrow(UserError);
    expect(check).toThrow(
      /^batch 2000: needs about [\d.,]+ GB of memory, and the machine has [\d.,]+ GB; a batch of 500 would take about [\d.,]+ GB; `force` runs it anyway$/,
    );
    expect(() => checkMemory({ machine }, 8, () => 2 * machine)).toThrow('; no smaller batch would fit;');
    expect(events).toEqual([]);
  });

  it('names `force` for a task without batches', () => {
    const check = () => checkMemory({ machine }, undefined, () => 2 * machine);
    expect(check).toThrow('force: required: needs about 50 GB of memory, and the machine has 25 GB');
    expect(check).not.toThrow('batch');
  });

  it('builds no graph if the lower bound is too large', () => {
    const never = () => {
      throw new Error('built');
    };
    const bound = () => 1e30;
    expect(() => checkMemory({ machine }, 8, never, bound)).toThrow(/^batch 8: needs more than [\d,]+ GB/);
    expect(() => checkMemory({ machine, force: true }, 8, never, bound)).not.toThrow();
  });
});
