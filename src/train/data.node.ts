/** The galaxies of a training: read, decoded once into a store, split. */
import { createHash } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { openCatalogue } from '../catalogue/catalogue.node.ts';
import { describeSource } from '../catalogue/join.ts';
import { splitGalaxies } from '../catalogue/split.ts';
import { UserError } from '../errors.ts';
import { type PackResult, packImages } from '../image/pack.node.ts';
import { ImageStore } from '../image/store.node.ts';
import { COLUMN_COUNT } from '../tree/columns.ts';
import type { StoredGalaxy } from './batches.ts';
import type { TrainingConfig } from './config.ts';

export interface TrainingData {
  /** The store's file. */
  store: string;
  training: StoredGalaxy[];
  validation: StoredGalaxy[];
  /** Of all that the training depends on: galaxies, votes, split. */
  digest: string;
}

function digestOf(parts: readonly StoredGalaxy[][]): string {
  const hash = createHash('sha256');
  for (const galaxies of parts) {
    hash.update(`${galaxies.map(({ id }) => id).join()};`);
    for (const { fractions } of galaxies) hash.update(fractions);
  }
  return hash.digest('hex');
}

/** Told while pictures are decoded. */
export interface DataObserver {
  note(message: string): void;
  decoding(done: number, total: number): void;
}

function readStore(path: string): StoredGalaxy[] {
  const store = ImageStore.open(path);
  try {
    const fractions = store.fractions();
    if (fractions === undefined) throw new UserError(`${path}: holds pictures without vote fractions`);
    return store.galaxyIds().map((id, record) => ({
      id,
      fractions: fractions.slice(record * COLUMN_COUNT, (record + 1) * COLUMN_COUNT),
      record,
    }));
  } finally {
    store.close();
  }
}

/** What of the settings says which galaxies there are. */
export type Sources = Pick<TrainingConfig, 'data' | 'solutions' | 'images' | 'maxBad' | 'workers'>;

/**
 * Decodes all labelled pictures into a store.
 * @throws UserError for whatever is wrong with the tables; TooManyBadImages
 */
export async function packCatalogue(
  sources: Sources,
  path: string,
  observer: DataObserver,
  signal?: AbortSignal,
): Promise<PackResult> {
  const catalogue = await openCatalogue(sources);
  for (const source of catalogue.sources) observer.note(describeSource(source));
  const result = await packImages({
    galaxies: catalogue.galaxies,
    path,
    workers: sources.workers,
    maxBad: sources.maxBad,
    signal,
    onProgress: (done, total) => observer.decoding(done, total),
    onBad: (name, reason) => observer.note(`${name}: left out: ${reason}`),
  });
  const { count, leftOut, resampled } = result;
  if (leftOut.length > 0) observer.note(`${leftOut.length} of ${count + leftOut.length} pictures left out`);
  if (resampled > 0) observer.note(`${resampled} pictures are not 424×424 and were resampled`);
  return result;
}

/**
 * Makes the galaxies of a training ready. `config.data` may be a store of its own; otherwise one is made at `storePath`.
 * @param keep use the store that is at `storePath` from before the training was stopped
 * @throws UserError where there are too few galaxies for one batch, and for whatever is wrong with tables and pictures
 */
export async function prepareData(
  config: TrainingConfig,
  storePath: string,
  keep: boolean,
  observer: DataObserver,
  signal?: AbortSignal,
): Promise<TrainingData> {
  const { data, solutions, images, batch, validation: share, seed } = config;
  const isPacked = data !== undefined && existsSync(data) && statSync(data).isFile();
  if (isPacked && solutions.length + images.length > 0) {
    throw new UserError(
      `--solutions or --images with the packed --data ${data}: pack all sources into one file instead`,
    );
  }
  const store = isPacked ? data : storePath;
  if (!isPacked && !(keep && existsSync(store))) await packCatalogue(config, store, observer, signal);
  const { training, validation } = splitGalaxies(readStore(store), share, seed);
  observer.note(`${training.length} galaxies to train on, ${validation.length} to validate`);
  if (training.length < batch) {
    if (!isPacked) rmSync(store);
    throw new UserError(`--batch ${batch}: there are only ${training.length} galaxies to train on`);
  }
  return { store, training, validation, digest: digestOf([training, validation]) };
}
