/** What a batch is made of: pictures, by where they are, and the views of them. `node/pictures/fillBatch.ts` fills it. */
import type { FileReference } from '../files/reference.ts';
import type { AugustView } from './august.ts';
import type { View } from './view.ts';

/** A record of a store. */
export interface RecordReference {
  kind: 'record';
  path: string;
  index: number;
  /** The store's {@link ImageStore.identity} when the record was chosen: what is at the path by now may be another. Default: any. */
  identity?: string;
}

/** Where a picture is: a file, a member of a zip, or a record of a store. */
export type ImageReference = FileReference | RecordReference;

/** A picture, and the views of it that are wanted; each takes one column of the batch. */
export interface BatchItem {
  image: ImageReference;
  views: readonly (View | AugustView)[];
}

/** A batch to be filled. Columns are in the order of items × views. */
export interface BatchJob {
  items: readonly BatchItem[];
  /** The side of a view, in pixels; 128 for August views. */
  size: number;
  /** The columns of the batch: at least as many as there are views. */
  capacity: number;
}

/** A picture of a job that cannot be read. */
export interface BatchFailure {
  /** Its place in the job's items. */
  item: number;
  name: string;
  reason: string;
}

/** How a picture is called in messages. */
export function imageName(image: ImageReference): string {
  return image.kind === 'record' ? `${image.path} record ${image.index}` : image.name;
}

/**
 * The number of columns that a job's views take.
 * @throws RangeError where they are more than the batch has
 */
export function columnCount({ items, capacity }: BatchJob): number {
  const count = items.reduce((sum, { views }) => sum + views.length, 0);
  if (count > capacity) throw new RangeError(`batch: ${count} views do not fit ${capacity} columns`);
  return count;
}
