/** The module that image threads run; see `ImageWorkers`. */
import type { PictureFile } from '../../files/reference.ts';
import { type BatchJob, type BatchReport, batchLength } from '../../picture/batch.ts';
import { readDeepRecord, readSquare } from '../../picture/decode.ts';
import { fillBatch } from '../../picture/fillBatch.ts';
import type { PictureFlag } from '../../picture/flags.ts';
import type { FrameSettings } from '../../picture/preprocessing.ts';
import type { ReadHdu } from '../../picture/readHdus.ts';
import { type RecordPixels, toRecord } from '../../picture/record.ts';
import { ImageError, type UnreadPicture } from '../../picture/unreadable.ts';
import { nodeDecoder } from './decode.ts';
import { PictureLoader } from './loader.ts';
import { serve } from './pool.ts';

/** A filled batch, from a thread. */
export interface FilledBatch extends BatchReport {
  data: Float32Array<ArrayBuffer>;
}

/** A file's record `[212, 212, bands]`, or the reason why it cannot be read. */
export type RecordResult =
  | {
      record: RecordPixels;
      resampled: boolean;
      flags: readonly PictureFlag[];
      hdus?: readonly ReadHdu[];
    }
  | UnreadPicture;

/** A task: make the record of a file, or fill a batch, in a used buffer of its size if there is one. */
export type ImageTask =
  | { kind: 'record'; image: PictureFile; frames: FrameSettings }
  | { kind: 'batch'; job: BatchJob; buffer: ArrayBuffer | undefined };

async function readRecord(image: PictureFile, frames: FrameSettings): Promise<RecordResult> {
  try {
    if (frames.stretch !== undefined)
      return { ...(await readDeepRecord(nodeDecoder, image, frames)), resampled: false };
    const { pixels, resampled, flags } = await readSquare(nodeDecoder, image, frames);
    return { record: toRecord(pixels), resampled, flags };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const { file: name, reason, options } = error;
    return { name, reason, options };
  }
}

serve<ImageTask, RecordResult | FilledBatch>(async (task, at) => {
  if (task.kind === 'record') {
    const result = await readRecord(task.image, task.frames);
    return { result, transfer: 'record' in result ? [result.record.buffer as ArrayBuffer] : [] };
  }
  const { job } = task;
  const data = new Float32Array(task.buffer ?? new ArrayBuffer(4 * batchLength(job)));
  const loader = new PictureLoader();
  try {
    const report = await fillBatch(job, data, (image) => loader.load(image, job.preprocessing), at);
    return { result: { data, ...report }, transfer: [data.buffer] };
  } finally {
    loader.close();
  }
});
