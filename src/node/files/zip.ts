/** Reads files of a zip on disk. */
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { UserError } from '../../errors.ts';
import { checkSize } from '../../files/read.ts';
import { type ZippedFile, zippedLabel } from '../../files/reference.ts';
import { readEntry, type Unzip } from '../../files/zip.ts';
import { nodeFiles } from './files.ts';
import { isSystemFailure, unreadable } from './systemError.ts';

const inflate = promisify(inflateRaw);

const unzip: Unzip = {
  inflate: (bytes, most) => inflate(bytes, { maxOutputLength: most }),
  crc32: (bytes) => crc32(bytes),
};

/**
 * Reads one file of an archive and checks its lengths and checksum.
 * @param most the largest length allowed, in bytes, compressed or not
 * @throws UserError that names archive and file if it is damaged or larger; Error if the system lacks a resource
 */
export function readZipped(file: ZippedFile, most: number): Promise<Uint8Array> {
  return nodeFiles.open(file.path, async (archive) => {
    checkSize(zippedLabel(file), Math.max(file.bytes, file.compressedBytes), most);
    try {
      return await readEntry(archive, file, unzip);
    } catch (cause) {
      const error = unreadable(zippedLabel(file), cause);
      if (error === cause || isSystemFailure(error)) throw error;
      throw new UserError(`${zippedLabel(file)}: damaged zip: ${(cause as Error).message}`, { cause });
    }
  });
}
