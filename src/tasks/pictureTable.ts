/** The pictures of a task that writes a table with a row for each. */
import { ID_COLUMN } from '../data/idColumn.ts';
import { extensionsOf, type GalaxyImage, type PictureOptions } from '../data/images.ts';
import type { MoreColumns } from '../data/output.ts';
import type { TabledPicture } from '../data/predictionTable.ts';
import { OptionError } from '../errors.ts';
import type { TaskOptions } from '../events.ts';
import type { Model } from '../model/model.ts';
import { keepColumns } from '../node/data/listPictures.ts';
import { openImages } from '../node/data/openCatalogue.ts';

interface TaskPictures {
  galaxies: GalaxyImage[];
  /** The columns of `keep`; undefined without it. */
  kept?: MoreColumns<TabledPicture>;
}

/**
 * Lists the pictures of a task for a network.
 * @param keep names of columns of the list, separated by commas
 * @param limit pictures at most, the first ones
 * @param taken names of the table's other columns, besides IDs and flags
 * @throws UserError if there are no pictures; OptionError for a column that is missing or would occur twice
 */
export async function openPictures(
  { preprocessing: frames }: Model,
  {
    images,
    keep,
    limit,
    ...reading
  }: { images: string; keep?: string; limit?: number } & Omit<PictureOptions, 'frames'>,
  taken: readonly string[],
  onEvent: TaskOptions['onEvent'],
): Promise<TaskPictures> {
  const options = { frames, ...reading };
  const galaxies = (await openImages(images, options, onEvent)).slice(0, limit);
  if (keep === undefined) return { galaxies };
  const names = keep.split(',').map((name) => name.trim());
  const others = [ID_COLUMN, 'flags', ...taken];
  const repeated = names.find((name, i) => others.includes(name) || names.indexOf(name) < i);
  if (repeated !== undefined) throw new OptionError('keep', `the table would have ${repeated} twice`, keep);
  return {
    galaxies,
    kept: await keepColumns(images, extensionsOf(frames, reading.shown), options, names, 'keep'),
  };
}
