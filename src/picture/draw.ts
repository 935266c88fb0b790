/**
 * Draws views of records into a batch. The batch is `[size, size, 3, capacity]`, the image innermost, so that value
 * (row, column, channel) of image n is at ((row · size + column) · 3 + channel) · capacity + n.
 */
import { RECORD_BYTES, RECORD_SIZE } from './record.ts';
import type { Affine } from './view.ts';

/** (x / 255 - 0.5) / 0.5 = x · 2/255 - 1: the networks' input lies in -1…1. */
const CONTRAST = 2 / 255;

/** One column of a batch: the image's number in it, and what is drawn there. */
export interface Drawing {
  column: number;
  record: Uint8Array;
  affine: Affine;
}

/** The images that are drawn side by side, row by row: their 16 float32 fill one cache line of the batch. */
export const DRAWN_TOGETHER = 16;

/**
 * Draws one row of one view. Bilinear, in double precision: at place (x, y), between pixels i = ⌊x⌋ and i + 1, j = ⌊y⌋ and
 * j + 1, with f = x - i, g = y - j, the value is (1-f)(1-g)·p[j,i] + f(1-g)·p[j,i+1] + (1-f)g·p[j+1,i] + fg·p[j+1,i+1].
 * Places off the record are moved to its edge.
 */
function drawRow(
  record: Uint8Array,
  affine: Affine,
  row: number,
  size: number,
  data: Float32Array,
  start: number,
  capacity: number,
): void {
  const { xu, yu } = affine;
  const rowX = affine.xv * row + affine.x0;
  const rowY = affine.yv * row + affine.y0;
  const edge = RECORD_SIZE - 1;
  let to = start;
  for (let u = 0; u < size; u++) {
    const x = Math.min(Math.max(xu * u + rowX, 0), edge);
    const y = Math.min(Math.max(yu * u + rowY, 0), edge);
    const i = Math.min(x | 0, edge - 1); // at the very edge, f is 1 and i + 1 still lies in the record
    const j = Math.min(y | 0, edge - 1);
    const f = x - i;
    const g = y - j;
    const w00 = (1 - f) * (1 - g);
    const w01 = f * (1 - g);
    const w10 = (1 - f) * g;
    const w11 = f * g;
    const p = (j * RECORD_SIZE + i) * 3;
    const q = p + RECORD_SIZE * 3;
    data[to] =
      (record[p]! * w00 + record[p + 3]! * w01 + record[q]! * w10 + record[q + 3]! * w11) * CONTRAST - 1;
    to += capacity;
    data[to] =
      (record[p + 1]! * w00 + record[p + 4]! * w01 + record[q + 1]! * w10 + record[q + 4]! * w11) * CONTRAST -
      1;
    to += capacity;
    data[to] =
      (record[p + 2]! * w00 + record[p + 5]! * w01 + record[q + 2]! * w10 + record[q + 5]! * w11) * CONTRAST -
      1;
    to += capacity;
  }
}

/**
 * Draws views into their columns of a batch, normalised to -1…1; the other columns stay as they are. A neutral view of 128
 * pixels is the record's central square, exactly. Off the record its edge pixels go on: black corners would be a shape
 * that no galaxy has, and would tell the network the angle.
 * @param drawings `record` is `[212, 212, 3]`
 * @param data `[size, size, 3, capacity]`
 * @throws RangeError where an array's length or a column does not fit
 * @example
 * drawViews([{ column: 0, record, affine: toAffine(NEUTRAL_VIEW, 128) }], data, 128, 1);
 */
export function drawViews(
  drawings: readonly Drawing[],
  data: Float32Array,
  size: number,
  capacity: number,
): void {
  checkBatch(data, size, capacity);
  for (const { column, record } of drawings) {
    checkColumn(column, capacity);
    if (record.length !== RECORD_BYTES) {
      throw new RangeError(`drawViews: a record has ${RECORD_BYTES} bytes, got ${record.length}`);
    }
  }
  for (let first = 0; first < drawings.length; first += DRAWN_TOGETHER) {
    const group = drawings.slice(first, first + DRAWN_TOGETHER);
    for (let row = 0; row < size; row++) {
      for (const { column, record, affine } of group) {
        drawRow(record, affine, row, size, data, row * size * 3 * capacity + column, capacity);
      }
    }
  }
}

/**
 * Writes a picture into a column of a batch as it is, normalised to -1…1.
 * @param pixels `[size, size, 3]`
 * @param data `[size, size, 3, capacity]`
 * @throws RangeError where an array's length or the column does not fit
 * @example
 * drawPixels(augustPixels(frame, 37.5, false), 0, data, 128, 1);
 */
export function drawPixels(
  pixels: Uint8Array,
  column: number,
  data: Float32Array,
  size: number,
  capacity: number,
): void {
  checkBatch(data, size, capacity);
  checkColumn(column, capacity);
  if (pixels.length !== size * size * 3) {
    throw new RangeError(`drawPixels: [${size}, ${size}, 3] expected, got ${pixels.length} bytes`);
  }
  for (let from = 0, to = column; from < pixels.length; from++, to += capacity) {
    data[to] = pixels[from]! * CONTRAST - 1;
  }
}

/**
 * Sets columns first…end-1 of a batch to zero.
 * @param data `[size, size, 3, capacity]`
 */
export function clearColumns(data: Float32Array, first: number, end: number, capacity: number): void {
  if (first === end) return;
  for (let row = 0; row < data.length; row += capacity) data.fill(0, row + first, row + end);
}

function checkBatch(data: Float32Array, size: number, capacity: number): void {
  if (data.length !== size * size * 3 * capacity) {
    throw new RangeError(`batch: [${size}, ${size}, 3, ${capacity}] expected, got ${data.length} numbers`);
  }
}

function checkColumn(column: number, capacity: number): void {
  if (!(Number.isInteger(column) && column >= 0 && column < capacity)) {
    throw new RangeError(`batch: no column ${column} among ${capacity}`);
  }
}
