/**
 * The store ("pack"): the records of many galaxies in one file, which is read by position from any thread. It is a
 * safetensors file, so that Python reads it too: `images` U8 [N, 212, 212, 3], `galaxy_id` I64 [N] and, where the votes are
 * known, `fractions` F64 [N, 37]; where some do not count 1, also `weight` F64 [N].
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inWords, shorten, UserError } from '../../errors.ts';
import {
  countIn,
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  safetensorsHeaderBytes,
  type TensorLocation,
  type TensorType,
} from '../../files/safetensors.ts';
import { RECORD_BYTES, RECORD_SIZE } from '../../picture/record.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { READ_ONLY } from '../files/read.ts';
import { unreadable } from '../files/systemError.ts';

type Layout = { dtype: TensorType; shape: readonly number[] };

const FORMAT = 'tuning-fork-store';
const VERSION = '1';

/** The bytes kept free for the header, which is written last: how many records there are is only known then. */
export const STORE_HEADER_BYTES = 4096;

/** What a store holds besides pictures and GalaxyIDs; nothing where it is left out. */
export interface StoreExtras {
  /** Whether the votes are known. */
  fractions?: boolean;
  /** Whether the votes of some galaxy do not count 1. */
  weights?: boolean;
}

/** What a store holds, in this order. */
function storeTensors(count: number, { fractions, weights }: StoreExtras): [string, Layout][] {
  const tensors: [string, Layout][] = [
    ['images', { dtype: 'U8', shape: [count, RECORD_SIZE, RECORD_SIZE, 3] }],
    ['galaxy_id', { dtype: 'I64', shape: [count] }],
  ];
  if (fractions) tensors.push(['fractions', { dtype: 'F64', shape: [count, GALAXY_ZOO_2.columns.length] }]);
  if (weights) tensors.push(['weight', { dtype: 'F64', shape: [count] }]);
  return tensors;
}

/**
 * The header of a store, padded to {@link STORE_HEADER_BYTES}. Records, ids, fractions and weights follow in this order.
 * @example
 * const header = encodeStoreHeader(153, { fractions: true }, 0); // 153 galaxies with votes, none left out
 */
export function encodeStoreHeader(count: number, extras: StoreExtras, leftOut: number): Uint8Array {
  const header = encodeSafetensorsHeader(storeTensors(count, extras), {
    format: FORMAT,
    version: VERSION,
    record_size: String(RECORD_SIZE),
    left_out: String(leftOut),
  });
  const padded = new Uint8Array(STORE_HEADER_BYTES).fill(0x20);
  padded.set(header);
  new DataView(padded.buffer).setBigUint64(0, BigInt(STORE_HEADER_BYTES - 8), true);
  return padded;
}

/**
 * A store, open for reading. Reading is synchronous and by position: each thread opens its own.
 * @example
 * const store = ImageStore.open('galaxies.pack');
 * const record = store.read(0); // [H, W, 3], 212 pixels a side
 * store.close();
 */
export class ImageStore {
  private constructor(
    readonly path: string,
    private readonly file: number,
    private readonly tensors: ReadonlyMap<string, TensorLocation>,
    /** How many records there are. */
    readonly count: number,
    /** How many galaxies were left out in packing, because their pictures cannot be read. */
    readonly leftOut: number,
    /** Tells this file from any other that may come to have its name: device, inode, length, time of the last change. */
    readonly identity: string,
  ) {}

  /**
   * Opens a store and checks its header against the file's length.
   * @throws UserError where the file is missing, not a store, of another version, or truncated
   */
  static open(path: string): ImageStore {
    let file: number;
    try {
      file = openSync(path, READ_ONLY);
    } catch (cause) {
      throw unreadable(path, cause);
    }
    try {
      const about = fstatSync(file);
      if (!about.isFile()) throw new UserError(`${path}: expected a file made by \`tuningfork pack\``);
      const { size } = about;
      const prefix = readFully(file, path, 0, Math.min(8, size));
      const json = readFully(file, path, 8, safetensorsHeaderBytes(prefix, size, path));
      const { locations, metadata } = parseSafetensorsHeader(json, size, path);
      const { count, leftOut } = checkHeader(locations, metadata, path);
      const identity = [about.dev, about.ino, size, about.mtimeMs].join(':');
      return new ImageStore(path, file, locations, count, leftOut, identity);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /**
   * Reads one record.
   * @returns `[212, 212, 3]`
   * @throws RangeError where there is no such record; UserError where the file has been cut since it was opened
   */
  read(index: number): Uint8Array {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count)) {
      throw new RangeError(`${this.path}: no record ${index} among ${this.count}`);
    }
    const { start } = this.tensors.get('images')!;
    return readFully(this.file, this.path, start + index * RECORD_BYTES, RECORD_BYTES);
  }

