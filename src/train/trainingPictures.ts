/** Measures the training pictures, so that predictions of others can be flagged. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { FEWEST_PICTURES, fitTrainingPictures, type TrainingPictures } from '../model/trainingPictures.ts';
import { type PictureStatistics, pictureStatistics } from '../picture/pictureStatistics.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { PictureReader } from '../platform.ts';
import { checkRead, neutralJobs } from './batches.ts';

/** The most pictures that are measured. */
const MOST = 2000;

/** The most pictures in a batch. */
const BATCH = 32;

/**
 * Measures training pictures, at most 2,000 of them, evenly spread.
 * @returns undefined if there are fewer than `FEWEST_PICTURES`
 * @throws Error if a picture can no longer be read
 */
export async function measureTrainingPictures(
  galaxies: readonly LabelledGalaxy[],
  reader: PictureReader,
  preprocessing: Preprocessing,
): Promise<TrainingPictures | undefined> {
  if (galaxies.length < FEWEST_PICTURES) return undefined;
  const count = Math.min(MOST, galaxies.length);
  const chosen = Array.from(
    { length: count },
    (_, i) => galaxies[Math.floor((i * galaxies.length) / count)]!,
  );
  const drawn = { size: preprocessing.size, capacity: BATCH, preprocessing };
  const pictures: PictureStatistics[] = [];
  for await (const { data, job, failures } of reader.batches(neutralJobs(chosen, drawn))) {
    checkRead(failures);
    for (const item of job.members.keys()) pictures.push(pictureStatistics(data, item, BATCH, preprocessing));
    reader.recycle(data);
  }
  return fitTrainingPictures(pictures);
}
