/**
 * Safetensors (https://github.com/huggingface/safetensors): an 8-byte little-endian header length, a JSON header of
 * `{ name: { dtype, shape, data_offsets } }` with optional `__metadata__` of strings, then the raw tensors.
 */
import { inWords, shorten, UserError } from '../errors.ts';
import { concatenated } from './bytes.ts';
import { fromFloat16, toFloat16 } from './float16.ts';
import { isObject, parseJson } from './json.ts';

const ARRAYS = {
  F32: Float32Array,
  F64: Float64Array,
  F16: Uint16Array, // their bits
  I64: BigInt64Array,
  I32: Int32Array,
  U16: Uint16Array,
  U8: Uint8Array,
} as const;

export type TensorType = keyof typeof ARRAYS;
type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint16Array | Uint8Array;

/** An array of a safetensors file. `data.length` is the product of `shape`. */
export interface StoredTensor {
  dtype: TensorType;
  shape: readonly number[];
  data: TensorData;
}

export interface Safetensors {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
}

/** A tensor's place in a file: `start` and `end` are byte offsets from the beginning of the file. */
export interface TensorLocation extends Omit<StoredTensor, 'data'> {
  start: number;
  end: number;
}

/** The header of a thousand tensors has about 100,000 bytes. */
const MAX_HEADER_BYTES = 10_000_000;

/** A float32 tensor for {@link encodeSafetensors}. */
export function float32(data: Float32Array, shape: readonly number[]): StoredTensor {
  return { dtype: 'F32', shape, data };
}

/**
 * A tensor of float16 for {@link encodeSafetensors}, rounded to the nearest.
 * @throws UserError if a value is too large: 65520 or more
 */
export function asFloat16(name: string, { data, shape }: StoredTensor): StoredTensor {
  const bits = Uint16Array.from(data as Float32Array, toFloat16);
  const large = bits.findIndex((each) => (each & 0x7fff) === 0x7c00);
  if (large >= 0) throw new UserError(`'${name}': value ${large} is ${data[large]}, too large for float16`);
  return { dtype: 'F16', shape, data: bits };
}

/** First bytes of other formats for weights. */
const OTHERS: readonly [what: string, start: readonly number[]][] = [
  ['a zip, such as PyTorch saves (.pt, .pth) and Keras (.keras)', [0x50, 0x4b, 0x03, 0x04]],
  ...[2, 3, 4, 5].map((version): [string, number[]] => [
    'a Python pickle (.pt, .pth, .pkl), which may run any program when it is loaded',
    [0x80, version],
  ]),
  ['an HDF5 file (.h5)', [0x89, 0x48, 0x44, 0x46]],
  ['a NumPy array (.npy)', [0x93, 0x4e, 0x55, 0x4d]],
];

/** The format of a file that is not safetensors, recognised by its first bytes. */
function otherFormat(prefix: Uint8Array): string | undefined {
  const found = OTHERS.find(([, start]) => start.every((byte, i) => prefix[i] === byte));
  if (found !== undefined) return found[0];
  // An ONNX model is a protocol buffer. It begins with field 1, a version; then comes field 2, 3, 5, 6, 7 or 8.
  const isOnnx =
    prefix[0] === 0x08 && prefix[1]! < 32 && [0x12, 0x1a, 0x28, 0x32, 0x3a, 0x42].includes(prefix[2]!);
  return isOnnx ? 'an ONNX model' : undefined;
}

/**
 * The length of the JSON header, from the first 8 bytes of a file.
 * @throws UserError if the length is impossible for a file of `fileBytes`
 */
export function safetensorsHeaderBytes(prefix: Uint8Array, fileBytes: number, file: string): number {
  if (prefix.length < 8) throw new UserError(`${file}: not a safetensors file: ${prefix.length} bytes long`);
  const bytes = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (bytes > MAX_HEADER_BYTES || 8 + bytes > fileBytes) {
    const other = otherFormat(prefix);
    if (other !== undefined) {
      throw new UserError(
        `${file}: ${other}; expected safetensors, as of \`tuningfork export --out model.safetensors\` or, in Python, safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')`,
      );
    }
    throw new UserError(
      `${file}: not a safetensors file, or truncated: header of ${bytes} bytes in a file of ${fileBytes}`,
    );
  }
  return bytes;
}

/**
 * Parses and checks a safetensors header (the JSON text without its length prefix).
 * @throws UserError that names the file and the tensor
 */
export function parseSafetensorsHeader(
  json: Uint8Array,
  fileBytes: number,
  file: string,
): { locations: Map<string, TensorLocation>; metadata: Record<string, string> } {
  const header = parseJson(decodeHeader(json, file), `${file}: the safetensors header`);
  if (!isObject(header)) throw new UserError(`${file}: the safetensors header is not an object`);
  const base = 8 + json.length;
  const locations = new Map<string, TensorLocation>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(value, file);
    else locations.set(name, checkEntry(value, base, fileBytes, `${file}: tensor '${shorten(name, 100)}'`));
  }
  checkCover(locations, base, fileBytes, file);
  return { locations, metadata };
}

function decodeHeader(json: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch {
    throw new UserError(`${file}: the safetensors header is not JSON: it is not UTF-8`);
  }
}

