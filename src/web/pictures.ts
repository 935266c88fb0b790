/** Pictures of a page, read and drawn on the calling thread: call from a worker to keep the page responsive. */
import { batchLength, columnCount, type ImageReference, imageName } from '../picture/batch.ts';
import { loadPicture } from '../picture/decode.ts';
import { fillBatch, type LoadedPicture } from '../picture/fillBatch.ts';
import { inOrder } from '../picture/inOrder.ts';
import type { FrameSettings } from '../picture/preprocessing.ts';
import { ImageError } from '../picture/unreadable.ts';
import type { PictureReader } from '../platform.ts';
import { webDecoder } from './decoder.ts';

/** Reads a picture of memory, a `Blob` or a zip. @throws ImageError if it cannot be read, or does not fit the frames */
export async function readPicture(image: ImageReference, frames?: FrameSettings): Promise<LoadedPicture> {
  if (image.kind === 'record') throw new ImageError(imageName(image), 'a page reads no stores');
  return await loadPicture(webDecoder, image, frames);
}

/** Fills batches, the next one while the caller works on one. */
export function pictureReader(): PictureReader {
  const spare: Float32Array<ArrayBuffer>[] = [];
  return {
    batches: (jobs) =>
      inOrder(jobs, 1, async (job) => {
        const length = batchLength(job);
        const last = spare.pop();
        const data = last?.length === length ? last : new Float32Array(length);
        const report = await fillBatch(job, data, (image) => readPicture(image, job.preprocessing));
        return { job, data, filled: columnCount(job), ...report };
      }),
    recycle: (data) => {
      spare[0] = data;
    },
    close: async () => {},
  };
}
