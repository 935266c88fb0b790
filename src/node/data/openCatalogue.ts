/** Opens catalogues: tables of votes, joined with pictures. */
import { existsSync } from 'node:fs';
import { compareIds } from '../../data/ids.ts';
import {
  describeSkipped,
  extensionsOf,
  type GalaxyImage,
  nameImages,
  type PictureOptions,
} from '../../data/images.ts';
import { type Catalogue, joinCatalogue } from '../../data/join.ts';
import { parseWeightedTable } from '../../data/weightedTable.ts';
import { OptionError, UserError } from '../../errors.ts';
import type { TaskOptions } from '../../events.ts';
import {
  type FileReference,
  IMAGE_EXTENSIONS,
  type PictureFile,
  RAW_EXTENSIONS,
} from '../../files/reference.ts';
import { DEFAULT_PREPROCESSING } from '../../picture/preprocessing.ts';
import type { Tree } from '../../tree/tree.ts';
import { findKagglePart } from './kaggle.ts';
import { isList, listPictures } from './listPictures.ts';
import { type LabelOptions, labelOptions, readSolutions, refuseLabelOptions } from './readSolutions.ts';

/** Sources of galaxies; `data` or `solutions` is required. Options on labels apply to the tables of `solutions`. */
export interface CatalogueOptions extends LabelOptions, PictureOptions {
  /** A folder in Kaggle's layout: its training images and solutions. */
  readonly data?: string;
  /** Further tables; with a weight after a colon, `teacher.csv:0.5`, if it is not 1. */
  readonly solutions?: readonly string[];
  /** Their pictures, folder or zip: one for each table, one for all, or none to use `data`'s training images. */
  readonly images?: readonly string[];
}

/**
 * The tables and the paths of their pictures, those of `data` first.
 * @throws OptionError if they do not pair up, or a weight is bad
 */
async function pairSources({ data, solutions = [], images = [] }: CatalogueOptions) {
  if (solutions.length === 0 && images.length > 0) {
    throw new OptionError('images', 'requires `solutions`: a table of labels for these pictures');
  }
  if (data === undefined && solutions.length === 0) {
    throw new OptionError('data', 'expected a folder, or `solutions` with `images`; got neither');
  }
  if (images.length > 1 && images.length !== solutions.length) {
    const problem = `expected one for all, or one for each of the ${solutions.length} \`solutions\`, got ${images.length}`;
    throw new OptionError('images', problem);
  }
  const own = data === undefined ? [] : [await findKaggleTraining(data)];
  const shared = images[0] ?? own[0]?.folder;
  if (shared === undefined) {
    throw new OptionError('solutions', 'requires `images` or `data`: the pictures of these galaxies');
  }
  const others = solutions.map((solution, i) => ({
    ...parseWeightedTable(solution, existsSync),
    folder: images.length > 1 ? images[i]! : shared,
    kaggle: false,
  }));
  return [...own, ...others];
}

async function findKaggleTraining(data: string) {
  const path = await findKagglePart(data, 'trainingSolutions');
  return { path, weight: 1, folder: await findKagglePart(data, 'trainingImages'), kaggle: true };
}

/** Lists the pictures that suit frames. @throws UserError as `listPictures` */
async function listSuitable(
  path: string,
  options: PictureOptions,
  onEvent: TaskOptions['onEvent'],
): Promise<FileReference[]> {
  const [suitable, others, wanted] =
    options.frames?.stretch === undefined
      ? [
          extensionsOf(DEFAULT_PREPROCESSING, options.shown),
          RAW_EXTENSIONS,
          'pictures of 8 bits, as raw values need a stretch',
        ]
      : [RAW_EXTENSIONS, IMAGE_EXTENSIONS, 'raw values (FITS, or PNG and TIFF of 16 bits) for a stretch'];
  try {
    return await listPictures(path, suitable, options, onEvent);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [other] = await listPictures(path, others, options).catch(() => []);
    if (other === undefined) throw error;
    throw new UserError(`${path}: expected ${wanted}; got files such as ${other.name}`);
  }
}

/**
 * The pictures of a source and their IDs, in the order of a list or of Parquet files, else sorted by ID; see `listPictures`.
 * @throws UserError if there are none, or two have the same ID; OptionError for an option without effect
 */
export async function openImages(
  path: string,
  options: PictureOptions = {},
  onEvent?: TaskOptions['onEvent'],
): Promise<GalaxyImage<PictureFile>[]> {
  const onSkipped = (names: readonly string[]) => {
    const message = `${path}: ${describeSkipped(names)}; files such as ${names[0]} do not match ${options.bandFiles}`;
    onEvent?.({ kind: 'note', message });
  };
  const images = nameImages(path, await listSuitable(path, options, onEvent), options, { onSkipped });
  // Pictures of Parquet files are read by row group.
  const isOrdered = (await isList(path)) || images.some(({ image }) => image.kind === 'parquet');
  return isOrdered ? images : images.sort((a, b) => compareIds(a.id, b.id));
}

/**
 * Reads all tables, lists all pictures and joins them by ID; see `joinCatalogue`.
 * @throws UserError that says what is missing or wrong, and where
 * @example
 * const more = { data: 'galaxy-zoo', solutions: ['teacher.csv:0.5'], images: ['cutouts'] };
 * const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, more);
 */
export async function openCatalogue(
  tree: Tree,
  options: CatalogueOptions,
  onEvent?: TaskOptions['onEvent'],
): Promise<Catalogue> {
  const { solutions = [] } = options;
  if (solutions.length === 0)
    refuseLabelOptions(options, "requires `solutions`: tables of `data` are Kaggle's");
  const opened = new Map<string, GalaxyImage<PictureFile>[]>();
  const labelled = [];
  for (const { path, weight, folder, kaggle } of await pairSources(options)) {
    const images = opened.get(folder) ?? (await openImages(folder, { ...options, hasLabels: true }, onEvent));
    opened.set(folder, images);
    const pictures = new Set(images.map(({ id }) => id));
    const table = kaggle ? { kaggle } : { ...labelOptions(options), pictures };
    labelled.push({ solutions: await readSolutions(tree, path, table), images, folder, weight });
  }
  return joinCatalogue(labelled);
}
