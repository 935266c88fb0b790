/** Fills one batch: loads the pictures of a job and draws their views. */
import { augustPixels } from './august.ts';
import {
  type BatchJob,
  type BatchReport,
  columnCount,
  type FrameReference,
  type ImageReference,
  imageName,
  type MemoryRecord,
  type PixelsReference,
} from './batch.ts';
import { blurRecord } from './blur.ts';
import { adjustColour } from './colour.ts';
import { clearColumns, DRAWN_TOGETHER, type Drawing, drawPixels, drawViews } from './draw.ts';
import type { PictureFlag } from './flags.ts';
import { recordOf } from './frame.ts';
import { DEFAULT_PREPROCESSING, type FrameSettings } from './preprocessing.ts';
import type { ReadHdu } from './readHdus.ts';
import { FRAME_SIZE, isSquare, type RecordPixels, toFrame, toRecord } from './record.ts';
import { ImageError } from './unreadable.ts';
import { toAffine, type View } from './view.ts';

/** A picture's pixels: `record` `[212, 212, bands]`, or for a file with 8 bits its central `square` `[side, side, 3]`, RGB. */
export type LoadedPicture = (
  | { record: RecordPixels; square?: never }
  | { square: Uint8Array; record?: never }
) & {
  /** Reasons to doubt the picture. */
  flags?: readonly PictureFlag[];
  /** Of its FITS files, if the first image was read. */
  hdus?: readonly ReadHdu[];
};

/** The record of a loaded picture, `[212, 212, bands]`. */
export const recordOfPicture = ({ record, square }: LoadedPicture): RecordPixels =>
  record ?? toRecord(square);

/** The pixels of a loaded picture to look at: `[side, side, bands]`, with at most 424 pixels a side. */
export const shownPixels = ({ record, square }: LoadedPicture): RecordPixels =>
  record ?? (square.length > FRAME_SIZE * FRAME_SIZE * 3 ? toFrame(square) : square);

/** A picture in memory. @throws ImageError if it is not square, or it has raw values and the frames 8 bits, or the reverse */
export function memoryPicture(
  image: PixelsReference | FrameReference | MemoryRecord,
  frames: FrameSettings = DEFAULT_PREPROCESSING,
): LoadedPicture {
  if (image.kind === 'memory') return image;
  const isRaw = image.kind === 'frame';
  if (isRaw && frames.stretch !== undefined) return recordOf(image.frame, frames, image.name);
  if (!isRaw && frames.stretch === undefined) {
    const { length } = image.pixels;
    if (isSquare(image.pixels)) return { square: image.pixels };
    throw new ImageError(image.name, `expected a square RGB picture, [side, side, 3], got ${length} bytes`);
  }
  throw isRaw ? rawRefused(image.name) : bytesRefused(image.name);
}

/** The error for a picture of raw values where one of 8 bits is expected. */
export const rawRefused = (file: string): ImageError =>
  new ImageError(file, 'expected a picture of 8 bits; raw values need a stretch', ['stretch']);

/** The error for a picture of 8 bits where raw values are expected. */
export const bytesRefused = (file: string): ImageError =>
  new ImageError(file, 'expected raw values, of FITS or of 16 bits, for a stretch; got 8 bits', ['stretch']);

/**
 * Fills a batch. Columns of pictures that cannot be read are zero, as are columns without a view.
 * @param data `[size, size, bands, capacity]`, overwritten
 * @param load throws an ImageError if a picture cannot be read
 * @param at called with the index of each item before it is loaded
 * @throws RangeError if sizes do not fit; Error if an August view or other colours are wanted of a picture that does not allow
 * them; other errors of `load`
 * @example
 * const data = new Float32Array(64 * 64 * 3 * 1);
 * const items = [{ image, views: [NEUTRAL_VIEW] }];
 * await fillBatch({ items, size: 64, capacity: 1 }, data, async () => ({ square: new Uint8Array(424 * 424 * 3) }));
 */
export async function fillBatch(
  job: BatchJob,
  data: Float32Array,
  load: (image: ImageReference) => LoadedPicture | Promise<LoadedPicture>,
  at: (item: number) => void = () => {},
): Promise<BatchReport> {
  const { items, size, capacity, preprocessing } = job;
  const filled = columnCount(job);
  const report: BatchReport = { failures: [], flagged: [], hdus: [] };
  let waiting: Drawing[] = [];
  const draw = () => {
    drawViews(waiting, data, size, capacity, preprocessing);
    waiting = [];
  };
  let column = 0;
  for (const [item, { image, views }] of items.entries()) {
    at(item);
    let picture: LoadedPicture;
    try {
      picture = await load(image);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      const { file: name, reason, options } = error;
      report.failures.push({ item, name, reason, ...(options.length > 0 && { options }) });
      clearColumns(data, column, column + views.length, capacity);
      column += views.length;
      continue;
    }
    const { flags = [], hdus = [] } = picture;
    if (flags.length > 0) report.flagged.push({ item, name: imageName(image), flags });
    report.hdus.push(...hdus);
    let own = picture.record;
    let frame: Uint8Array | undefined;
    for (const view of views) {
      if ('pipeline' in view) {
        if (picture.square === undefined) {
          throw new Error('August views are drawn from the original picture, and a store does not hold it');
        }
        frame ??= toFrame(picture.square);
        const pixels = augustPixels(frame, view.angle, view.flip);
        drawPixels(pixels, column, data, size, capacity, preprocessing);
      } else {
        own ??= recordOfPicture(picture);
        waiting.push({ column, record: recordOfView(own, view), affine: toAffine(view, size) });
        if (waiting.length === DRAWN_TOGETHER) draw(); // now, so that few records stay in memory
      }
      column++;
    }
  }
  draw();
  clearColumns(data, filled, capacity, capacity);
  return report;
}

/** A record with the colours and the blur of a view. */
function recordOfView(record: RecordPixels, { colour, blur }: View): RecordPixels {
  if (colour && !(record instanceof Uint8Array))
    throw new Error('only the colours of pictures of 8 bits can be changed');
  const coloured = colour ? adjustColour(record as Uint8Array, colour) : record;
  return blur ? blurRecord(coloured, blur) : coloured;
}
