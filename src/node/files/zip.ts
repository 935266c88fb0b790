/** Reads files of a zip in place. With the record of an entry, any thread can read its file without the directory. */
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { checkSize } from '../../files/read.ts';
import { type ZippedFile, zippedLabel } from '../../files/reference.ts';
import { readFully, withFile } from './read.ts';
import { isSystemFailure, unreadable } from './systemError.ts';

export const STORED = 0;
export const DEFLATED = 8;
const inflate = promisify(inflateRaw);

/**
 * Local file header (PKWARE's APPNOTE 6.3.10, section 4.3.7): signature at 0, flags at 6, method at 8, compressed size
 * at 18, lengths of name and extra field at 26 and 28; then these two, then the data.
 */
export const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;
/** Flag bit 3: the sizes follow the data instead of being in the local header. */
const SIZES_FOLLOW = 0x08;
/** Marks a size that is in zip64's extra field. */
const IN_EXTRA_FIELD = 0xffffffff;

/** Reads exactly `length` bytes; allocates no more than the archive's `size`. */
function readAt(
  archive: FileHandle,
  size: number,
  label: string,
  position: number,
  length: number,
): Promise<Uint8Array> {
  if (position + length > size) {
    throw new Error(
      `bytes ${position} to ${position + length} are beyond its end at ${size}: is it truncated?`,
    );
  }
  return readFully(archive, label, position, length);
}

async function readChecked(archive: FileHandle, size: number, file: ZippedFile): Promise<Uint8Array> {
  const { offset, compressedBytes, bytes, method } = file;
  const label = zippedLabel(file);
  const header = Buffer.from((await readAt(archive, size, label, offset, LOCAL_HEADER_BYTES)).buffer);
  if (header.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) throw new Error(`no local header at byte ${offset}`);
  const localMethod = header.readUInt16LE(8);
  if (localMethod !== method) {
    throw new Error(`the directory says method ${method}, the local header ${localMethod}`);
  }
  const localBytes = header.readUInt32LE(18);
  const hasSize = (header.readUInt16LE(6) & SIZES_FOLLOW) === 0 && localBytes !== IN_EXTRA_FIELD;
  if (hasSize && localBytes !== compressedBytes) {
    throw new Error(`the directory says ${compressedBytes} compressed bytes, the local header ${localBytes}`);
  }
  const start = offset + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  const compressed = await readAt(archive, size, label, start, compressedBytes);
  const content =
    method === STORED ? compressed : await inflate(compressed, { maxOutputLength: Math.max(bytes, 1) });
  if (content.length !== bytes) throw new Error(`expected ${bytes} bytes, got ${content.length}`);
  if (crc32(content) !== file.crc32) throw new Error('its checksum is wrong');
  return content;
}

/**
 * Reads one file of an archive and checks its lengths and checksum.
 * @param most the largest length allowed, in bytes, compressed or not
 * @throws UserError that names archive and file if it is damaged or larger; Error if the system lacks a resource
 */
export function readZipped(file: ZippedFile, most: number): Promise<Uint8Array> {
  return withFile(file.path, async (archive, size) => {
    checkSize(zippedLabel(file), Math.max(file.bytes, file.compressedBytes), most);
    try {
      return await readChecked(archive, size, file);
    } catch (cause) {
      const error = unreadable(zippedLabel(file), cause);
      if (error === cause || isSystemFailure(error)) throw error;
      throw new UserError(`${zippedLabel(file)}: damaged zip: ${(cause as Error).message}`, { cause });
    }
  });
}
