/** Explanations for any number of pictures: they stream through, in their order, and memory does not grow with them. */
import type { FileReference } from '../files/reference.ts';
import { ImageError, readFrame } from '../node/pictures/decode.ts';
import { inOrder } from '../node/pictures/inOrder.ts';
import { toRecord } from '../picture/record.ts';
import { SkippedPictures } from '../picture/unreadable.ts';
import type { ExplainedNetwork } from './ablationCam.node.ts';
import { Explainer, type ExplainOptions } from './explainer.node.ts';
import type { Explanation } from './explanation.ts';

/** How pictures are explained. */
export interface ExplainPicturesOptions extends ExplainOptions {
  /** The share of pictures that may be unreadable; each is told and left out. Default 0.01. */
  maxBad?: number;
}

/** A picture and what is said of it. */
export interface ExplainedPicture {
  image: FileReference;
  /** [212, 212, 3] */
  record: Uint8Array;
  explanation: Explanation;
}

/** A picture that was read, or why it was not. */
type ReadPicture = Omit<ExplainedPicture, 'explanation'> | ImageError;

/** Pictures that are read while one is explained. */
const AHEAD = 2;

/**
 * Explains pictures, in the order given; those that cannot be read are told and left out.
 * @throws ImageError where the only picture cannot be read, TooManyBadImages where more than `maxBad` of several cannot, or
 * all; RangeError where there is no such layer; UserError for a device that is not there
 * @example
 * for await (const { image, explanation } of explain(await openRun('runs/first'), await listSource('images'))) {
 *   console.log(image.name, explanation.answers[0].column.label);
 * }
 */
export async function* explain(
  trained: ExplainedNetwork,
  images: readonly FileReference[],
  options: ExplainPicturesOptions = {},
): AsyncGenerator<ExplainedPicture, void, undefined> {
  const { maxBad, onEvent } = options;
  const read = async (image: FileReference): Promise<ReadPicture> => {
    try {
      return { image, record: toRecord((await readFrame(image)).pixels) };
    } catch (error) {
      if (error instanceof ImageError) return error;
      throw error;
    }
  };
  const skipped = new SkippedPictures(images.length, maxBad, onEvent);
  const explainer = await Explainer.open(trained, options);
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
