/** Decision trees by name, or from a file, a data folder or a packed file. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '../../errors.ts';
import { parseJson } from '../../files/json.ts';
import { LONGEST_SETTINGS, readText } from '../../files/read.ts';
import { parseTree } from '../../tree/parse.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { SURVEYS } from '../../tree/surveys.ts';
import type { Tree } from '../../tree/tree.ts';
import { nodeFiles } from '../files/files.ts';
import { isMissing } from '../files/systemError.ts';
import { ImageStore } from '../pictures/store.ts';
import { storedTree } from '../pictures/storedLabels.ts';

/**
 * The tree of a survey, by name, or of a JSON file with `TreeData` or a list of classes.
 * @param name one of `SURVEYS`, or a path
 * @param option the option that has this value, for messages
 * @throws OptionError if there is no such survey or file; UserError that names the file and the path of the fault
 * @example (await namedTree('gz-euclid')).columns.length // 46
 */
export async function namedTree(name: string, option = 'tree'): Promise<Tree> {
  const survey = SURVEYS.find(({ data }) => data.name === name);
  if (survey !== undefined) return survey;
  const text = await readText(nodeFiles, name, LONGEST_SETTINGS).catch((cause: Error) => {
    if (!isMissing(cause)) throw cause;
    const names = SURVEYS.map(({ data }) => data.name).join(', ');
    throw new OptionError(option, `no such survey or file; expected a .json file, or one of ${names}`, name, {
      cause,
    });
  });
  return parseTree(parseJson(text, name), name);
}

/**
 * The tree of data: that of `tree`, of the folder's `tree.json` or of the packed file.
 * @param tree the option: see {@link namedTree}
 * @param otherwise the tree if there is none of these
 * @throws OptionError if `tree` is given for a packed file, which has its own tree; UserError that names the file and the fault
 * @example (await openTree('galaxy-zoo')).data.title // 'Galaxy Zoo 2'
 */
export async function openTree(
  data: string | undefined,
  tree?: string,
  otherwise: Tree = GALAXY_ZOO_2,
): Promise<Tree> {
  const isPacked = data !== undefined && existsSync(data) && statSync(data).isFile();
  if (isPacked && tree !== undefined)
    throw new OptionError('tree', `has no effect: \`data\` ${data} is packed with its tree`, tree);
  if (tree !== undefined) return namedTree(tree);
  if (data === undefined) return otherwise;
  if (isPacked) {
    return ImageStore.use(data, (store) => storedTree(store) ?? GALAXY_ZOO_2);
  }
  const file = join(data, 'tree.json');
  const text = await readText(nodeFiles, file, LONGEST_SETTINGS).catch((error: Error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return text === undefined ? otherwise : parseTree(parseJson(text, file), file);
}
