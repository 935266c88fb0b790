/** Reads blobs: files that were dropped on a page, or data in memory. */
import { UserError } from '../errors.ts';
import type { OpenFile } from '../platform.ts';
import { checkSize } from './read.ts';
import type { BlobFile } from './reference.ts';

/** A blob as an open file. @param label its name, for messages */
export const openBlob = (blob: Blob, label: string): OpenFile => ({
  bytes: blob.size,
  async read(position, length) {
    try {
      return new Uint8Array(await blob.slice(position, position + length).arrayBuffer());
    } catch (cause) {
      // A page may lose a file that is moved, changed or on a disk that is gone.
      const { message } = cause as Error;
      throw new UserError(`${label}: cannot be read: ${message}`, { code: 'file', cause });
    }
  },
});

/** Reads a whole blob. @throws UserError if it cannot be read, or has more than `most` bytes */
export async function readBlob({ blob, name }: BlobFile, most: number): Promise<Uint8Array> {
  checkSize(name, blob.size, most);
  return await openBlob(blob, name).read(0, blob.size);
}
