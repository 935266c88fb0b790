import type { z } from 'zod';
import { namedTree } from '../node/data/openTree.ts';
import { SURVEYS } from '../tree/surveys.ts';
import type { Tree } from '../tree/tree.ts';
import { checkedOptions, surveysSchema } from './options.ts';

/**
 * The decision trees of all known surveys, or of one, or of a file.
 * @throws OptionError if there is no such survey or file; UserError that names the file and the path of the fault
 * @example (await surveys({ survey: 'gz-desi' }))[0].questions[1].text // 'How rounded is it?'
 */
export async function surveys(options: z.input<typeof surveysSchema> = {}): Promise<readonly Tree[]> {
  const { survey } = checkedOptions(surveysSchema, options);
  return survey === undefined ? SURVEYS : [await namedTree(survey, 'survey')];
}
