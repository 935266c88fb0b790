/**
 * Runs up to `ahead` jobs at a time and yields their results in order. It takes a job only when it can start it, so neither
 * jobs nor results pile up. An error of a job, or of `jobs` itself, is thrown after the preceding results. When the iteration
 * ends, even early, it waits for the running jobs.
 * @param ahead jobs that run while the consumer works on a result, 1 or more
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
    result.catch(() => {}); // thrown when its result is due
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
