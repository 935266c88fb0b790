/** A pool of worker threads. */
import { parentPort, type Transferable, Worker, workerData } from 'node:worker_threads';
import { asOutOfMemory, OutOfMemory, UserError } from '../../errors.ts';

/** A thread's answer: a result, or an error's message and kind, because errors lose their class on the way. */
type Answer<Result> = { result: Result } | { message: string; kind: keyof typeof KINDS };

const KINDS = { UserError, OutOfMemory, Error };

interface Order<Task, Result> {
  task: Task;
  transfer: Transferable[];
  resolve: (result: Result) => void;
  reject: (error: Error) => void;
}

interface Member<Task, Result> {
  worker: Worker;
  /** The current step of the thread's task; shared, so that it can be read after the thread has died. */
  step: Int32Array<SharedArrayBuffer>;
  order: Order<Task, Result> | undefined;
}

/**
 * Threads that each run one task at a time, first come, first served. They start when they are needed and are replaced when
 * they die. Idle threads do not keep the process alive.
 */
export class WorkerPool<Task, Result> {
  private readonly members = new Set<Member<Task, Result>>();
  private readonly queue: Order<Task, Result>[] = [];
  private closed = false;

  /**
   * @param entry a module that calls `serve`
   * @param count the most threads at a time
   * @param describe names a step of a task, for errors
   */
  constructor(
    private readonly entry: URL,
    private readonly count: number,
    private readonly describe: (task: Task, step: number) => string,
  ) {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new UserError(`workers: expected a positive integer, got ${count}`);
    }
  }

  /**
   * Runs a task in a thread.
   * @param transfer buffers in `task` that are moved to the thread instead of copied
   * @throws the task's error, as UserError, OutOfMemory or Error; Error if the thread dies or the pool is closed. The message
   * begins with the step
   */
  run(task: Task, transfer: Transferable[] = []): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.closed) throw new Error('the workers are closed');
      this.queue.push({ task, transfer, resolve, reject });
      this.dispatch();
    });
  }

  /** Stops all threads at once; running and waiting tasks are rejected. */
  async close(): Promise<void> {
    this.closed = true;
    const members = [...this.members];
    for (const member of members) this.bury(member, 'the workers were closed');
    for (const { reject } of this.queue.splice(0)) reject(new Error('the workers were closed'));
    await Promise.all(members.map(({ worker }) => worker.terminate()));
  }

  private dispatch(): void {
    while (this.queue.length > 0) {
      const idle = [...this.members].find(({ order }) => order === undefined);
      if (!idle && this.members.size >= this.count) return;
      const order = this.queue.shift()!;
      try {
        const member = idle ?? this.hire();
        member.worker.postMessage(order.task, order.transfer);
        member.worker.ref();
        member.order = order;
      } catch (error) {
        // No thread could be started, or the task cannot be cloned.
        order.reject(
          new Error(`${this.describe(order.task, 0)}: ${(error as Error).message}`, { cause: error }),
        );
      }
    }
  }

  private hire(): Member<Task, Result> {
    const step = new Int32Array(new SharedArrayBuffer(4));
    // Without the process's flags (--input-type, a test runner's loader): the thread runs built JavaScript.
    const worker = new Worker(this.entry, { workerData: step, execArgv: [] });
    const member: Member<Task, Result> = { worker, step, order: undefined };
    worker.on('message', (answer: Answer<Result>) => this.finish(member, answer));
    worker.on('error', (error: Error) => this.bury(member, error.message));
    worker.on('exit', (code) => this.bury(member, `the worker stopped with code ${code}`));
    this.members.add(member);
    return member;
  }

  private finish(member: Member<Task, Result>, answer: Answer<Result>): void {
    const { task, resolve, reject } = member.order!;
    member.order = undefined;
    member.worker.unref();
    if ('result' in answer) {
      resolve(answer.result);
    } else {
      const { message, kind } = answer;
      reject(new KINDS[kind](`${this.describe(task, member.step[0]!)}: ${message}`));
    }
    this.dispatch();
  }

  /** Removes a dead thread. */
  private bury(member: Member<Task, Result>, message: string): void {
    if (!this.members.delete(member)) return;
    const { order, step } = member;
    order?.reject(new Error(`${this.describe(order.task, step[0]!)}: ${message}`));
    if (!this.closed) this.dispatch();
  }
}

/**
 * Runs the tasks of a {@link WorkerPool} in this thread.
 * @param handle runs one task. It calls `at` with the number of each step, and returns the result and the buffers in it that are
 * moved instead of copied
 */
export function serve<Task, Result>(
  handle: (task: Task, at: (step: number) => void) => Promise<{ result: Result; transfer: Transferable[] }>,
): void {
  const step = workerData as Int32Array<SharedArrayBuffer>;
  const at = (number: number) => {
    Atomics.store(step, 0, number);
  };
  parentPort!.on('message', async (task: Task) => {
    at(0);
    try {
      const { result, transfer } = await handle(task, at);
      parentPort!.postMessage({ result } satisfies Answer<Result>, transfer);
    } catch (cause) {
      const error = asOutOfMemory(cause) as Error;
      const isOutOfMemory = error instanceof OutOfMemory;
      const kind = isOutOfMemory ? 'OutOfMemory' : error instanceof UserError ? 'UserError' : 'Error';
      const message = isOutOfMemory ? error.detail : error.message;
      parentPort!.postMessage({ message, kind } satisfies Answer<Result>);
    }
  });
}
