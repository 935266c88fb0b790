/** The decision tree of a folder's labels. */
import { join } from 'node:path';
import { parseJson } from '../../files/json.ts';
import { parseTree } from '../../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../../tree/tree.ts';
import { LONGEST_SETTINGS, readText } from '../files/read.ts';
import { isMissing } from '../files/systemError.ts';

/**
 * The tree of a data folder: that of its `tree.json`, or Galaxy Zoo 2 if it has none.
 * @throws UserError that names the file and the fault
 * @example (await openTree('galaxy-zoo')).data.title // 'Galaxy Zoo 2'
 */
export async function openTree(folder: string): Promise<Tree> {
  const file = join(folder, 'tree.json');
  const text = await readText(file, LONGEST_SETTINGS).catch((error: Error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return text === undefined ? GALAXY_ZOO_2 : parseTree(parseJson(text, file), file);
}
