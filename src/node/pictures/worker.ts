/** The module that image threads run; see `ImageWorkers`. */
import type { PictureFile } from '../../files/reference.ts';
import {
  type BatchFailure,
  type BatchJob,
  batchLength,
  type FlaggedItem,
  type ImageReference,
  imageName,
} from '../../picture/batch.ts';
import { fillBatch } from '../../picture/fillBatch.ts';
import type { PictureFlag } from '../../picture/flags.ts';
import type { FrameSettings } from '../../picture/preprocessing.ts';
import type { ReadHdu } from '../../picture/readHdus.ts';
import { type RecordPixels, toRecord } from '../../picture/record.ts';
import { ImageError, type UnreadPicture } from '../../picture/unreadable.ts';
import { readDeepRecord, readFrame } from './decode.ts';
import { PictureLoader } from './loader.ts';
import { serve } from './pool.ts';

/** A filled batch, from a thread. */
export interface FilledBatch {
  data: Float32Array<ArrayBuffer>;
  failures: BatchFailure[];
  flagged: FlaggedItem[];
  hdus: ReadHdu[];
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
    if (frames.stretch !== undefined) return { ...(await readDeepRecord(image, frames)), resampled: false };
    const { pixels, resampled, flags } = await readFrame(image, frames);
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
    const flagged: FlaggedItem[] = [];
    const hdus: ReadHdu[] = [];
    let item = 0;
    const load = async (image: ImageReference) => {
      const picture = await loader.load(image, job.preprocessing);
      const { flags = [] } = picture;
      if (flags.length > 0) flagged.push({ item, name: imageName(image), flags });
      hdus.push(...(picture.hdus ?? []));
      return picture;
    };
    const failures = await fillBatch(job, data, load, (each) => {
      item = each;
      at(each);
    });
    return { result: { data, failures, flagged, hdus }, transfer: [data.buffer] };
  } finally {
    loader.close();
  }
});
