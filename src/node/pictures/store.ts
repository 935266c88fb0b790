/**
 * The store ("pack"): one file with the records of many galaxies, which any thread can read by position. It is a safetensors
 * file: `images` U8 [N, 212, 212, 3], or U16 [N, 212, 212, bands] with `frames` as JSON; `fractions` F64 [N, columns] if there are
 * labels, and `counts` F64 [N, columns] if some have numbers of votes, both NaN where unknown; `weight` F64 [N] if some are not 1;
 * `ids` and, with labels, `tree`, both as JSON; `flags`, as JSON, if pictures have any: the records by flag, `{ "black": [0, 7] }`.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inWords, shorten, UserError } from '../../errors.ts';
import { concatenated } from '../../files/bytes.ts';
import { parseJson } from '../../files/json.ts';
import {
  countIn,
  encodeSafetensorsHeader,
  parseSafetensorsHeader,
  type StoredTensor,
  safetensorsHeaderBytes,
  type TensorLocation,
  type TensorType,
} from '../../files/safetensors.ts';
import type { PictureFlag } from '../../picture/flags.ts';
import { DEFAULT_PREPROCESSING, describeFrames, type FrameSettings } from '../../picture/preprocessing.ts';
import { RECORD_SIZE, type RecordPixels } from '../../picture/record.ts';
import type { Tree } from '../../tree/tree.ts';
import { READ_ONLY } from '../files/read.ts';
import { unreadable } from '../files/systemError.ts';

const FORMAT = 'tuning-fork-store';

/**
 * Version 1 has IDs as integers, `galaxy_id` I64 [N], and no tree. Version 3 has `frames`, the settings of its frames; the others
 * have those of `DEFAULT_PREPROCESSING`.
 */
const VERSIONS = ['1', '2', '3'];

/** Bytes reserved for the header. It is written last, when the number of records is known. */
export const STORE_HEADER_BYTES = 4096;

/** Data of a galaxy in a store, besides its picture. */
export interface StoredGalaxy {
  readonly id: string;
  /** `[columns]`; either all galaxies have them or none. */
  readonly fractions?: ArrayLike<number>;
  /** Numbers of votes `[columns]`, NaN where unknown. */
  readonly counts?: ArrayLike<number>;
  /** Default 1. */
  readonly weight?: number;
  /** Of its picture. */
  readonly flags?: readonly PictureFlag[];
}

/**
 * The beginning and the end of a store: the header, padded to {@link STORE_HEADER_BYTES}, and the labels, weights, IDs and
 * tree, which follow the records.
 * @param tree of the fractions, if there are any
 * @param leftOut number of galaxies without a record
 * @param frames of the records
 */
export function encodeStore(
  galaxies: readonly StoredGalaxy[],
  tree: Tree | undefined,
  leftOut: number,
  frames: FrameSettings = DEFAULT_PREPROCESSING,
): [header: Uint8Array, tail: Uint8Array] {
  const count = galaxies.length;
  const tensors = new Map<string, StoredTensor>();
  if (tree && galaxies[0]?.fractions !== undefined) {
    const width = tree.columns.length;
    const data = new Float64Array(count * width);
    for (const [i, { fractions }] of galaxies.entries()) data.set(fractions!, i * width);
    tensors.set('fractions', { dtype: 'F64', shape: [count, width], data });
    if (galaxies.some(({ counts }) => counts !== undefined)) {
      const data = new Float64Array(count * width).fill(Number.NaN);
      for (const [i, { counts = [] }] of galaxies.entries()) data.set(counts, i * width);
      tensors.set('counts', { dtype: 'F64', shape: [count, width], data });
    }
  }
  if (galaxies.some(({ weight = 1 }) => weight !== 1)) {
    const data = Float64Array.from(galaxies, ({ weight = 1 }) => weight);
    tensors.set('weight', { dtype: 'F64', shape: [count], data });
  }
  const setJson = (name: string, value: unknown) => {
    const data = new TextEncoder().encode(JSON.stringify(value));
    tensors.set(name, { dtype: 'U8', shape: [data.length], data });
  };
  setJson(
    'ids',
    galaxies.map(({ id }) => id),
  );
  if (tensors.has('fractions')) setJson('tree', tree!.data);
  const flagged: { [Flag in PictureFlag]?: number[] } = {};
  for (const [i, { flags = [] }] of galaxies.entries()) {
    for (const flag of flags) {
      flagged[flag] ??= [];
      flagged[flag].push(i);
    }
  }
  if (Object.keys(flagged).length > 0) setJson('flags', flagged);
  const isDefault = describeFrames(frames) === describeFrames(DEFAULT_PREPROCESSING);
  const { bands, stretch, field } = frames;
  if (!isDefault) setJson('frames', { bands, stretch, field });
  const dtype = stretch === undefined ? 'U8' : 'U16';
  const images = { dtype, shape: [count, RECORD_SIZE, RECORD_SIZE, bands.length] } as const;
  const header = new Uint8Array(STORE_HEADER_BYTES).fill(0x20);
  header.set(
    encodeSafetensorsHeader([['images', images], ...tensors], {
      format: FORMAT,
      version: isDefault ? '2' : '3',
      record_size: String(RECORD_SIZE),
      left_out: String(leftOut),
    }),
  );
  new DataView(header.buffer).setBigUint64(0, BigInt(STORE_HEADER_BYTES - 8), true);
  return [header, concatenated(Array.from(tensors.values(), ({ data }) => data))];
}

/** A store, open for reading. Reads are synchronous; each thread opens its own. */
export class ImageStore {
  private constructor(
    readonly path: string,
    private readonly file: number,
    private readonly tensors: ReadonlyMap<string, TensorLocation>,
    /** Number of records. */
    readonly count: number,
    /** Number of galaxies that packing left out, because their pictures could not be read. */
    readonly leftOut: number,
    /** Device, inode, length and time of the last change: another file in its place has another identity. */
    readonly identity: string,
  ) {}

