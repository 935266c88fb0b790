/** Opens the catalogue that a command's `--data`, `--solutions` and `--images` describe. */
import { existsSync } from 'node:fs';
import { indexImages, type SourceImages } from '../../data/images.ts';
import { type Catalogue, joinCatalogue } from '../../data/join.ts';
import { parseWeightedTable, type WeightedTable } from '../../data/weightedTable.ts';
import { UserError } from '../../errors.ts';
import { listSource } from '../files/source.ts';
import { findKagglePart } from './kaggle.ts';
import { readSolutions } from './readSolutions.ts';

/** Where galaxies come from; at least `data` or `solutions` is needed. */
export interface CatalogueOptions {
  /** A folder in Kaggle's layout: its training images and solutions. */
  readonly data?: string;
  /** Further tables, CSV or zip; a weight may stand behind a colon, `teacher.csv:0.5` (default 1). */
  readonly solutions?: readonly string[];
  /** Their pictures, folder or zip: one for each table, one for all, or none for `data`'s training images. */
  readonly images?: readonly string[];
}

/** A table and where the pictures of its galaxies are. */
interface SourcePair {
  readonly table: WeightedTable;
  readonly images: string;
}

/**
 * The pairs of solutions and images that the options mean, those of `data` first.
 * @throws UserError where they do not pair up, or a weight is bad
 */
async function pairSources(options: CatalogueOptions): Promise<SourcePair[]> {
  const { data, solutions = [], images = [] } = options;
  if (solutions.length === 0 && images.length > 0) {
    throw new UserError('--images without --solutions: expected a table of vote fractions for these images');
  }
  if (data === undefined && solutions.length === 0) {
    throw new UserError('expected --data DIR, or --solutions CSV with --images DIR; got neither');
  }
  if (images.length > 1 && images.length !== solutions.length) {
    throw new UserError(
      `expected one --images for all or one for each of the ${solutions.length} --solutions, got ${images.length}`,
    );
  }
  const pairs: SourcePair[] = [];
  if (data !== undefined) {
    pairs.push({
      table: { path: await findKagglePart(data, 'trainingSolutions'), weight: 1 },
      images: await findKagglePart(data, 'trainingImages'),
    });
  }
  const shared = images[0] ?? pairs[0]?.images;
  if (shared === undefined)
    throw new UserError('--solutions without --images or --data: where are the images?');
  solutions.forEach((solution, i) => {
    const table = parseWeightedTable(solution, existsSync);
    pairs.push({ table, images: images.length > 1 ? images[i]! : shared });
  });
  return pairs;
}

/**
 * Lists the pictures of a folder, zip or single file, by GalaxyID.
 *
 * @throws UserError where there are none, or two of one galaxy
 * @example
 * const { byId } = await openImages('images_test_rev1.zip');
 */
export async function openImages(path: string): Promise<SourceImages> {
  return indexImages(path, await listSource(path));
}

/**
 * Reads all tables, lists all pictures and joins them by GalaxyID; see `joinCatalogue`.
 *
 * @throws UserError that says what is missing or wrong, and where
 * @example
 * const { galaxies } = await openCatalogue({ data: 'galaxy-zoo' });
 * const more = await openCatalogue({ data: 'galaxy-zoo', solutions: ['teacher.csv:0.5'], images: ['cutouts'] });
 */
export async function openCatalogue(options: CatalogueOptions): Promise<Catalogue> {
  const opened = new Map<string, SourceImages>();
  const labelled = [];
  for (const pair of await pairSources(options)) {
    const images = opened.get(pair.images) ?? (await openImages(pair.images));
    opened.set(pair.images, images);
    const { path, weight } = pair.table;
    labelled.push({ solutions: await readSolutions(path), images, weight });
  }
  return joinCatalogue(labelled);
}
