/** Predicts the files that a page was given. */
import { describeSkipped, type PictureOptions } from '../data/images.ts';
import type { BlobFile } from '../files/reference.ts';
import type { Model } from '../model/model.ts';
import type { Platform } from '../platform.ts';
import {
  type GalaxyPrediction,
  type PredictOptions as PredictorOptions,
  predictGalaxies,
} from '../predict/predict.ts';
import { listFiles, type PickedFile } from './listFiles.ts';
import { webPlatform } from './platform.ts';

export interface PredictOptions
  extends Omit<PredictorOptions, 'workers' | 'force'>,
    Pick<PictureOptions, 'shown' | 'hdu' | 'pixelScale' | 'bandFiles'> {
  /** Default: a new `webPlatform()`. */
  platform?: Platform;
}

/**
 * Predicts the vote fractions of the pictures in files, folders and zips, sorted by ID. A file that cannot be used is a `skipped` event.
 * @param files of a picker, or those of `filesOfDrop`
 * @throws TooManyBadImages if more than `maxBad` of the pictures cannot be read; OptionError
 * @example
 * import { leadingRoute } from 'tuningfork';
 * import { openModel, predict } from 'tuningfork/web';
 *
 * async function classify(picker: { files: File[] }) {
 *   const model = await openModel('models/box.safetensors');
 *   for await (const { id, fractions } of predict(model, picker.files, { maxBad: 1 }))
 *     console.log(id, leadingRoute(model.tree, fractions).map(({ label }) => label));
 * }
 */
export async function* predict(
  model: Model,
  files: readonly (PickedFile | BlobFile)[],
  options: PredictOptions = {},
): AsyncGenerator<GalaxyPrediction, void, undefined> {
  const { platform = webPlatform(), shown, hdu, pixelScale, bandFiles, ...predicting } = options;
  const { onEvent } = predicting;
  const reading = { frames: model.preprocessing, shown, hdu, pixelScale, bandFiles };
  const { galaxies, failures, skipped } = await listFiles(files, reading);
  for (const { name, reason } of failures) onEvent?.({ kind: 'skipped', name, reason });
  if (skipped.length > 0) onEvent?.({ kind: 'note', message: describeSkipped(skipped) });
  yield* predictGalaxies(platform, model, galaxies, predicting);
}
