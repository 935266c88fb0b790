/** The galaxies of a training: listed, decoded once into a store, split. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { describeSource, type Galaxy } from '../data/join.ts';
import { splitGalaxies } from '../data/split.ts';
import { UserError } from '../errors.ts';
import type { TaskOptions, TrainingData } from '../events.ts';
import { openCatalogue } from '../node/data/openCatalogue.ts';
import { type PackResult, packImages } from '../node/pictures/pack.ts';
import { ImageStore } from '../node/pictures/store.ts';
import type { LabelledGalaxy } from '../train/batches.ts';
import type { TrainingConfig } from '../train/config.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

function digestOf(parts: readonly LabelledGalaxy[][]): string {
  const hash = createHash('sha256');
  for (const galaxies of parts) {
    hash.update(`${galaxies.map(({ id, weight }) => `${id}:${weight}`).join()};`);
    for (const { fractions } of galaxies) hash.update(fractions);
  }
  return hash.digest('hex');
}

function readStore(path: string): LabelledGalaxy[] {
  const store = ImageStore.open(path);
  try {
    const fractions = store.fractions(GALAXY_ZOO_2);
    if (fractions === undefined) throw new UserError(`${path}: holds pictures without vote fractions`);
    const weights = store.weights();
    return store.ids().map((id, index) => ({
      id,
      fractions: fractions.slice(
        index * GALAXY_ZOO_2.columns.length,
        (index + 1) * GALAXY_ZOO_2.columns.length,
      ),
      weight: weights?.[index] ?? 1,
      image: { kind: 'record', path, index, identity: store.identity },
    }));
  } finally {
    store.close();
  }
}

/** What of the settings says which galaxies there are. */
export type Sources = Pick<TrainingConfig, 'data' | 'solutions' | 'images' | 'maxBad' | 'workers'>;

/** The file of `pack` that a training's `data` is, if it is one. */
export function packedFile({
  data,
  solutions,
  images,
}: Pick<Sources, 'data' | 'solutions' | 'images'>): string | undefined {
  if (data === undefined || !existsSync(data) || !statSync(data).isFile()) return undefined;
  if (solutions.length + images.length > 0) {
    throw new UserError(
      `--solutions or --images with the packed --data ${data}: pack all sources into one file instead`,
    );
  }
  return data;
}

/** The galaxies of a training before their pictures are decoded. */
export interface Listing {
  galaxies: readonly Pick<LabelledGalaxy, 'id' | 'fractions' | 'image'>[];
  /** With their pictures, where tables were read. */
  catalogue?: readonly Galaxy[];
  /** Where they lie decoded already. */
  store?: string;
}

/**
 * Lists the galaxies of a training; no picture is opened.
 * @param keptStore a store of the same galaxies that is there from before
 * @throws UserError for whatever is wrong with the tables, or with packed `data`
 */
export async function listGalaxies(
  sources: Sources & Partial<Pick<TrainingConfig, 'augmentation'>>,
  { onEvent }: TaskOptions,
  keptStore?: string,
): Promise<Listing> {
  const packed = packedFile(sources);
  const needsOriginals = sources.augmentation === 'august';
  if (packed !== undefined && needsOriginals) {
    throw new UserError(
      `--augmentation august with the packed --data ${packed}: it needs the original pictures`,
    );
  }
  const store = packed ?? keptStore;
  if (store !== undefined && !needsOriginals) return { galaxies: readStore(store), store };
  const catalogue = await openCatalogue(GALAXY_ZOO_2, sources);
  for (const source of catalogue.sources) onEvent?.({ kind: 'note', message: describeSource(source) });
  return { galaxies: catalogue.galaxies, catalogue: catalogue.galaxies, store };
}

/**
 * Decodes the pictures of a catalogue into a store.
 * @throws TooManyBadImages
 */
export async function packCatalogue(
  galaxies: readonly Galaxy[],
  { workers, maxBad }: Pick<Sources, 'workers' | 'maxBad'>,
  path: string,
  { onEvent }: TaskOptions,
  signal?: AbortSignal,
): Promise<PackResult> {
  const result = await packImages({
    tree: GALAXY_ZOO_2,
    galaxies,
    path,
    workers,
    maxBad,
    signal,
    onEvent,
  });
  const note = (message: string) => onEvent?.({ kind: 'note', message });
  const { count, leftOut, resampled } = result;
  if (leftOut.length > 0) note(`${leftOut.length} of ${count + leftOut.length} pictures left out`);
  if (resampled > 0) note(`${resampled} pictures are not 424×424 and were resampled`);
  return result;
}

/** @throws UserError where so many galaxies do not fill one batch */
function checkBatch(batch: number, galaxies: number): void {
  if (galaxies >= batch) return;
  throw new UserError(`--batch ${batch}: there are only ${galaxies} galaxies to train on`);
}

/**
 * Makes the galaxies of a training ready: decodes them, where they are not decoded yet, into a store at `storePath`.
 * @throws UserError where there are too few galaxies for one batch; TooManyBadImages
 */
export async function prepareData(
  config: TrainingConfig & { batch: number },
  listing: Listing,
  storePath: string,
  { onEvent }: TaskOptions,
  signal?: AbortSignal,
): Promise<TrainingData> {
  const { batch, validation: share, seed, augmentation } = config;
  const { galaxies, catalogue, store = storePath } = listing;
  checkBatch(batch, galaxies.length - Math.round(share * galaxies.length));
  if (catalogue && !existsSync(store)) await packCatalogue(catalogue, config, store, { onEvent }, signal);
  const { training, validation } = splitGalaxies(GALAXY_ZOO_2, readStore(store), share, seed);
  const message = `${training.length} galaxies to train on, ${validation.length} to validate`;
  onEvent?.({ kind: 'note', message });
  checkBatch(batch, training.length);
  const digest = digestOf([training, validation]);
  if (augmentation !== 'august') return { training, validation, digest };
  const originals = new Map(catalogue!.map(({ id, image }) => [id, image]));
  const originalOf = (id: string) => {
    const image = originals.get(id);
    if (image === undefined) throw new UserError(`galaxy ${id}: its picture is not there any more`);
    return image;
  };
  return {
    training: training.map((each) => ({ ...each, image: originalOf(each.id) })),
    validation,
    digest,
  };
}
