/** Which galaxies, in which views, a step is given. */
import { augmentation } from '../image/augmentation.ts';
import type { BatchJob } from '../image/batch.ts';
import type { View } from '../image/view.ts';
import { Random } from '../random/philox.ts';

/** A galaxy whose record lies in a store. */
export interface StoredGalaxy {
  id: number;
  /** Vote fractions, [37]. */
  fractions: Float64Array;
  /** Its place in the store. */
  record: number;
}

/** A batch to be drawn, and the galaxies that are in it. */
export interface GalaxyJob extends BatchJob {
  members: readonly StoredGalaxy[];
}

/** One view of each galaxy. */
export function galaxyJob(
  members: readonly StoredGalaxy[],
  view: (galaxy: StoredGalaxy) => View,
  { store, size, capacity }: { store: string; size: number; capacity: number },
): GalaxyJob {
  const items = members.map((galaxy) => ({
    image: { kind: 'record' as const, path: store, index: galaxy.record },
    views: [view(galaxy)],
  }));
  return { items, size, capacity, members };
}

/** What a batch's views are drawn as: see `augmentation`. */
export interface Augmentation {
  cropSizes: readonly [smallest: number, largest: number];
  shift: number;
}

/**
 * The batches of an epoch, from number `first` on: all galaxies in an order of the epoch's own, each in a view of its own;
 * those that do not fill a last batch are not used this time.
 */
export function* epochJobs(
  galaxies: readonly StoredGalaxy[],
  { seed, epoch, first, views }: { seed: number; epoch: number; first: number; views: Augmentation },
  batch: { store: string; size: number; capacity: number },
): Generator<GalaxyJob> {
  const order = new Random(seed, 'shuffle', epoch).permutation(galaxies.length);
  const { capacity } = batch;
  for (let start = first * capacity; start + capacity <= order.length; start += capacity) {
    const members = Array.from(order.subarray(start, start + capacity), (i) => galaxies[i]);
    yield galaxyJob(members, ({ id }) => augmentation(seed, epoch, id, views), batch);
  }
}

/** Writes the vote fractions of a batch into `target`, [N, 37], and returns it. */
export function fillTarget(members: readonly StoredGalaxy[], target: Float32Array): Float32Array {
  members.forEach(({ fractions }, row) => {
    target.set(fractions, row * fractions.length);
  });
  return target;
}

/** Σ (a - b)² over two arrays of one length. */
export function sumOfSquaredErrors(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}
