/**
 * Reads files of a zip in place (PKWARE's APPNOTE 6.3.10). With the record of an entry, any thread can read its file without the
 * directory.
 */
import { shorten, UserError } from '../errors.ts';
import type { OpenFile } from '../platform.ts';
import type { ZippedFile } from './reference.ts';

const STORED = 0;
const DEFLATED = 8;

/**
 * Local file header (section 4.3.7): signature at 0, flags at 6, method at 8, compressed size at 18, lengths of name and extra
 * field at 26 and 28; then these two, then the data.
 */
const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;
/** Flag bit 3: the sizes follow the data instead of being in the local header. */
const SIZES_FOLLOW = 0x08;
/** Marks a size that is in zip64's extra field. */
const IN_EXTRA_FIELD = 0xffffffff;

/** A platform's functions for the data of zips. */
export interface Unzip {
  /** Inflates raw data (RFC 1951). @throws Error if the data is damaged, or its content longer than `most` bytes */
  inflate(bytes: Uint8Array, most: number): Promise<Uint8Array>;
  /** The checksum of ISO 3309, as in gzip and PNG. */
  crc32(bytes: Uint8Array): number;
}

/** The reason why an entry of a zip's directory cannot be read; undefined if it can. */
export function entryProblem(method: number, isEncrypted: boolean): string | undefined {
  if (isEncrypted) return 'is encrypted';
  if (method === STORED || method === DEFLATED) return undefined;
  return `expected compression method 0 (stored) or 8 (deflate), got ${method}`;
}

/** @throws UserError if entries share bytes: a small archive could claim any amount of data that way */
export function checkApart(path: string, files: readonly ZippedFile[]): void {
  const inOrder = [...files].sort((a, b) => a.offset - b.offset);
  for (let i = 1; i < inOrder.length; i++) {
    const [before, file] = [inOrder[i - 1], inOrder[i]];
    if (before!.offset + LOCAL_HEADER_BYTES + before!.compressedBytes <= file!.offset) continue;
    throw new UserError(
      `${path}: damaged zip: ${shorten(file!.name, 200)} overlaps ${shorten(before!.name, 200)}`,
    );
  }
}

/** Reads exactly `length` bytes; allocates no more than the archive's size. */
function readAt(archive: OpenFile, position: number, length: number): Promise<Uint8Array> {
  if (position + length <= archive.bytes) return archive.read(position, length);
  const end = `beyond its end at ${archive.bytes}: is it truncated?`;
  throw new Error(`bytes ${position} to ${position + length} are ${end}`);
}

/**
 * Reads one file of an archive and checks its lengths and checksum.
 * @throws Error if it is damaged
 */
export async function readEntry(archive: OpenFile, file: ZippedFile, unzip: Unzip): Promise<Uint8Array> {
  const { offset, compressedBytes, bytes, method } = file;
  const { buffer, byteOffset } = await readAt(archive, offset, LOCAL_HEADER_BYTES);
  const header = new DataView(buffer, byteOffset);
  if (header.getUint32(0, true) !== LOCAL_HEADER_SIGNATURE)
    throw new Error(`no local header at byte ${offset}`);
  const localMethod = header.getUint16(8, true);
  if (localMethod !== method) {
    throw new Error(`the directory says method ${method}, the local header ${localMethod}`);
  }
  const localBytes = header.getUint32(18, true);
  const hasSize = (header.getUint16(6, true) & SIZES_FOLLOW) === 0 && localBytes !== IN_EXTRA_FIELD;
  if (hasSize && localBytes !== compressedBytes) {
    throw new Error(`the directory says ${compressedBytes} compressed bytes, the local header ${localBytes}`);
  }
  const start = offset + LOCAL_HEADER_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
  const compressed = await readAt(archive, start, compressedBytes);
  const content = method === STORED ? compressed : await unzip.inflate(compressed, Math.max(bytes, 1));
  if (content.length !== bytes) throw new Error(`expected ${bytes} bytes, got ${content.length}`);
  if (unzip.crc32(content) !== file.crc32) throw new Error('its checksum is wrong');
  return content;
}
