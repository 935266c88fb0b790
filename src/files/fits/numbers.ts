/** Numbers of FITS data: big-endian, six types (FITS standard 4.0, section 4.4.1.1, table 8). */

const ARRAYS = {
  8: Uint8Array,
  16: Int16Array,
  32: Int32Array,
  64: BigInt64Array,
  '-32': Float32Array,
  '-64': Float64Array,
} as const;

/** Bits of a value; negative for floating point. */
export type Bitpix = 8 | 16 | 32 | 64 | -32 | -64;

export type NumberArray = Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

export const isBitpix = (value: unknown): value is Bitpix => Object.hasOwn(ARRAYS, String(value));

/** An array of zeros. */
export const zeros = (bitpix: Bitpix, length: number): NumberArray => new ARRAYS[bitpix](length);

/** Values from bytes in the file's order, the highest first. The platform's order is the other one. */
export function fromBigEndian(bytes: Uint8Array, bitpix: Bitpix): NumberArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values = zeros(bitpix, (8 * bytes.length) / Math.abs(bitpix));
  if (values.BYTES_PER_ELEMENT === 1) values.set(bytes as Uint8Array & BigInt64Array);
  else if (values.BYTES_PER_ELEMENT === 2) {
    const halves = new Uint16Array(values.buffer);
    for (let i = 0; i < halves.length; i++) halves[i] = view.getUint16(2 * i);
  } else {
    const words = new Uint32Array(values.buffer);
    const swap = values.BYTES_PER_ELEMENT === 8 ? 1 : 0; // the halves of a long value
    for (let i = 0; i < words.length; i++) words[i ^ swap] = view.getUint32(4 * i);
  }
  return values;
}

/**
 * Values from shuffled bytes: the highest bytes of all values, then the next ones, … (section 10.4.2, GZIP_2).
 * @returns the bytes in the file's usual order
 */
export function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = bytes.length / size;
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < size; i++) {
    for (let n = 0; n < count; n++) result[n * size + i] = bytes[i * count + n]!;
  }
  return result;
}
