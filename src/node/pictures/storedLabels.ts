/** The labels, frames and flags of a store. They have a file of their own: threads that read pictures need no parsers. */
import { z } from 'zod';
import { isCount } from '../../data/labels.ts';
import { inWords, UserError } from '../../errors.ts';
import { checked } from '../../files/schema.ts';
import { parseFrames } from '../../model/preprocessing.ts';
import { PICTURE_FLAG_NAMES, type PictureFlag } from '../../picture/flags.ts';
import { DEFAULT_PREPROCESSING, describeFrames, type FrameSettings } from '../../picture/preprocessing.ts';
import { RECORD_PIXELS } from '../../picture/record.ts';
import { parseTree } from '../../tree/parse.ts';
import type { Tree } from '../../tree/tree.ts';
import type { ImageStore } from './store.ts';

/** The settings of the store's records. @throws UserError if they are broken */
export function storedFrames(store: ImageStore): FrameSettings {
  const place = `${store.path}: 'frames'`;
  const saved = store.json('frames');
  if (saved === undefined) return DEFAULT_PREPROCESSING;
  const frames = parseFrames(saved, place);
  const isDeep = store.read(0) instanceof Uint16Array;
  const values = store.read(0).length / RECORD_PIXELS;
  if (isDeep !== (frames.stretch !== undefined) || values !== frames.bands.length) {
    throw new UserError(
      `${place}: ${describeFrames(frames)}, but 'images' has ${values} of ${isDeep ? 16 : 8} bits`,
    );
  }
  return frames;
}

/** The tree of the fractions; undefined in version 1 and without fractions. @throws UserError if it is broken */
export function storedTree(store: ImageStore): Tree | undefined {
  const data = store.json('tree');
  return data === undefined ? undefined : parseTree(data, `${store.path}: 'tree'`);
}

/**
 * The vote fractions of each record, `[count, columns]`, NaN where unknown; undefined if the store has none.
 * @throws UserError if one is not in 0…1, or they are not of this tree
 */
export function storedFractions(store: ImageStore, tree: Tree): Float64Array | undefined {
  const bytes = store.readTensor('fractions');
  if (bytes === undefined) return undefined;
  const fractions = new Float64Array(bytes);
  const width = fractions.length / store.count;
  const names = tree.columns.map(({ name }) => name);
  const packed = storedTree(store)?.columns.map(({ name }) => name) ?? names;
  const different = names.findIndex((name, i) => packed[i] !== name);
  if (different >= 0 || packed.length !== names.length || width !== names.length) {
    const [expected, got] = [names, packed].map((list) => inWords(list[Math.max(different, 0)]));
    throw new UserError(
      `${store.path}: packed with another decision tree: expected ${names.length} columns with ${expected}, ` +
        `got ${width} with ${got}`,
    );
  }
  const bad = fractions.findIndex((value) => value < 0 || value > 1);
  if (bad >= 0) throw store.refuse('fractions', bad, '0…1', fractions[bad]!);
  return fractions;
}

/**
 * The numbers of votes of each record, `[count, columns]`, NaN where unknown; undefined if the store has none.
 * @throws UserError if one is not a whole number of 0 or more
 */
export function storedCounts(store: ImageStore): Float64Array | undefined {
  const bytes = store.readTensor('counts');
  const counts = bytes && new Float64Array(bytes);
  const bad = counts?.findIndex((value) => !(Number.isNaN(value) || isCount(value))) ?? -1;
  if (bad >= 0) throw store.refuse('counts', bad, 'a count', counts![bad]!);
  return counts;
}

/**
 * The flags of the records that have any, by index.
 * @throws UserError if a flag is unknown, or a record does not exist
 */
export function storedFlags(store: ImageStore): ReadonlyMap<number, readonly PictureFlag[]> {
  const records = z.array(
    z
      .int()
      .min(0)
      .max(store.count - 1),
  );
  const schema = z.partialRecord(z.enum(PICTURE_FLAG_NAMES), records);
  const found = new Map<number, PictureFlag[]>();
  const stored = checked(schema, store.json('flags') ?? {}, `${store.path}: 'flags'`);
  for (const flag of PICTURE_FLAG_NAMES) {
    for (const index of stored[flag] ?? []) found.set(index, [...(found.get(index) ?? []), flag]);
  }
  return found;
}
