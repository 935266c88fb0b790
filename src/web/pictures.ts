/** Pictures of a page: pixels in memory, drawn on the calling thread. */
import { batchLength, columnCount, type ImageReference, imageName } from '../picture/batch.ts';
import { fillBatch, type LoadedPicture, memoryPicture } from '../picture/fillBatch.ts';
import { inOrder } from '../picture/inOrder.ts';
import type { FrameSettings } from '../picture/preprocessing.ts';
import { ImageError } from '../picture/unreadable.ts';
import type { PictureReader } from '../platform.ts';

/** @throws ImageError if the picture is not in memory, or does not fit the frames */
export function memoryPixels(image: ImageReference, frames?: FrameSettings): LoadedPicture {
  const name = imageName(image);
  if (image.kind !== 'pixels' && image.kind !== 'frame' && image.kind !== 'memory') {
    throw new ImageError(name, 'a page reads pictures from memory only');
  }
  return memoryPicture(image, frames);
}

/** Fills batches, one at a time. */
export function memoryReader(): PictureReader {
  const spare: Float32Array<ArrayBuffer>[] = [];
  return {
    batches: (jobs) =>
      inOrder(jobs, 1, async (job) => {
        const length = batchLength(job);
        const last = spare.pop();
        const data = last?.length === length ? last : new Float32Array(length);
        const report = await fillBatch(job, data, (image) => memoryPixels(image, job.preprocessing));
        return { job, data, filled: columnCount(job), ...report };
      }),
    recycle: (data) => {
      spare[0] = data;
    },
    close: async () => {},
  };
}