  /**
   * The GalaxyID of each record, `[count]`.
   * @throws UserError where one is none, or there twice
   */
  galaxyIds(): number[] {
    const ids = Array.from(new BigInt64Array(this.readTensor('galaxy_id')!), Number);
    const seen = new Set<number>();
    for (const [i, id] of ids.entries()) {
      if (!(Number.isSafeInteger(id) && id >= 0)) throw this.refuse('galaxy_id', i, 'a GalaxyID', id);
      if (seen.size === seen.add(id).size) throw new UserError(`${this.path}: galaxy ${id} is there twice`);
    }
    return ids;
  }

  /**
   * The vote fractions of each record, `[count, 37]` row after row; undefined where the store has none.
   * @throws UserError where one is not in 0…1
   */
  fractions(): Float64Array | undefined {
    const bytes = this.readTensor('fractions');
    const fractions = bytes && new Float64Array(bytes);
    const bad = fractions?.findIndex((value) => !(value >= 0 && value <= 1)) ?? -1;
    if (bad >= 0) throw this.refuse('fractions', bad, '0…1', fractions![bad]!);
    return fractions;
  }

  /**
   * How much each record's votes count, `[count]`; undefined where the store has no weights: all count 1.
   * @throws UserError where one is not finite and greater than 0
   */
  weights(): Float64Array | undefined {
    const bytes = this.readTensor('weight');
    const weights = bytes && new Float64Array(bytes);
    const bad = weights?.findIndex((value) => !(value > 0 && value < Number.POSITIVE_INFINITY)) ?? -1;
    if (bad >= 0) throw this.refuse('weight', bad, 'a finite number greater than 0', weights![bad]!);
    return weights;
  }

  close(): void {
    closeSync(this.file);
  }

  private refuse(tensor: string, index: number, expected: string, value: number): UserError {
    return new UserError(`${this.path}: '${tensor}': value ${index}: expected ${expected}, got ${value}`);
  }

  private readTensor(name: string): ArrayBuffer | undefined {
    const location = this.tensors.get(name);
    return location && readFully(this.file, this.path, location.start, location.end - location.start).buffer;
  }
}

/** The number of records and of pictures left out, where the header is that of a store. */
function checkHeader(
  tensors: ReadonlyMap<string, TensorLocation>,
  metadata: Record<string, string>,
  path: string,
): { count: number; leftOut: number } {
  if (metadata.format !== FORMAT)
    throw new UserError(`${path}: a safetensors file, but not a store of galaxies`);
  if (metadata.version !== VERSION) {
    throw new UserError(
      `${path}: a store of version ${shorten(metadata.version ?? 'none')}; this program reads version ${VERSION}`,
    );
  }
  const count = tensors.get('images')?.shape[0] ?? 0;
  const extras = { fractions: tensors.has('fractions'), weights: tensors.has('weight') };
  for (const [name, { dtype, shape }] of storeTensors(count, extras)) {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== dtype || String(tensor.shape) !== String(shape)) {
      const found = tensor ? `${tensor.dtype} ${inWords(tensor.shape)}` : 'nothing';
      throw new UserError(`${path}: '${name}': expected ${dtype} [${shape}], got ${found}`);
    }
  }
  if (count === 0) throw new UserError(`${path}: a store of no galaxies`);
  return { count, leftOut: countIn(metadata, 'left_out', path) };
}

function readFully(file: number, path: string, position: number, length: number): Uint8Array<ArrayBuffer> {
  try {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const read = readSync(file, bytes, done, length - done, position + done);
      if (read === 0) throw new UserError(`${path}: ends at byte ${position + done}: truncated`);
      done += read;
    }
    return bytes;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}
