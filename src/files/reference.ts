/** References to files: plain data, which threads can exchange. `node/files/source.ts` lists and reads them. */

/** Extensions of pictures. */
export const IMAGE_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.png'];

/** A file on disk. */
export interface PlainFile {
  readonly kind: 'file';
  /** Base name. */
  readonly name: string;
  readonly path: string;
}

/** A file in a zip, from the archive's central directory. */
export interface ZippedFile {
  readonly kind: 'zip';
  /** Name within the archive, folders included. */
  readonly name: string;
  /** Path of the archive. */
  readonly path: string;
  /** Start of the local header, in bytes. */
  readonly offset: number;
  readonly compressedBytes: number;
  /** Length when uncompressed. */
  readonly bytes: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
}

/** A file that `readReference` can read. */
export type FileReference = PlainFile | ZippedFile;
