/** The layout of Kaggle's Galaxy Challenge: a folder with the downloads, zipped or unpacked. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { enumerate, UserError } from '../../errors.ts';
import { isMissing, unreadable } from '../files/systemError.ts';

/** Possible names of each part, the preferred one first. */
const PARTS = {
  trainingImages: ['images_training_rev1', 'images_training_rev1.zip'],
  trainingSolutions: ['training_solutions_rev1.csv', 'training_solutions_rev1.zip'],
  testImages: ['images_test_rev1', 'images_test_rev1.zip'],
} as const;

/** The most files that a message lists. */
const SHOWN = 10;

/** A part of the challenge's data. */
type KagglePart = keyof typeof PARTS;

/** Possible paths of the training tables and pictures. @example trainingParts('galaxy-zoo').length // 4 */
export const trainingParts = (data: string): string[] =>
  [...PARTS.trainingSolutions, ...PARTS.trainingImages].map((name) => join(data, name));

/**
 * Finds a part of the challenge's data in a folder.
 * @throws UserError that lists the expected and the present files, if the part is missing
 * @example await findKagglePart('galaxy-zoo', 'testImages'); // 'galaxy-zoo/images_test_rev1.zip'
 */
export async function findKagglePart(data: string, part: KagglePart): Promise<string> {
  let present: string[];
  try {
    present = (await readdir(data)).filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    if (!isMissing(cause)) throw unreadable(data, cause);
    const { code } = cause as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? 'no such folder; expected one' : 'expected a folder';
    throw new UserError(`${data}: ${problem} in the layout of Kaggle's Galaxy Challenge`, { cause });
  }
  const found = PARTS[part].find((name) => present.includes(name));
  if (found !== undefined) return join(data, found);
  throw new UserError(
    `${data}: expected ${PARTS[part].join(' or ')}; found ${enumerate(present, SHOWN) || 'nothing'}`,
  );
}
