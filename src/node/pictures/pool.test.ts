import { afterEach, describe, expect, it } from 'vitest';
import { OutOfMemory, UserError } from '../../errors.ts';
import { WorkerPool } from './pool.ts';

/** A worker in plain JavaScript that follows the protocol of `serve`; it needs no build. */
const entry = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData, threadId } from 'node:worker_threads';
    parentPort.on('message', async (task) => {
      Atomics.store(workerData, 0, task.step ?? 0);
      if (task.sleep) await new Promise((resolve) => setTimeout(resolve, task.sleep));
      if (task.exit !== undefined) process.exit(task.exit);
      if (task.crash) setImmediate(() => { throw new Error(task.crash); });
      else if (task.fail) parentPort.postMessage({ message: task.fail, kind: task.kind ?? 'Error' });
      else parentPort.postMessage({ result: { threadId, bytes: task.buffer?.byteLength } });
    });
  `)}`,
);

interface Task {
  name: string;
  step?: number;
  sleep?: number;
  exit?: number;
  crash?: string;
  fail?: string;
  kind?: 'UserError' | 'OutOfMemory';
  buffer?: ArrayBuffer;
}

const pools: WorkerPool<Task, { threadId: number; bytes?: number }>[] = [];
function open(count: number, module = entry) {
  const pool: (typeof pools)[0] = new WorkerPool(module, count, ({ name }, step) => `${name} ${step}`);
  pools.push(pool);
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe('WorkerPool', () => {
  it('runs more tasks than it has threads', async () => {
    const pool = open(2);
    const tasks = Array.from({ length: 20 }, (_, i) => pool.run({ name: `task ${i}`, sleep: 2 }));
    const threads = new Set((await Promise.all(tasks)).map(({ threadId }) => threadId));
    expect(threads.size).toBe(2);
  });

  it('moves buffers instead of copying them', async () => {
    const buffer = new ArrayBuffer(64);
    expect((await open(1).run({ name: 'move', buffer }, [buffer])).bytes).toBe(64);
    expect(buffer.byteLength).toBe(0);
  });

  it('rejects a task that cannot be cloned, and continues', async () => {
    const pool = open(1);
    const unsendable = { name: 'function', extra: () => 1 };
    await expect(pool.run(unsendable)).rejects.toThrow(/^function 0: .* could not be cloned/);
    await expect(pool.run({ name: 'next' })).resolves.toBeDefined();
  });

  it('names the step of a failed task, keeps the kind of error, and continues', async () => {
    const pool = open(1);
    const failure = pool.run({ name: 'picture', step: 3, fail: 'no disk' });
    await expect(failure).rejects.toThrow('picture 3: no disk');
    await expect(failure).rejects.not.toBeInstanceOf(UserError);
    const mistake = pool.run({ name: 'picture', fail: 'bad', kind: 'UserError' });
    await expect(mistake).rejects.toBeInstanceOf(UserError);
    const want = pool.run({ name: 'picture', fail: 'no more', kind: 'OutOfMemory' });
    await expect(want).rejects.toEqual(new OutOfMemory('picture 0: no more'));
    await expect(want).rejects.toBeInstanceOf(OutOfMemory);
    await expect(pool.run({ name: 'next' })).resolves.toBeDefined();
  });

  it('names the step at which a thread dies, and replaces it', async () => {
    const pool = open(1);
    const died = expect(pool.run({ name: 'first', step: 7, exit: 3 })).rejects.toThrow(
      'first 7: the worker stopped with code 3',
    );
    const crashed = expect(pool.run({ name: 'second', crash: 'out of luck' })).rejects.toThrow(
      'second 0: out of luck',
    );
    await expect(pool.run({ name: 'third' })).resolves.toBeDefined();
    await Promise.all([died, crashed]);
  });

  it('rejects the task of each of many threads that die', async () => {
    const pool = open(2);
    const tasks = Array.from({ length: 12 }, (_, i) => pool.run({ name: `task ${i}`, exit: 9 }));
    const outcomes = await Promise.allSettled(tasks);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual(
      tasks.map((_, i) => `task ${i} 0: the worker stopped with code 9`),
    );
    await expect(pool.run({ name: 'next' })).resolves.toBeDefined();
  });

  it.each([
    ['throws', new URL('data:text/javascript,throw new Error("no such library")'), /no such library/],
    ['does not exist', new URL('nowhere.js', import.meta.url), /Cannot find module/],
    ['is not on this machine', new URL('https://localhost/worker.js'), /URL/],
  ])("rejects every task if the threads' module %s", async (_, module, reason) => {
    const pool = open(2, module);
    const tasks = Array.from({ length: 5 }, (_, i) => pool.run({ name: `task ${i}` }));
    for (const [i, outcome] of (await Promise.allSettled(tasks)).entries()) {
      expect(outcome).toMatchObject({ status: 'rejected' });
      const { message } = (outcome as PromiseRejectedResult).reason;
      expect(message).toMatch(new RegExp(`^task ${i} 0: `));
      expect(message).toMatch(reason);
    }
  });

  it('rejects running, waiting and new tasks when it is closed', async () => {
    const pool = open(1);
    const tasks = ['under way', 'waiting'].map((name) => pool.run({ name, sleep: 60_000 }));
    const rejected = tasks.map((task) => expect(task).rejects.toThrow('the workers were closed'));
    await pool.close();
    await Promise.all(rejected);
    await expect(pool.run({ name: 'new' })).rejects.toThrow('the workers are closed');
  });

  it.each([0, 1.5, Number.NaN])('refuses %s threads', (count) => {
    expect(() => open(count)).toThrow(UserError);
  });
});
