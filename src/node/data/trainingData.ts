/** The galaxies of a training run: lists them, decodes their pictures into a store, and splits them. */
import { existsSync, statSync } from 'node:fs';
import { checkPictureOptions } from '../../data/images.ts';
import { describeCatalogue, type Galaxy } from '../../data/join.ts';
import type { LabelledGalaxy } from '../../data/labels.ts';
import { checkSplit, type GalaxySplit, type SplitSettings, splitData } from '../../data/trainingSplit.ts';
import { OptionError, UserError } from '../../errors.ts';
import type { TaskOptions, TrainingData } from '../../events.ts';
import { framesOf } from '../../model/preprocessing.ts';
import type { RecordReference } from '../../picture/batch.ts';
import { FlaggedPictures } from '../../picture/flags.ts';
import type { FrameSettings } from '../../picture/preprocessing.ts';
import type { Tree } from '../../tree/tree.ts';
import { type PackResult, packImages } from '../pictures/pack.ts';
import { ImageStore } from '../pictures/store.ts';
import { storedCounts, storedFlags, storedFractions, storedFrames } from '../pictures/storedLabels.ts';
import { type CatalogueOptions, openCatalogue } from './openCatalogue.ts';
import { readIds, refuseLabelOptions } from './readSolutions.ts';

function readStore(tree: Tree, path: string): LabelledGalaxy<RecordReference>[] {
  return ImageStore.use(path, (store) => {
    const fractions = storedFractions(store, tree);
    if (fractions === undefined) throw new UserError(`${path}: has pictures but no vote fractions`);
    const counts = storedCounts(store);
    const weights = store.weights();
    const flags = storedFlags(store);
    const width = tree.columns.length;
    return store.ids().map((id, index) => {
      const cells = (values: Float64Array) => values.slice(index * width, (index + 1) * width);
      const own = counts && cells(counts);
      return {
        id,
        fractions: cells(fractions),
        ...(own && !own.every(Number.isNaN) && { counts: own }), // some tables have no counts
        weight: weights?.[index] ?? 1,
        image: { kind: 'record', path, index, identity: store.identity, flags: flags.get(index) },
      };
    });
  });
}

/** Sources of the galaxies to train on. `data` may also be a file of `pack`. */
interface TrainingSources extends Omit<CatalogueOptions, 'frames'>, Partial<FrameSettings> {
  /** `august` needs the original pictures. */
  readonly augmentation?: string;
  /** The share of pictures that may be unreadable. */
  readonly maxBad: number;
  /** Threads that decode pictures. */
  readonly workers?: number;
}

/**
 * The settings of a training's pictures; a packed file has its own.
 * @throws OptionError for wrong settings; UserError if the packed file is wrong
 */
export function openFrames(sources: TrainingSources): FrameSettings {
  const packed = packedFile(sources);
  if (packed === undefined) {
    const frames = framesOf(sources);
    checkPictureOptions(sources, frames);
    return frames;
  }
  const { stretch, bands, field, hdu, bandFiles, pixelScale } = sources;
  const given = Object.entries({ stretch, bands, field, hdu, bandFiles, pixelScale });
  const [option, value] = given.find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined)
    throw new OptionError(
      option,
      `has no effect: the pictures of \`data\` ${packed} are decoded already`,
      value,
    );
  return ImageStore.use(packed, storedFrames);
}

/** The path of the packed file; undefined if `data` is not a file. */
export function packedFile({
  data,
  solutions = [],
  images = [],
  ...labels
}: Omit<CatalogueOptions, 'frames'>): string | undefined {
  if (data === undefined || !existsSync(data) || !statSync(data).isFile()) return undefined;
  if (solutions.length + images.length > 0) {
    const problem = 'is packed, which takes no `solutions` or `images`: pack all sources into one file';
    throw new OptionError('data', problem, data);
  }
  refuseLabelOptions(labels, `has no effect: \`data\` ${data} is packed`);
  return data;
}

/** The galaxies of a training run before their pictures are decoded. */
export interface Listing {
  tree: Tree;
  galaxies: readonly LabelledGalaxy[];
  /** The galaxies with their original pictures, if tables were read. */
  catalogue?: readonly Galaxy[];
  /** Path of the decoded pictures, if they exist. */
  store?: string;
  /** The settings of the pictures. */
  frames: FrameSettings;
}

/**
 * Lists the galaxies of a training run; opens no picture.
 * @param keptStore an existing store of the same galaxies
 * @throws UserError if the tables or the packed file are wrong
 */
