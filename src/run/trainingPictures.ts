/** A run's `training-pictures.json`: the statistics of its training pictures. */
import {
  checkTrainingPictures,
  type TrainingPictures,
  trainingPicturesSchema,
} from '../model/trainingPictures.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import { readDocument } from './folder.ts';
import { runPaths } from './paths.ts';

/** @returns undefined if the run has none: it is older, or has few galaxies @throws UserError that names the file and the fault */
export async function readTrainingPictures(
  files: Files,
  folder: string,
  preprocessing: Preprocessing,
): Promise<TrainingPictures | undefined> {
  const { trainingPictures: file } = runPaths(folder);
  const pictures = await readDocument(files, file, trainingPicturesSchema);
  if (pictures) checkTrainingPictures(pictures, preprocessing, file);
  return pictures;
}
