/** Fills one batch: reads the pictures of a job and draws their views. This is what a worker does; any thread can. */
import type { FileReference } from '../files/source.node.ts';
import { type AugustView, augustPixels } from './august.ts';
import { ImageError, readFrame } from './decode.node.ts';
import { clearColumns, DRAWN_TOGETHER, type Drawing, drawPixels, drawViews } from './draw.ts';
import { toRecord } from './record.ts';
import { ImageStore } from './store.node.ts';
import { toAffine, type View } from './view.ts';

/** A record of a store. */
export interface RecordReference {
  kind: 'record';
  path: string;
  index: number;
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

/** A picture that has been read, in the two forms that views are drawn from. */
interface Picture {
  /** `[212, 212, 3]` */
  record: () => Uint8Array;
  /** `[424, 424, 3]` */
  frame: () => Uint8Array;
}

function pictureOfFrame(frame: Uint8Array): Picture {
  let record: Uint8Array | undefined;
  return {
    frame: () => frame,
    record: () => {
      record ??= toRecord(frame);
      return record;
    },
  };
}

function pictureOfRecord(record: Uint8Array): Picture {
  return {
    record: () => record,
    frame: () => {
      throw new Error('August views are drawn from the original picture, and a store does not hold it');
    },
  };
}

/**
 * Fills a batch. Files that cannot be read are told, and their columns are zero, as are columns that no view takes.
 * @param data `[size, size, 3, capacity]`; what it held is overwritten
 * @param at is called with the number of each item as it is begun
 * @throws UserError where a store cannot be read; RangeError where numbers do not fit; Error where an August view is
 * wanted of a record
 * @example
 * const failures = await fillBatch({ items, size: 128, capacity: 96 }, data);
 */
export async function fillBatch(
  job: BatchJob,
  data: Float32Array,
  at: (item: number) => void = () => {},
): Promise<BatchFailure[]> {
  const { items, size, capacity } = job;
  const filled = columnCount(job);
  const failures: BatchFailure[] = [];
  const stores = new Map<string, ImageStore>();
  const load = async (image: ImageReference): Promise<Picture> => {
    if (image.kind !== 'record') return pictureOfFrame((await readFrame(image)).pixels);
    const store = stores.get(image.path) ?? ImageStore.open(image.path);
    stores.set(image.path, store);
    return pictureOfRecord(store.read(image.index));
  };
  let waiting: Drawing[] = [];
  const draw = () => {
    drawViews(waiting, data, size, capacity);
    waiting = [];
  };
  let column = 0;
  try {
    for (const [item, { image, views }] of items.entries()) {
      at(item);
      const picture = await load(image).catch((error) => {
        if (error instanceof ImageError) return error;
        throw error;
      });
      if (picture instanceof ImageError) {
        failures.push({ item, name: picture.file, reason: picture.reason });
        clearColumns(data, column, column + views.length, capacity);
        column += views.length;
        continue;
      }
      for (const view of views) {
        if ('pipeline' in view) {
          drawPixels(augustPixels(picture.frame(), view.angle, view.flip), column, data, size, capacity);
        } else {
          waiting.push({ column, record: picture.record(), affine: toAffine(view, size) });
          if (waiting.length === DRAWN_TOGETHER) draw(); // not later: few records stay in memory
        }
        column++;
      }
    }
    draw();
    clearColumns(data, filled, capacity, capacity);
  } finally {
    for (const store of stores.values()) store.close();
  }
  return failures;
}
