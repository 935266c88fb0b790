/** Explanations for any number of pictures: they stream through, in their order, and memory does not grow with them. */
import type { FileReference } from '../files/reference.ts';
import { ImageError, readFrame } from '../node/pictures/decode.ts';
import { inOrder } from '../node/pictures/inOrder.ts';
import { type LeftOut, sourceOf, TooManyBadImages } from '../node/pictures/pack.ts';
import { toRecord } from '../picture/record.ts';
import type { ExplainedNetwork } from './ablationCam.node.ts';
import { Explainer, type ExplainOptions } from './explainer.node.ts';
import type { Explanation } from './explanation.ts';

/** How pictures are explained. */
export interface ExplainPicturesOptions extends ExplainOptions {
  /** The share of pictures that may be unreadable; each is told and left out. Default 0.01. */
  maxBad?: number;
  onBad?: (name: string, reason: string) => void;
  onProgress?: (done: number, total: number) => void;
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
  const { maxBad = 0.01, onBad, onProgress } = options;
  const read = async (image: FileReference): Promise<ReadPicture> => {
    try {
      return { image, record: toRecord((await readFrame(image)).pixels) };
    } catch (error) {
      if (error instanceof ImageError) return error;
      throw error;
    }
  };
  const leftOut: LeftOut[] = [];
  const explainer = await Explainer.open(trained, options);
  let done = 0;
  try {
    for await (const picture of inOrder(images, AHEAD, read)) {
      if (picture instanceof ImageError) {
        if (images.length === 1) throw picture;
        const { file: name, reason } = picture;
        leftOut.push({ name, reason });
        onBad?.(name, reason);
        if (leftOut.length > maxBad * images.length)
          throw new TooManyBadImages(leftOut, images.length, maxBad);
      } else {
        yield { ...picture, explanation: await explainer.explain(picture.record) };
      }
      onProgress?.(++done, images.length);
    }
    if (leftOut.length > 0 && leftOut.length === images.length)
      throw new TooManyBadImages(leftOut, images.length, maxBad, sourceOf(images[0]!));
  } finally {
    await explainer.close();
  }
}
