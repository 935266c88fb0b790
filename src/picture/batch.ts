/** Batches of views of pictures; `fillBatch` draws them. */
import type { PictureFile } from '../files/reference.ts';
import type { AugustView } from './august.ts';
import type { PictureFlag } from './flags.ts';
import type { Frame } from './frame.ts';
import { DEFAULT_PREPROCESSING, type Preprocessing } from './preprocessing.ts';
import type { ReadHdu } from './readHdus.ts';
import type { RecordPixels } from './record.ts';
import type { UnreadPicture } from './unreadable.ts';
import type { View } from './view.ts';

/** A record of a store. */
export interface RecordReference {
  kind: 'record';
  path: string;
  index: number;
  /** The store's `identity` when the record was chosen: reading from a replaced store fails. Default: any. */
  identity?: string;
  /** Flags of the picture that was packed. */
  flags?: readonly PictureFlag[];
}

/** A picture in memory. */
export interface PixelsReference {
  kind: 'pixels';
  name: string;
  /** `[side, side, 3]`, RGB, 8 bits. To save memory, pass large pictures as a {@link MemoryRecord} of `toRecord(pixels)`. */
  pixels: Uint8Array;
}

/** Raw values in memory. */
export interface FrameReference {
  kind: 'frame';
  name: string;
  frame: Frame;
}

/** A record in memory: a picture that was decoded before. */
export interface MemoryRecord {
  kind: 'memory';
  name: string;
  /** `[212, 212, bands]` */
  record: RecordPixels;
  /** Flags of the picture. */
  flags?: readonly PictureFlag[];
}

/** The location of a picture: files, a zip, a store or memory. */
export type ImageReference = PictureFile | RecordReference | PixelsReference | FrameReference | MemoryRecord;

/** A picture and its views, one column of the batch each. */
export interface BatchItem {
  image: ImageReference;
  views: readonly (View | AugustView)[];
}

/** A batch to be filled. Its columns are the views of the first item, then of the second, and so on. */
export interface BatchJob {
  items: readonly BatchItem[];
  /** Side of a view, in pixels; 128 for August views. */
  size: number;
  /** Columns of the batch: at least the number of views. */
  capacity: number;
  /** Default: `DEFAULT_PREPROCESSING`. Its size does not count. */
  preprocessing?: Preprocessing;
}

/** A picture of a job that cannot be read. */
export interface BatchFailure extends UnreadPicture {
  /** Index into the job's items. */
  item: number;
}

/** The number of values in a batch `[size, size, bands, capacity]`. */
export const batchLength = ({ size, capacity, preprocessing = DEFAULT_PREPROCESSING }: BatchJob): number =>
  size * size * preprocessing.bands.length * capacity;

/** A picture of a job that was read, but has flags. */
export interface FlaggedItem {
  /** Index into the job's items. */
  item: number;
  name: string;
  flags: readonly PictureFlag[];
}

/** The result of filling a batch, besides the batch. */
export interface BatchReport {
  /** Pictures that cannot be read. */
  failures: BatchFailure[];
  /** Pictures with flags. */
  flagged: FlaggedItem[];
  /** Of FITS files whose first image was read. */
  hdus: ReadHdu[];
}

/** The name of a picture for messages. */
export function imageName(image: ImageReference): string {
  return image.kind === 'record' ? `${image.path} record ${image.index}` : image.name;
}

/**
 * The number of views of a job, each of which takes a column.
 * @throws RangeError if the batch has fewer columns
 */
export function columnCount({ items, capacity }: BatchJob): number {
  const count = items.reduce((sum, { views }) => sum + views.length, 0);
  if (count > capacity) throw new RangeError(`batch: ${count} views do not fit ${capacity} columns`);
  return count;
}
