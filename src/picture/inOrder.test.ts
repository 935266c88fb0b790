import { describe, expect, it } from 'vitest';
import { inOrder } from './inOrder.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Jobs 0…count-1 that record how many were taken and whether they were closed. */
function counted(count: number) {
  const state = { taken: 0, closed: false };
  function* jobs() {
    try {
      for (let i = 0; i < count; i++) {
        state.taken++;
        yield i;
      }
    } finally {
      state.closed = true;
    }
  }
  return { state, jobs: jobs() };
}

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('inOrder', () => {
  it.each([1, 2, 3, 20])('yields results in order, with at most %i running jobs', async (ahead) => {
    let underway = 0;
    let most = 0;
    const work = async (i: number) => {
      most = Math.max(most, ++underway);
      await sleep((i * 7) % 5); // later jobs may end first
      underway--;
      return i * i;
    };
    expect(await collect(inOrder(counted(9).jobs, ahead, work))).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64]);
    expect(most).toBe(Math.min(ahead, 9));
  });

  it('takes jobs only when it can start them, and runs them while the consumer works', async () => {
    const { state, jobs } = counted(1000);
    const results = inOrder(jobs, 3, async (i) => i);
    expect(state.taken).toBe(0);
    await results.next();
    expect(state.taken).toBe(4); // the one that was yielded, and three ahead
    await results.return();
    expect(state.closed).toBe(true);
  });

  it('waits for running jobs when the iteration ends early', async () => {
    let ended = 0;
    const results = inOrder(counted(50).jobs, 4, async (i) => {
      await sleep(i === 0 ? 0 : 10);
      ended++;
    });
    for await (const _ of results) break;
    expect(ended).toBe(5);
  });

  it('throws a job’s error after the preceding results', async () => {
    const { state, jobs } = counted(50);
    const seen: number[] = [];
    const run = async () => {
      const work = async (i: number) => {
        if (i === 2) throw new Error('job 2');
        return i;
      };
      for await (const result of inOrder(jobs, 8, work)) seen.push(result);
    };
    await expect(run()).rejects.toThrow('job 2');
    expect(seen).toEqual([0, 1]);
    expect(state.closed).toBe(true);
  });

  it('throws an error of the job iterator after the preceding results', async () => {
    async function* failing() {
      yield 0;
      yield 1;
      throw new Error('no more jobs');
    }
    const seen: number[] = [];
    const run = async () => {
      for await (const result of inOrder(failing(), 8, async (i) => i)) seen.push(result);
    };
    await expect(run()).rejects.toThrow('no more jobs');
    expect(seen).toEqual([0, 1]);
  });

  it('yields no results without jobs, and refuses `ahead` below 1', async () => {
    expect(await collect(inOrder([], 2, async () => 1))).toEqual([]);
    await expect(inOrder([1], 0, async () => 1).next()).rejects.toThrow('ahead: expected 1 or more, got 0');
  });
});
