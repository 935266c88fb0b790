/** Lists the files of a zip in a page. zip.js reads the central directory (zip64 too). */
import { type BlobFile, type ZippedFile, zippedLabel } from '../files/reference.ts';
import { checkApart, entryProblem } from '../files/zip.ts';
import type { UnreadPicture } from '../picture/unreadable.ts';

/** The files of a zip, in the archive's order, and those that cannot be read. */
interface ZipListing {
  files: ZippedFile[];
  failures: UnreadPicture[];
}

/**
 * Lists the files of an archive that `isWanted` selects.
 * @throws UserError if files overlap; zip.js's error if this is no zip
 */
export async function listZip(zip: BlobFile, isWanted: (name: string) => boolean): Promise<ZipListing> {
  const { BlobReader, ZipReader } = await import('@zip.js/zip.js');
  const path = zip.name;
  const listing: ZipListing = { files: [], failures: [] };
  for (const entry of await new ZipReader(new BlobReader(zip.blob)).getEntries()) {
    const { filename: name, compressionMethod: method } = entry;
    if (entry.directory || !isWanted(name)) continue;
    const reason = entryProblem(method, entry.encrypted);
    if (reason !== undefined) listing.failures.push({ name: zippedLabel({ path, name }), reason });
    else
      listing.files.push({
        ...{ kind: 'zip', name, path, archive: zip.blob, method },
        offset: entry.offset,
        compressedBytes: entry.compressedSize,
        bytes: entry.uncompressedSize,
        crc32: entry.crc32!,
      });
  }
  checkApart(path, listing.files);
  return listing;
}
