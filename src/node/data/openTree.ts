/** The decision tree of a data folder or packed file. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../../files/read.ts';
import { parseTree } from '../../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import type { Tree } from '../../tree/tree.ts';
import { nodeFiles } from '../files/files.ts';
import { isMissing } from '../files/systemError.ts';
import { ImageStore } from '../pictures/store.ts';
import { storedTree } from '../pictures/storedLabels.ts';

/**
 * The tree of a folder's `tree.json`, or that of a packed file; Galaxy Zoo 2 if there is none.
 * @throws UserError that names the file and the fault
 * @example (await openTree('galaxy-zoo')).data.title // 'Galaxy Zoo 2'
 */
export async function openTree(data: string | undefined): Promise<Tree> {
  if (data === undefined) return GALAXY_ZOO_2;
  if (existsSync(data) && statSync(data).isFile()) {
    return ImageStore.use(data, (store) => storedTree(store) ?? GALAXY_ZOO_2);
  }
  const file = join(data, 'tree.json');
  const text = await readText(nodeFiles, file, LONGEST_SETTINGS).catch((error: Error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return text === undefined ? GALAXY_ZOO_2 : parseTree(parseJson(text, file), file);
}