function checkMetadata(value: unknown, file: string): Record<string, string> {
  if (isObject(value) && Object.values(value).every((each) => typeof each === 'string')) {
    return value as Record<string, string>;
  }
  throw new UserError(`${file}: __metadata__: expected an object of texts, got ${inWords(value)}`);
}

/** A count in the metadata; 0 if it is missing. @throws UserError that names the file if the value is not a count */
export function countIn(metadata: Readonly<Record<string, string>>, key: string, file: string): number {
  const { [key]: text = '0' } = metadata;
  if (!/^\d{1,15}$/.test(text))
    throw new UserError(`${file}: ${key}: expected a count, got ${inWords(text)}`);
  return Number(text);
}

/** Throws unless the tensors fill the file without gaps or overlaps, as the format requires. */
function checkCover(
  locations: ReadonlyMap<string, TensorLocation>,
  base: number,
  fileBytes: number,
  file: string,
): void {
  const inOrder = [...locations].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let end = base;
  for (const [name, location] of inOrder) {
    if (location.start !== end) {
      const fault = location.start < end ? 'overlaps the one before it' : 'does not follow the one before it';
      throw new UserError(
        `${file}: tensor '${shorten(name, 100)}' ${fault}: at byte ${location.start}, not ${end}`,
      );
    }
    end = location.end;
  }
  if (end !== fileBytes) {
    throw new UserError(`${file}: the tensors end at byte ${end} of a file of ${fileBytes}: is it damaged?`);
  }
}

function checkEntry(value: unknown, base: number, fileBytes: number, where: string): TensorLocation {
  const entry = value as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null;
  const dtype = entry?.dtype as TensorType;
  if (typeof dtype !== 'string' || !Object.hasOwn(ARRAYS, dtype)) {
    throw new UserError(`${where}: dtype ${inWords(dtype)} is not one of ${Object.keys(ARRAYS).join(', ')}`);
  }
  const isCounts = (a: unknown): a is number[] =>
    Array.isArray(a) && a.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0));
  const { shape, data_offsets: offsets } = entry as { shape: unknown; data_offsets: unknown };
  if (!isCounts(shape)) throw new UserError(`${where}: bad shape ${inWords(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1]! < offsets[0]!) {
    throw new UserError(`${where}: bad data_offsets ${inWords(offsets)}`);
  }
  const bytes = shape.reduce((a, b) => a * b, 1) * ARRAYS[dtype].BYTES_PER_ELEMENT;
  const [start, end] = [base + offsets[0]!, base + offsets[1]!];
  if (end - start !== bytes)
    throw new UserError(`${where}: ${end - start} bytes, but ${dtype} ${inWords(shape)} takes ${bytes}`);
  if (end > fileBytes)
    throw new UserError(`${where}: ends at byte ${end} of a file of ${fileBytes}: truncated`);
  return { dtype, shape, start, end };
}

/** The tensor of a location, from its bytes. */
export function storedTensor(
  { dtype, shape }: Omit<StoredTensor, 'data'>,
  bytes: Uint8Array<ArrayBuffer>,
): StoredTensor {
  return { dtype, shape, data: new ARRAYS[dtype](bytes.buffer) };
}

/**
 * Decodes a whole safetensors file. The arrays are copies, aligned to their type.
 * @throws UserError that names the file and the tensor
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const headerBytes = safetensorsHeaderBytes(bytes.subarray(0, 8), bytes.length, file);
  const header = parseSafetensorsHeader(bytes.subarray(8, 8 + headerBytes), bytes.length, file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, location] of header.locations) {
    // A copy; the slice() of a Node Buffer would be a view.
    tensors.set(name, storedTensor(location, new Uint8Array(bytes.subarray(location.start, location.end))));
  }
  return { tensors, metadata: header.metadata };
}

/**
 * The values of a tensor of float32 or float16.
 * @throws UserError if the tensor is missing or has another type or shape
 */
export function takeFloat32(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  shape: readonly number[],
  file: string,
): Float32Array {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new UserError(`${file}: there is no tensor '${name}'`);
  const { dtype, data } = tensor;
  if (!(dtype === 'F16' || data instanceof Float32Array) || tensor.shape.join() !== shape.join()) {
    throw new UserError(
      `${file}: '${name}': expected F32 [${shape}], got ${dtype} ${inWords(tensor.shape)}; is it another network?`,
    );
  }
  return data instanceof Float32Array ? data : fromFloat16(data as Uint16Array);
}

/** The length prefix and the JSON header of a file with these tensors, in this order. */
export function encodeSafetensorsHeader(
  entries: Iterable<readonly [string, Omit<StoredTensor, 'data'>]>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata]);
  let offset = 0;
  for (const [name, { dtype, shape }] of entries) {
    const end = offset + shape.reduce((a, b) => a * b, 1) * ARRAYS[dtype].BYTES_PER_ELEMENT;
    header.push([name, { dtype, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(json.length / 8) * 8; // keeps float64 and int64 tensors aligned in the file
  const bytes = new Uint8Array(8 + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, 8);
  return bytes;
}

/** A whole safetensors file; the tensors are in the order of the map. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  return concatenated([
    encodeSafetensorsHeader(tensors, metadata),
    ...Array.from(tensors.values(), ({ data }) => data),
  ]);
}
