/** Fills one batch: reads the pictures of a job and draws their views. */
import { UserError } from '../../errors.ts';
import { augustPixels } from '../../picture/august.ts';
import { type BatchFailure, type BatchJob, columnCount, type ImageReference } from '../../picture/batch.ts';
import { adjustColour } from '../../picture/colour.ts';
import { clearColumns, DRAWN_TOGETHER, type Drawing, drawPixels, drawViews } from '../../picture/draw.ts';
import { toRecord } from '../../picture/record.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { toAffine } from '../../picture/view.ts';
import { readFrame } from './decode.ts';
import { ImageStore } from './store.ts';

/** A picture in the forms that views are drawn from: `[212, 212, 3]`, and `[424, 424, 3]` of a file. */
interface Picture {
  record?: Uint8Array;
  frame?: Uint8Array;
}

/**
 * Fills a batch. Columns of pictures that cannot be read are zero, as are columns without a view.
 * @param data `[size, size, 3, capacity]`, overwritten
 * @param at called with the index of each item before it is read
 * @returns the pictures that could not be read
 * @throws UserError if a store cannot be read or was replaced; RangeError if sizes do not fit; Error if an August view is
 * wanted of a record
 */
export async function fillBatch(
  job: BatchJob,
  data: Float32Array,
  at: (item: number) => void = () => {},
): Promise<BatchFailure[]> {
  const { items, size, capacity, normalisation } = job;
  const filled = columnCount(job);
  const failures: BatchFailure[] = [];
  const stores = new Map<string, ImageStore>();
  const load = async (image: ImageReference): Promise<Picture> => {
    if (image.kind !== 'record') return { frame: (await readFrame(image)).pixels };
    const store = stores.get(image.path) ?? ImageStore.open(image.path);
    stores.set(image.path, store);
    if (image.identity !== undefined && image.identity !== store.identity) {
      throw new UserError(`${image.path}: has been replaced or changed since it was opened`);
    }
    return { record: store.read(image.index) };
  };
  let waiting: Drawing[] = [];
  const draw = () => {
    drawViews(waiting, data, size, capacity, normalisation);
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
          if (picture.frame === undefined) {
            throw new Error('August views are drawn from the original picture, and a store does not hold it');
          }
          const pixels = augustPixels(picture.frame, view.angle, view.flip);
          drawPixels(pixels, column, data, size, capacity, normalisation);
        } else {
          picture.record ??= toRecord(picture.frame!);
          const record = view.colour ? adjustColour(picture.record, view.colour) : picture.record;
          waiting.push({ column, record, affine: toAffine(view, size) });
          if (waiting.length === DRAWN_TOGETHER) draw(); // now, so that few records stay in memory
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
