/** Explains pictures one after the other; memory does not grow with their number. */
import type { Model } from '../model/model.ts';
import type { ImageReference } from '../picture/batch.ts';
import { inOrder } from '../picture/inOrder.ts';
import { RECORD_BYTES, toRecord } from '../picture/record.ts';
import { ImageError, SkippedPictures } from '../picture/unreadable.ts';
import type { Platform } from '../platform.ts';
import { Explainer, type ExplainOptions } from './explainer.ts';
import type { Explanation } from './explanation.ts';

/** A picture and its explanation. */
export interface ExplainedPicture<Image extends ImageReference = ImageReference> {
  image: Image;
  /** `[212, 212, 3]` */
  record: Uint8Array;
  explanation: Explanation;
}

/** Pictures read ahead while one is explained. */
const AHEAD = 2;

/**
 * Explains pictures in the given order; unreadable ones are reported and skipped.
 * @throws ImageError if the only picture is unreadable; TooManyBadImages if more than `maxBad` of several are, or all;
 * RangeError for an unknown layer; UserError for an unusable device
 */
export async function* explain<Image extends ImageReference>(
  platform: Platform,
  model: Model,
  images: readonly Image[],
  options: ExplainOptions = {},
): AsyncGenerator<ExplainedPicture<Image>, void, undefined> {
  const { maxBad, onEvent } = options;
  const read = async (image: Image) => {
    try {
      const pixels = await platform.readPixels(image);
      return { image, record: pixels.length === RECORD_BYTES ? pixels : toRecord(pixels) };
    } catch (error) {
      if (error instanceof ImageError) return error;
      throw error;
    }
  };
  const skipped = new SkippedPictures(images.length, maxBad, onEvent);
  const explainer = await Explainer.open(platform, model, options);
  let done = 0;
  try {
    for await (const picture of inOrder(images, AHEAD, read)) {
      if (picture instanceof ImageError) {
        if (images.length === 1) throw picture;
        skipped.add({ name: picture.file, reason: picture.reason });
      } else {
        yield { ...picture, explanation: await explainer.explain(picture.record) };
      }
      onEvent?.({ kind: 'progress', doing: 'explaining', done: ++done, total: images.length });
    }
    skipped.checkSomeLeft(images[0]);
  } finally {
    await explainer.close();
  }
}
