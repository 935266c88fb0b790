/** Packs galaxies into a store: each picture is decoded and shrunk once, for all epochs and runs. */
import type { FileHandle } from 'node:fs/promises';
import type { GalaxyImage } from '../../data/images.ts';
import type { TaskEvent } from '../../events.ts';
import type { PictureFile } from '../../files/reference.ts';
import { FlaggedPictures } from '../../picture/flags.ts';
import { inOrder } from '../../picture/inOrder.ts';
import type { FrameSettings } from '../../picture/preprocessing.ts';
import { ReadHdus } from '../../picture/readHdus.ts';
import { type SkippedPicture, SkippedPictures } from '../../picture/unreadable.ts';
import type { Tree } from '../../tree/tree.ts';
import { writeAtomically } from '../files/atomic.ts';
import { encodeStore, STORE_HEADER_BYTES, type StoredGalaxy } from './store.ts';
import { ImageWorkers } from './workers.ts';

type PackGalaxy = StoredGalaxy & GalaxyImage<PictureFile>;

interface PackOptions {
  /** The tree of the fractions, if there are any. */
  tree?: Tree;
  /** Default: RGB of 8 bits. */
  frames?: FrameSettings;
  /** In the order of the store's records; each ID once. */
  galaxies: readonly PackGalaxy[];
  /** Path of the store, which appears whole or not at all. */
  path: string;
  /** Threads. Default: one for each processor. */
  workers?: number;
  /** The share of pictures that may be unreadable. Default 0.01. */
  maxBad?: number;
  /** Stops packing: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  onEvent?: (event: TaskEvent) => void;
}

export interface PackResult {
  /** Records in the store. */
  count: number;
  leftOut: SkippedPicture[];
  /** Pictures whose central square or field is neither 424 nor 212 pixels wide. */
  resampled: number;
}

/**
 * Writes the store of galaxies; memory does not grow with their number. Unreadable pictures are reported and left out.
 * @throws TooManyBadImages if more than `maxBad` of the pictures cannot be read, or all of them
 */
export async function packImages(options: PackOptions): Promise<PackResult> {
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
  const { tree, galaxies, frames, maxBad, signal, onEvent } = options;
  const packed: PackGalaxy[] = [];
  const skipped = new SkippedPictures(galaxies.length, maxBad, onEvent);
  const flagged = new FlaggedPictures();
  const hdus = new ReadHdus();
  let resampled = 0;
  let position = STORE_HEADER_BYTES;
  const append = async (bytes: Uint8Array) => {
    await writeFully(file, bytes, position);
    position += bytes.length;
  };
  const results = inOrder(galaxies, 4 * workers.count, async (galaxy) => ({
    galaxy,
    result: await workers.record(galaxy.image, frames),
  }));
  for await (const { galaxy, result } of results) {
    signal?.throwIfAborted();
    if ('record' in result) {
      const { buffer, byteOffset, byteLength } = result.record;
      await append(new Uint8Array(buffer, byteOffset, byteLength));
      packed.push(result.flags.length === 0 ? galaxy : { ...galaxy, flags: result.flags });
      if (result.resampled) resampled++;
      flagged.add({ name: galaxy.image.name, flags: result.flags });
      hdus.add(result.hdus ?? []);
    } else skipped.add(result);
    const done = packed.length + skipped.list.length;
    skipped.check(done);
    onEvent?.({ kind: 'progress', doing: 'decoding', done, total: galaxies.length });
  }
  skipped.checkSomeLeft();
  for (const message of [...hdus.lines(), ...flagged.lines()]) onEvent?.({ kind: 'note', message });
  const leftOut = skipped.list;
  const [header, tail] = encodeStore(packed, tree, leftOut.length, frames);
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
