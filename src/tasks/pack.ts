import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import { openTree } from '../node/data/openTree.ts';
import { listGalaxies, packCatalogue } from '../node/data/trainingData.ts';
import type { PackResult } from '../node/pictures/pack.ts';
import { checkedOptions, packSchema } from './options.ts';
import { checkNoInput, sourceInputs } from './outputs.ts';

/**
 * Decodes all training pictures into one file, which `train` takes as `data`.
 * @throws OptionError for a wrong option; UserError if tables or pictures are missing; TooManyBadImages if more
 * than `maxBad` of the pictures cannot be read
 * @example await pack({ data: 'galaxy-zoo', out: 'galaxies.pack' }); // { out: 'galaxies.pack', … }
 */
export async function pack({
  onEvent,
  profile: _,
  ...given
}: z.input<typeof packSchema> & TaskOptions): Promise<PackResult & { out: string }> {
  const { out, tree: named, ...settings } = checkedOptions(packSchema, given);
  const { data } = settings;
  checkNoInput('out', out, sourceInputs({ ...settings, tree: named }));
  const tree = await openTree(data, named);
  const listing = await listGalaxies(tree, settings, { onEvent });
  const { catalogue } = listing;
  if (catalogue === undefined) throw new OptionError('data', 'is packed already', data);
  return { out, ...(await packCatalogue(listing, catalogue, settings, out, { onEvent })) };
}
