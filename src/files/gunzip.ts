/** Unpacks gzip (RFC 1952). */
import { asOutOfMemory, OutOfMemory, UserError } from '../errors.ts';
import { concatenated } from './bytes.ts';

/**
 * Unpacks gzip data.
 * @param most the largest length of the result in bytes
 * @throws Error if the data is damaged, or its content longer than `most`
 */
export type Gunzip = (bytes: Uint8Array, most: number) => Uint8Array | Promise<Uint8Array>;

/** True for bytes that begin as gzip data does. */
export const isGzip = ([first, second]: Uint8Array): boolean => first === 0x1f && second === 0x8b;

/** Unpacks data with the platform's DecompressionStream, which pages and Node have. In Node, zlib is faster for short data. */
async function decompress(format: 'gzip' | 'deflate-raw', bytes: Uint8Array, most: number) {
  const { readable, writable } = new DecompressionStream(format);
  const writer = writable.getWriter();
  // Reading reports the errors of writing too.
  writer.write(bytes as Uint8Array<ArrayBuffer>).catch(() => {});
  writer.close().catch(() => {});
  const reader = readable.getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatenated(parts);
    parts.push(value);
    length += value.length;
    if (length <= most) continue;
    reader.cancel().catch(() => {});
    throw new Error(`longer than ${most} bytes`);
  }
}

/** {@link Gunzip} of every platform. */
export const gunzipStream: Gunzip = (bytes, most) => decompress('gzip', bytes, most);

/** The same for raw data, without header and checksum (RFC 1951). */
export const inflateStream = (bytes: Uint8Array, most: number): Promise<Uint8Array> =>
  decompress('deflate-raw', bytes, most);

/**
 * The result of a decompressor, whose errors get a place.
 * @param where the file, and the place in it, for messages
 * @throws UserError if the data is damaged, or too long; OutOfMemory
 */
export async function unpacking(
  where: string,
  unpack: () => Uint8Array | Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await unpack();
  } catch (cause) {
    const error = asOutOfMemory(cause) as Error;
    if (error instanceof OutOfMemory) throw error;
    throw new UserError(`${where}: cannot be unpacked: ${error.message}`, { cause });
  }
}
