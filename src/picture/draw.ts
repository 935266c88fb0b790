/**
 * Draws views of records into a batch `[size, size, bands, capacity]`: value (row, column, band) of view n is at index
 * ((row · size + column) · bands + band) · capacity + n.
 */
import { DEFAULT_PREPROCESSING, type Preprocessing } from './preprocessing.ts';
import { RECORD_PIXELS, RECORD_SIZE, type RecordPixels } from './record.ts';
import type { Affine } from './view.ts';

/** The bands of a batch and the scale of its values. */
type Drawn = Pick<Preprocessing, 'bands' | 'normalisation'>;

/** A view of a record, to be drawn into one column of a batch. */
export interface Drawing {
  column: number;
  record: RecordPixels;
  affine: Affine;
}

/** Views that are drawn together, row by row: 16 float32 fill a cache line of the batch. */
export const DRAWN_TOGETHER = 16;

/**
 * Draws one row of one view. Bilinear, in double precision: at position (x, y), between pixels i = ⌊x⌋ and i + 1, j = ⌊y⌋ and
 * j + 1, with f = x - i, g = y - j, the value is (1-f)(1-g)·p[j,i] + f(1-g)·p[j,i+1] + (1-f)g·p[j+1,i] + fg·p[j+1,i+1].
 * Positions outside the record are moved to its edge.
 */
function drawRow(
  record: RecordPixels,
  affine: Affine,
  row: number,
  size: number,
  data: Float32Array,
  start: number,
  capacity: number,
  bands: number,
  { scale, offset }: Preprocessing['normalisation'],
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
    const p = (j * RECORD_SIZE + i) * bands;
    const q = p + RECORD_SIZE * bands;
    if (bands !== 3) {
      for (let band = 0; band < bands; band++, to += capacity) {
        const [a, b] = [p + band, q + band];
        const value =
          record[a]! * w00 + record[a + bands]! * w01 + record[b]! * w10 + record[b + bands]! * w11;
        data[to] = value * scale + offset;
      }
      continue;
    }
    data[to] =
      (record[p]! * w00 + record[p + 3]! * w01 + record[q]! * w10 + record[q + 3]! * w11) * scale + offset;
    to += capacity;
    data[to] =
      (record[p + 1]! * w00 + record[p + 4]! * w01 + record[q + 1]! * w10 + record[q + 4]! * w11) * scale +
      offset;
    to += capacity;
    data[to] =
      (record[p + 2]! * w00 + record[p + 5]! * w01 + record[q + 2]! * w10 + record[q + 5]! * w11) * scale +
      offset;
    to += capacity;
  }
}

/**
 * Draws views into their columns of a batch, normalised. Other columns do not change. A neutral view of 128 pixels is exactly
 * the record's central square. Outside the record, its edge pixels are repeated: black corners would show the network the angle.
 * @param drawings `record` is `[212, 212, bands]`
 * @param data `[size, size, bands, capacity]`
 * @throws RangeError if an array's length or a column is wrong
 */
export function drawViews(
  drawings: readonly Drawing[],
  data: Float32Array,
  size: number,
  capacity: number,
  { bands: { length: bands }, normalisation }: Drawn = DEFAULT_PREPROCESSING,
): void {
  checkBatch(data, size, bands, capacity);
  for (const { column, record } of drawings) {
    checkColumn(column, capacity);
    const expected = RECORD_PIXELS * bands;
    if (record.length !== expected) {
      throw new RangeError(`drawViews: a record has ${expected} values, got ${record.length}`);
    }
  }
  for (let first = 0; first < drawings.length; first += DRAWN_TOGETHER) {
    const group = drawings.slice(first, first + DRAWN_TOGETHER);
    for (let row = 0; row < size; row++) {
      for (const { column, record, affine } of group) {
        const start = row * size * bands * capacity + column;
        drawRow(record, affine, row, size, data, start, capacity, bands, normalisation);
      }
    }
  }
}

/**
 * Writes an RGB picture into a column of a batch, normalised.
 * @param pixels `[size, size, 3]`
 * @param data `[size, size, 3, capacity]`
 * @throws RangeError if an array's length or the column is wrong
 */
export function drawPixels(
  pixels: Uint8Array,
  column: number,
  data: Float32Array,
  size: number,
  capacity: number,
  { normalisation: { scale, offset } }: Drawn = DEFAULT_PREPROCESSING,
): void {
  checkBatch(data, size, 3, capacity);
  checkColumn(column, capacity);
  if (pixels.length !== size * size * 3) {
    throw new RangeError(`drawPixels: [${size}, ${size}, 3] expected, got ${pixels.length} bytes`);
  }
  for (let from = 0, to = column; from < pixels.length; from++, to += capacity) {
    data[to] = pixels[from]! * scale + offset;
  }
}

/** Sets columns first…end-1 of a batch to zero. @param data `[size, size, bands, capacity]` */
export function clearColumns(data: Float32Array, first: number, end: number, capacity: number): void {
  if (first === end) return;
  for (let row = 0; row < data.length; row += capacity) data.fill(0, row + first, row + end);
}

function checkBatch(data: Float32Array, size: number, bands: number, capacity: number): void {
  if (data.length !== size * size * bands * capacity) {
    const shape = [size, size, bands, capacity].join(', ');
    throw new RangeError(`batch: [${shape}] expected, got ${data.length} numbers`);
  }
}

function checkColumn(column: number, capacity: number): void {
  if (!(Number.isInteger(column) && column >= 0 && column < capacity)) {
    throw new RangeError(`batch: no column ${column} among ${capacity}`);
  }
}
