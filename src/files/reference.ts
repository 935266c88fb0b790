/** References to files: plain data, which threads can exchange. `node/files/source.ts` lists and reads them. */

/** Extensions of FITS files. */
export const FITS_EXTENSIONS: readonly string[] = ['.fits', '.fit', '.fts'].flatMap((each) =>
  ['', '.gz', '.bz2', '.fz'].map((packed) => `${each}${packed}`),
);

/** Extensions of pictures of 8 bits. */
export const IMAGE_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.png', '.tif', '.tiff', '.webp'];

/** Extensions of pictures that may hold raw values. */
export const RAW_EXTENSIONS: readonly string[] = [...FITS_EXTENSIONS, '.png', '.tif', '.tiff'];

/** True for the name of a picture, by its extension. @example isPictureName('dr7/5877.fits.fz') // true */
export const isPictureName = (name: string): boolean =>
  [...IMAGE_EXTENSIONS, ...RAW_EXTENSIONS].some((extension) => name.toLowerCase().endsWith(extension));

/** True for the name of a FITS file. @example isFitsName('dr7/5877.fits.fz') // true */
export const isFitsName = (name: string): boolean =>
  FITS_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));

/** How the picture in a file is read. */
export interface Reading {
  /** Index or EXTNAME of the HDU in FITS. Default: the first image. */
  readonly hdu?: string;
  /** Arcseconds per pixel. Default: as the file says. */
  readonly pixelScale?: number;
  /** How FITS is shown in 8 bits, for networks that take pictures of 8 bits: a stretch such as `asinh`. Default: FITS is refused. */
  readonly shown?: string;
}

/** A file on disk. */
export interface PlainFile extends Reading {
  readonly kind: 'file';
  /** The galaxy's ID, if a list names it. Default: the name without extension. */
  readonly id?: string;
  /** Base name, with the folders within the folder that was listed, or as in the list. */
  readonly name: string;
  readonly path: string;
}

/** A file in a zip, from the archive's central directory. */
export interface ZippedFile extends Reading {
  readonly kind: 'zip';
  readonly id?: undefined;
  /** Name within the archive, folders included. */
  readonly name: string;
  /** Path of the archive. */
  readonly path: string;
  /** The archive, in a page; in Node it is read from its path. */
  readonly archive?: Blob;
  /** Start of the local header, in bytes. */
  readonly offset: number;
  readonly compressedBytes: number;
  /** Length when uncompressed. */
  readonly bytes: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc32: number;
}

/** A file in memory, or one that was dropped on a page. It is read when it is needed. */
export interface BlobFile extends Reading {
  readonly kind: 'blob';
  /** The galaxy's ID. Default: the name without extension. */
  readonly id?: string;
  /** Name, with the folders in which it lies. */
  readonly name: string;
  readonly blob: Blob;
}

/** A picture in a row of a Parquet file. */
export interface ParquetPicture extends Reading {
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
export type FileReference = PlainFile | ZippedFile | ParquetPicture | BlobFile;

/** A picture whose bands lie in files of their own. */
export interface BandFiles {
  readonly kind: 'bands';
  /** The name that the files share. */
  readonly name: string;
  /** Path of the first file, or of the archive. */
  readonly path: string;
  /** One for each band; undefined if it is missing. */
  readonly files: readonly (FileReference | undefined)[];
}

/** A picture in one file or several. */
export type PictureFile = FileReference | BandFiles;

/** A zipped file's name for messages, `archive.zip:name`. */
export const zippedLabel = ({ path, name }: Pick<ZippedFile, 'path' | 'name'>): string => `${path}:${name}`;

/** A file's name for messages: its path, or `archive.zip:name`. */
export function referenceLabel(reference: FileReference): string {
  if (reference.kind === 'blob') return reference.name;
  if (reference.kind === 'parquet') return `${reference.path} row ${reference.row + 1}`;
  return reference.kind === 'file' ? reference.path : zippedLabel(reference);
}
