/** Explains pictures one after the other; memory does not grow with their number. */
import { UserError } from '../errors.ts';
import { isUnlikeTraining } from '../model/trainingPictures.ts';
import { type ImageReference, imageName } from '../picture/batch.ts';
import { recordOfPicture } from '../picture/fillBatch.ts';
import { FlaggedPictures } from '../picture/flags.ts';
import { inOrder } from '../picture/inOrder.ts';
import { describeFrames } from '../picture/preprocessing.ts';
import { ReadHdus } from '../picture/readHdus.ts';
import type { RecordPixels } from '../picture/record.ts';
import { ImageError, SkippedPictures } from '../picture/unreadable.ts';
import type { Platform } from '../platform.ts';
import { type ExplainedNetwork, Explainer, type ExplainOptions } from './explainer.ts';
import type { Explanation } from './explanation.ts';
import { neutralView } from './views.ts';

/** A picture and its explanations. */
interface ExplainedPicture<Image> {
  image: Image;
  /** `[212, 212, bands]` */
  record: RecordPixels;
  /** One for each network. */
  explanations: Explanation[];
}

/** Pictures read ahead while one is explained. */
const AHEAD = 2;

/**
 * Explains pictures in the given order; unreadable ones are reported and skipped, and those with flags are reported: `unlike-training` if
 * the picture is unlike the training pictures of any network. All networks explain the answers that the first one chooses.
 * @throws ImageError if the only picture is unreadable; TooManyBadImages if more than `maxBad` of several are, or all;
 * RangeError for an unknown layer; UserError for an unusable device, or networks with different frames
 */
export async function* explain<Image extends ImageReference>(
  platform: Platform,
  networks: readonly ExplainedNetwork[],
  images: readonly Image[],
  options: ExplainOptions = {},
): AsyncGenerator<ExplainedPicture<Image>, void, undefined> {
  const { maxBad, onEvent } = options;
  const { preprocessing: frames } = networks[0]!.model;
  for (const { model } of networks) {
    const [expected, got] = [frames, model.preprocessing].map(describeFrames);
    if (got !== expected) {
      throw new UserError(`${model.file}: expected a network for ${expected}, got one for ${got}`);
    }
  }
  const flagged = new FlaggedPictures();
  const readHdus = new ReadHdus();
  const read = async (image: Image) => {
    try {
      const picture = await platform.readPicture(image, frames);
      const { flags = [], hdus = [] } = picture;
      const pixels = recordOfPicture(picture);
      const isUnlike = networks.some(({ model }) =>
        isUnlikeTraining(model, neutralView(model.preprocessing, pixels), 0, 1),
      );
      flagged.add({ name: imageName(image), flags: isUnlike ? [...flags, 'unlike-training'] : flags });
      readHdus.add(hdus);
      return { image, record: pixels };
    } catch (error) {
      if (error instanceof ImageError) return error;
      throw error;
    }
  };
  const skipped = new SkippedPictures(images.length, maxBad, onEvent, true);
  const explainers = await Explainer.openAll(platform, networks, options);
  let done = 0;
  try {
    for await (const picture of inOrder(images, AHEAD, read)) {
      if (picture instanceof ImageError) {
        if (images.length === 1) throw picture;
        const { file: name, reason, options } = picture;
        skipped.add({ name, reason, options });
        skipped.check();
      } else {
        const explanations: Explanation[] = [];
        for (const explainer of explainers) {
          const answers = explanations[0]?.answers.map(({ column }) => column);
          explanations.push(await explainer.explain(picture.record, answers));
        }
        yield { ...picture, explanations };
      }
      onEvent?.({ kind: 'progress', doing: 'explaining', done: ++done, total: images.length });
    }
    skipped.checkSomeLeft(images[0]);
    for (const message of [...readHdus.lines(), ...flagged.lines()]) onEvent?.({ kind: 'note', message });
  } finally {
    await Promise.all(explainers.map((explainer) => explainer.close()));
  }
}
