/** Threads that read pictures and fill batches ahead of their use. */
import { availableParallelism } from 'node:os';
import type { PictureFile } from '../../files/reference.ts';
import { type BatchJob, batchLength, columnCount, imageName } from '../../picture/batch.ts';
import { inOrder } from '../../picture/inOrder.ts';
import { DEFAULT_PREPROCESSING, type FrameSettings } from '../../picture/preprocessing.ts';
import type { Batch, PictureReader } from '../../platform.ts';
import { WorkerPool } from './pool.ts';
import type { FilledBatch, ImageTask, RecordResult } from './worker.ts';

/** The picture of a task's step, for errors. */
function describe(task: ImageTask, step: number): string {
  const image = task.kind === 'record' ? task.image : task.job.items[step]?.image;
  return image ? imageName(image) : 'an empty batch';
}

/** The image threads. They serve any number of epochs and sources; results do not depend on their number. */
export class ImageWorkers implements PictureReader {
  private readonly pool: WorkerPool<ImageTask, RecordResult | FilledBatch>;
  /** Buffers of used batches, the latest last. */
  private readonly spare: ArrayBuffer[] = [];

  /**
   * @param count number of threads. Default: one for each processor. Files are decoded on libuv's threads, four for the whole
   * process: for more, set UV_THREADPOOL_SIZE before Node starts. Records need no decoding.
   * @throws UserError if `count` is not a positive integer
   */
  constructor(readonly count: number = availableParallelism()) {
    this.pool = new WorkerPool(new URL('./worker.js', import.meta.url), count, describe);
  }

  /** The record of a file, `[212, 212, bands]`, or the reason why it cannot be read. */
  record(image: PictureFile, frames: FrameSettings = DEFAULT_PREPROCESSING): Promise<RecordResult> {
    return this.pool.run({ kind: 'record', image, frames }) as Promise<RecordResult>;
  }

  /**
   * Fills one batch.
   * @throws RangeError if the views do not fit the batch; the thread's error, whose message begins with the picture's name
   */
  async batch<Job extends BatchJob>(job: Job): Promise<Batch<Job>> {
    const { items, size, capacity, preprocessing } = job;
    const filled = columnCount(job);
    const buffer = this.takeSpare(4 * batchLength(job));
    const task: ImageTask = { kind: 'batch', job: { items, size, capacity, preprocessing }, buffer };
    const result = (await this.pool.run(task, buffer ? [buffer] : [])) as FilledBatch;
    return { job, filled, ...result };
  }

  /**
   * The batches of jobs, strictly in order, filled ahead of their use. There are never more than `ahead + 1` batches in
   * memory. The caller may stop iterating early; the threads then finish their tasks and can be used again.
   * @param jobs taken one by one
   * @param ahead number of batches being filled or ready while one is used. Default: one more than there are threads
   * @throws the first error, when its job is due; the message begins with the picture's name
   */
  batches<Job extends BatchJob>(
    jobs: Iterable<Job> | AsyncIterable<Job>,
    ahead: number = this.count + 1,
  ): AsyncGenerator<Batch<Job>, void, undefined> {
    return inOrder(jobs, ahead, (job) => this.batch(job));
  }

  /** Gives back a batch's memory, to be filled again: `data` is empty from the next batch on. Optional; it saves memory. */
  recycle(data: Float32Array<ArrayBuffer>): void {
    if (data.byteLength === 0) return;
    this.spare.push(data.buffer);
    if (this.spare.length > this.count + 2) this.spare.shift();
  }

  /** Stops the threads; running tasks are rejected. */
  close(): Promise<void> {
    return this.pool.close();
  }

  private takeSpare(bytes: number): ArrayBuffer | undefined {
    const index = this.spare.findLastIndex(({ byteLength }) => byteLength === bytes);
    return index < 0 ? undefined : this.spare.splice(index, 1)[0];
  }
}
