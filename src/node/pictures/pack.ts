/** Packs galaxies into a store: decodes and shrinks each picture once, for all epochs and runs to come. */
import type { FileHandle } from 'node:fs/promises';
import { badFraction } from '../../data/labels.ts';
import { UserError } from '../../errors.ts';
import type { TaskEvent } from '../../events.ts';
import type { FileReference } from '../../files/reference.ts';
import { inOrder } from '../../picture/inOrder.ts';
import { type SkippedPicture, SkippedPictures } from '../../picture/unreadable.ts';
import type { Tree } from '../../tree/tree.ts';
import { writeAtomically } from '../files/atomic.ts';
import { encodeStore, STORE_HEADER_BYTES, type StoredGalaxy } from './store.ts';
import { ImageWorkers } from './workers.ts';

/** A galaxy to be packed. */
export interface PackGalaxy extends StoredGalaxy {
  readonly image: FileReference;
}

export interface PackOptions {
  /** The tree of the fractions; needed only if there are some. */
  tree?: Tree;
  /** The records of the store are in this order. */
  galaxies: readonly PackGalaxy[];
  /** The store's file; it appears whole or not at all. */
  path: string;
  /** Threads; by default one for each processor. */
  workers?: number;
  /** The share of pictures that may be unreadable. Default 0.01. */
  maxBad?: number;
  /** Stops packing; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
  onEvent?: (event: TaskEvent) => void;
}

export interface PackResult {
  /** Records in the store. */
  count: number;
  leftOut: SkippedPicture[];
  /** Pictures that were not 424×424 and have been resampled. */
  resampled: number;
}

/**
 * Writes the store of galaxies, in memory that does not grow with the pictures. Unreadable pictures are reported and left
 * out.
 * @throws TooManyBadImages if more than `maxBad` of all cannot be read, or all of them; UserError if the options make no
 * sense
 */
export async function packImages(options: PackOptions): Promise<PackResult> {
  checkOptions(options);
  const workers = new ImageWorkers(options.workers);
  try {
    let result: PackResult | undefined;
    await writeAtomically(options.path, async (file) => {
      result = await writeStore(file, workers, options);
    });
    return result!;
  } finally {
    await workers.close();
  }
}

async function writeStore(
  file: FileHandle,
  workers: ImageWorkers,
  options: PackOptions,
): Promise<PackResult> {
  const { tree, galaxies, maxBad, signal, onEvent } = options;
  const packed: PackGalaxy[] = [];
  const skipped = new SkippedPictures(galaxies.length, maxBad, onEvent);
  let resampled = 0;
  let position = STORE_HEADER_BYTES;
  const append = async (bytes: Uint8Array) => {
    await writeFully(file, bytes, position);
    position += bytes.length;
  };
  const results = inOrder(galaxies, 4 * workers.count, async (galaxy) => ({
    galaxy,
    result: await workers.record(galaxy.image),
  }));
  for await (const { galaxy, result } of results) {
    signal?.throwIfAborted();
    if ('record' in result) {
      await append(result.record);
      packed.push(galaxy);
      if (result.resampled) resampled++;
    } else skipped.add(result);
    const done = packed.length + skipped.list.length;
    onEvent?.({ kind: 'progress', doing: 'decoding', done, total: galaxies.length });
  }
  skipped.checkSomeLeft();
  const leftOut = skipped.list;
  const [header, tail] = encodeStore(packed, tree, leftOut.length);
  await append(tail);
  await writeFully(file, header, 0);
  return { count: packed.length, leftOut, resampled };
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

function checkOptions({ tree, galaxies, maxBad = 0.01 }: PackOptions): void {
  if (galaxies.length === 0) throw new UserError('there are no galaxies to pack');
  if (!(maxBad >= 0 && maxBad <= 1)) throw new UserError(`maxBad: expected a share in 0…1, got ${maxBad}`);
  const hasFractions = galaxies[0]!.fractions !== undefined;
  if (hasFractions && tree === undefined) throw new UserError('vote fractions without a decision tree');
  const seen = new Set<string>();
  for (const { id, fractions, image, weight = 1 } of galaxies) {
    if (id === '') throw new UserError(`${image.name}: its ID is empty`);
    if (seen.size === seen.add(id).size) throw new UserError(`${image.name}: galaxy ${id} is there twice`);
    if ((fractions !== undefined) !== hasFractions) {
      throw new UserError(`galaxy ${id}: either all galaxies have vote fractions or none`);
    }
    const width = tree?.columns.length;
    if (fractions && fractions.length !== width) {
      throw new UserError(`galaxy ${id}: expected ${width} fractions, got ${fractions.length}`);
    }
    const bad = fractions && badFraction(fractions);
    if (bad !== undefined) throw new UserError(`galaxy ${id}: expected fractions of 0…1, got ${bad}`);
    if (!(weight > 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new UserError(`galaxy ${id}: expected a finite weight greater than 0, got ${weight}`);
    }
  }
}
