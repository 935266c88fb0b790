/** A run's `training-pictures.json`: the statistics of its training pictures. */
import { parseJson } from '../files/json.ts';
import { readText } from '../files/read.ts';
import { checked } from '../files/schema.ts';
import {
  checkTrainingPictures,
  type TrainingPictures,
  trainingPicturesSchema,
} from '../model/trainingPictures.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { Files } from '../platform.ts';
import { runPaths } from './paths.ts';

export const writeTrainingPictures = (
  files: Files,
  folder: string,
  pictures: TrainingPictures,
): Promise<void> => files.write(runPaths(folder).trainingPictures, `${JSON.stringify(pictures)}\n`);

/** @returns undefined if the run has none: it is older, or has few galaxies @throws UserError that names the file and the fault */
export async function readTrainingPictures(
  files: Files,
  folder: string,
  preprocessing: Preprocessing,
): Promise<TrainingPictures | undefined> {
  const { trainingPictures: file } = runPaths(folder);
  if (!(await files.exists(file))) return undefined;
  const pictures = checked(trainingPicturesSchema, parseJson(await readText(files, file), file), file);
  checkTrainingPictures(pictures, preprocessing, file);
  return pictures;
}