export async function listGalaxies(
  tree: Tree,
  sources: TrainingSources,
  { onEvent }: TaskOptions,
  keptStore?: string,
): Promise<Listing> {
  const packed = packedFile(sources);
  const needsOriginals = sources.augmentation === 'august';
  if (packed !== undefined && needsOriginals) {
    const problem = `needs the original pictures, and \`data\` ${packed} is packed`;
    throw new OptionError('augmentation', problem, 'august');
  }
  const frames = openFrames(sources);
  const store = packed ?? keptStore;
  if (store !== undefined && !needsOriginals)
    return { tree, galaxies: readStore(tree, store), store, frames };
  const catalogue = await openCatalogue(tree, { ...sources, frames }, onEvent);
  for (const message of describeCatalogue(catalogue)) onEvent?.({ kind: 'note', message });
  return { tree, galaxies: catalogue.galaxies, catalogue: catalogue.galaxies, store, frames };
}

/**
 * Decodes the pictures of a catalogue into a store.
 * @throws TooManyBadImages
 */
export async function packCatalogue(
  { tree, frames }: Pick<Listing, 'tree' | 'frames'>,
  galaxies: readonly Galaxy[],
  { workers, maxBad }: Pick<TrainingSources, 'workers' | 'maxBad'>,
  path: string,
  { onEvent }: TaskOptions,
  signal?: AbortSignal,
): Promise<PackResult> {
  const result = await packImages({ tree, frames, galaxies, path, workers, maxBad, signal, onEvent });
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  const { count, leftOut, resampled } = result;
  if (leftOut.length > 0) note(`${leftOut.length} of ${count + leftOut.length} pictures left out`);
  if (resampled > 0)
    note(
      `${resampled} pictures were resampled to 212×212: their central square or field is neither 424 nor 212 pixels wide`,
    );
  return result;
}

/** A split, and the table of the galaxies that may be held out. */
interface HeldOutSettings extends SplitSettings {
  /** Default: all may. */
  holdOut?: string;
  idColumn?: string;
}

/** The IDs of `holdOut`. @throws OptionError if none of them is that of a galaxy; errors of the table */
async function readHoldOut(
  { holdOut, idColumn }: HeldOutSettings,
  galaxies: readonly LabelledGalaxy[],
): Promise<ReadonlySet<string> | undefined> {
  if (holdOut === undefined) return undefined;
  const pictures = new Set(galaxies.map(({ id }) => id));
  const ids = (await readIds(holdOut, { idColumn, pictures })).filter((id) => pictures.has(id));
  if (ids.length === 0)
    throw new OptionError('holdOut', `has none of the ${galaxies.length} galaxies`, holdOut);
  return new Set(ids);
}

/**
 * Opens the split of a training's galaxies.
 * @throws OptionError if a share holds out nothing, or fewer galaxies are left than a batch or `limit` has; errors of the table of `holdOut`
 */
export async function openSplit(
  config: HeldOutSettings,
  galaxies: readonly LabelledGalaxy[],
): Promise<GalaxySplit> {
  const from = await readHoldOut(config, galaxies);
  checkSplit(config, galaxies.length, from?.size);
  return { config, from };
}

/**
 * Prepares the galaxies of a training run: decodes them into a store at `storePath`, unless that exists already, and splits them.
 * @throws OptionError if there are fewer galaxies than a batch has, or a part of the split would be empty; TooManyBadImages
 */
export async function prepareData(
  config: TrainingSources & HeldOutSettings,
  listing: Listing,
  storePath: string,
  { onEvent }: TaskOptions,
  signal?: AbortSignal,
): Promise<TrainingData> {
  const { tree, galaxies, catalogue, store = storePath } = listing;
  const split = await openSplit(config, galaxies);
  if (catalogue && !existsSync(store)) {
    await packCatalogue(listing, catalogue, config, store, { onEvent }, signal);
  }
  const stored = readStore(tree, store);
  if (packedFile(config) !== undefined) {
    const flagged = new FlaggedPictures();
    for (const { id, image } of stored) flagged.add({ name: id, flags: image.flags ?? [] });
    for (const message of flagged.lines()) onEvent?.({ kind: 'note', message });
  }
  const data = await splitData(tree, stored, split, onEvent);
  if (config.augmentation !== 'august') return data;
  const originals = new Map(catalogue!.map(({ id, image }) => [id, image]));
  const withOriginal = (galaxy: LabelledGalaxy) => {
    const image = originals.get(galaxy.id);
    if (image === undefined) throw new UserError(`galaxy ${galaxy.id}: its picture no longer exists`);
    return { ...galaxy, image };
  };
  return { ...data, training: data.training.map(withOriginal) };
}