  private settings?: FrameSettings;

  /** The settings of the records; read once. @throws UserError if they are malformed */
  get frames(): FrameSettings {
    this.settings ??= (this.json('frames') as FrameSettings | undefined) ?? DEFAULT_PREPROCESSING;
    return this.settings;
  }

  /**
   * Opens a store and checks its header against the file's length.
   * @throws UserError if the file is missing, not a store, of another version, or truncated
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

  /** Opens a store, lets `use` read it, and closes it. @throws UserError as {@link open} does */
  static use<Result>(path: string, use: (store: ImageStore) => Result): Result {
    const store = ImageStore.open(path);
    try {
      return use(store);
    } finally {
      store.close();
    }
  }

  /**
   * Reads one record.
   * @returns `[212, 212, bands]`
   * @throws RangeError if there is no such record; UserError if the file was truncated since it was opened
   */
  read(index: number): RecordPixels {
    if (!(Number.isInteger(index) && index >= 0 && index < this.count)) {
      throw new RangeError(`${this.path}: no record ${index} among ${this.count}`);
    }
    const { start, end, dtype } = this.tensors.get('images')!;
    const length = (end - start) / this.count;
    const bytes = readFully(this.file, this.path, start + index * length, length);
    return dtype === 'U8' ? bytes : new Uint16Array(bytes.buffer);
  }

  /**
   * The ID of each record, `[count]`.
   * @throws UserError if they are not texts, or one occurs twice
   */
  ids(): string[] {
    const ids = this.json('ids') ?? this.integerIds();
    if (!(Array.isArray(ids) && ids.every((each) => typeof each === 'string'))) {
      throw new UserError(`${this.path}: 'ids': expected a list of texts, got ${inWords(ids)}`);
    }
    if (ids.length !== this.count) {
      throw new UserError(`${this.path}: 'ids': expected ${this.count} IDs, got ${ids.length}`);
    }
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.size === seen.add(id).size) throw new UserError(`${this.path}: galaxy ${id} occurs twice`);
    }
    return ids;
  }

  /** The IDs of version 1. */
  private integerIds(): string[] {
    const ids = Array.from(new BigInt64Array(this.readTensor('galaxy_id')!), Number);
    const bad = ids.findIndex((id) => !(Number.isSafeInteger(id) && id >= 0));
    if (bad >= 0) throw this.refuse('galaxy_id', bad, 'a GalaxyID', ids[bad]!);
    return ids.map(String);
  }

  /**
   * The weight of each record's votes, `[count]`; undefined if all are 1.
   * @throws UserError if one is not finite and greater than 0
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

  /** An error about a value of a tensor. */
  refuse(tensor: string, index: number, expected: string, value: number): UserError {
    return new UserError(`${this.path}: '${tensor}': value ${index}: expected ${expected}, got ${value}`);
  }

  /** A value that is stored as JSON; undefined if there is none. */
  json(name: string): unknown {
    const bytes = this.readTensor(name);
    return bytes && parseJson(new TextDecoder().decode(bytes), `${this.path}: '${name}'`);
  }

  /** The bytes of a tensor; undefined if there is none. */
  readTensor(name: string): ArrayBuffer | undefined {
    const location = this.tensors.get(name);
    return location && readFully(this.file, this.path, location.start, location.end - location.start).buffer;
  }
}

/**
 * The number of records and of galaxies left out.
 * @throws UserError if the header is not that of a store
 */
function checkHeader(
  tensors: ReadonlyMap<string, TensorLocation>,
  { format, version = 'none', ...metadata }: Record<string, string>,
  path: string,
): { count: number; leftOut: number } {
  if (format !== FORMAT) throw new UserError(`${path}: a safetensors file, but not a store of galaxies`);
  if (!VERSIONS.includes(version)) {
    throw new UserError(
      `${path}: a store of version ${shorten(version)}; this program reads versions ${VERSIONS.join(', ')}`,
    );
  }
  const count = tensors.get('images')?.shape[0] ?? 0;
  const check = (name: string, dtype: TensorType, shape: readonly (number | 'N')[]) => {
    const tensor = tensors.get(name);
    const fits = (length: number | 'N', axis: number) => length === 'N' || length === tensor!.shape[axis];
    if (tensor?.dtype === dtype && tensor.shape.length === shape.length && shape.every(fits)) return;
    const found = tensor ? `${tensor.dtype} ${inWords(tensor.shape)}` : 'nothing';
    throw new UserError(`${path}: '${name}': expected ${dtype} [${shape}], got ${found}`);
  };
  const isDeep = version === '3' && tensors.get('images')?.dtype === 'U16';
  const bands = isDeep ? tensors.get('images')!.shape[3]! : 3;
  check('images', isDeep ? 'U16' : 'U8', [count, RECORD_SIZE, RECORD_SIZE, bands]);
  if (version === '3') check('frames', 'U8', ['N']);
  if (version === '1') check('galaxy_id', 'I64', [count]);
  else check('ids', 'U8', ['N']);
  if (tensors.has('fractions')) check('fractions', 'F64', [count, 'N']);
  if (tensors.has('counts')) {
    check('fractions', 'F64', [count, 'N']);
    check('counts', 'F64', tensors.get('fractions')!.shape);
  }
  if (tensors.has('fractions') && version !== '1') check('tree', 'U8', ['N']);
  if (tensors.has('weight')) check('weight', 'F64', [count]);
  if (count === 0) throw new UserError(`${path}: a store without galaxies`);
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
