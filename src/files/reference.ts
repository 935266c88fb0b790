/** References to files: plain data, which threads can exchange. `node/files/source.ts` lists and reads them. */

/** Extensions of pictures. */
export const IMAGE_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.png'];

/** A file on disk. */
export interface PlainFile {
  readonly kind: 'file';
  /** The galaxy's ID, if a list names it. Default: the name without extension. */
  readonly id?: string;
  /** Base name. */
  readonly name: string;
  readonly path: string;
}

/** A file in a zip, from the archive's central directory. */
export interface ZippedFile {
  readonly kind: 'zip';
  readonly id?: undefined;
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

/** A picture in a row of a Parquet file. */
export interface ParquetPicture {
  readonly kind: 'parquet';
  /** The galaxy's ID, if the file has it. Default: the name without extension. */
  readonly id?: string;
  /** The picture's path as stored, else its row. */
  readonly name: string;
  /** Path of the Parquet file. */
  readonly path: string;
  /** From 0. */
  readonly row: number;
}

/** A file that `readReference` can read. */
export type FileReference = PlainFile | ZippedFile | ParquetPicture;
