/**
 * Runs ahead of its consumer: keeps up to `ahead` jobs under way and gives their results strictly in order. Jobs are taken
 * one by one as there is room, so neither they nor the results pile up. An error, of a job or of `jobs` itself, comes in
 * its turn and ends it. However it ends, early too, it waits for what is under way.
 * @param ahead how many jobs are under way while the consumer works on a result; 1 or more
 * @example
 * for await (const page of inOrder(addresses, 4, (address) => fetch(address))) show(page);
 */
export async function* inOrder<Job, Result>(
  jobs: Iterable<Job> | AsyncIterable<Job>,
  ahead: number,
  start: (job: Job) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  if (!(ahead >= 1)) throw new RangeError(`ahead: expected 1 or more, got ${ahead}`);
  const iterator = Symbol.asyncIterator in jobs ? jobs[Symbol.asyncIterator]() : jobs[Symbol.iterator]();
  const underway: Promise<Result>[] = [];
  let more = true;
  const add = (result: Promise<Result>) => {
    result.catch(() => {}); // told when its turn comes
    underway.push(result);
  };
  const fill = async () => {
    while (more && underway.length < ahead) {
      try {
        const next = await iterator.next();
        if (next.done) more = false;
        else add(start(next.value));
      } catch (error) {
        more = false;
        add(Promise.reject(error));
      }
    }
  };
  try {
    await fill();
    while (underway.length > 0) {
      const result = await underway[0];
      void underway.shift();
      await fill();
      yield result!;
    }
  } finally {
    if (more) await iterator.return?.();
    await Promise.allSettled(underway);
  }
}
