/** Reads and decodes the files of a page. A decoder is loaded when the first file of its format is met. */
import { UserError } from '../errors.ts';
import { openBlob, readBlob } from '../files/blob.ts';
import { crc32 } from '../files/crc.ts';
import { gunzipStream, inflateStream, isGzip, unpacking } from '../files/gunzip.ts';
import { checkSize } from '../files/read.ts';
import { type FileReference, zippedLabel } from '../files/reference.ts';
import { readEntry } from '../files/zip.ts';
import type { PictureDecoder } from '../picture/decode.ts';
import { bytesRefused } from '../picture/fillBatch.ts';
import { ImageError } from '../picture/unreadable.ts';

/** @throws UserError if the file is damaged, too large, or not of this page */
async function read(reference: FileReference, most: number): Promise<Uint8Array> {
  if (reference.kind === 'blob') return await readBlob(reference, most);
  const { name } = reference;
  if (reference.kind !== 'zip' || reference.archive === undefined)
    throw new ImageError(name, 'a page reads only files that it was given');
  const label = zippedLabel(reference);
  checkSize(label, Math.max(reference.bytes, reference.compressedBytes), most);
  try {
    return await readEntry(openBlob(reference.archive, label), reference, { inflate: inflateStream, crc32 });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${label}: damaged zip: ${(cause as Error).message}`, { cause });
  }
}

/** The format of a JPEG, PNG, TIFF or WebP file. */
function formatOf([first]: Uint8Array): 'jpeg' | 'png' | 'tiff' | 'webp' {
  return first === 0xff ? 'jpeg' : first === 0x89 ? 'png' : first === 0x52 ? 'webp' : 'tiff';
}

const tiffRefused = (file: string) => new ImageError(file, 'a page cannot read TIFF; save it as PNG or FITS');

/** Decodes with WebAssembly, never with a canvas, so that pixels equal those of sharp bit for bit. */
export const webDecoder: PictureDecoder = {
  read,
  async unpack(bytes, file, most) {
    return isGzip(bytes) ? await unpacking(file, () => gunzipStream(bytes, most)) : bytes;
  },
  gunzip: gunzipStream,
  async decode(bytes, file) {
    switch (formatOf(bytes)) {
      case 'jpeg':
        return (await import('./codecs/jpeg.ts')).decodeJpeg(bytes, file);
      case 'png':
        return (await import('./codecs/png.ts')).decodePng(bytes, file);
      case 'webp':
        return (await import('./codecs/webp.ts')).decodeWebp(bytes, file);
      default:
        throw tiffRefused(file);
    }
  },
  async decodeRaw(bytes, file) {
    switch (formatOf(bytes)) {
      case 'png':
        return (await import('./codecs/png.ts')).decodeDeepPng(bytes, file);
      case 'tiff':
        throw tiffRefused(file);
      default:
        throw bytesRefused(file);
    }
  },
};
