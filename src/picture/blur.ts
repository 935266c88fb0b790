/** Blurs records. */
import { RECORD_PIXELS, RECORD_SIZE, type RecordPixels } from './record.ts';

/**
 * A smoothed record. Along rows, then along columns, each value becomes s/4 · (previous + next) + (1 − s/2) · value, where s is the
 * strength. Pixels at the edge are repeated beyond it. Values are rounded once, at the end.
 * @param record `[212, 212, bands]`; not modified
 * @param strength 0, which changes nothing, to 1
 * @returns `[212, 212, bands]`
 * @throws RangeError if the record has another length, or the strength is out of range
 * @example blurRecord(new Uint8Array(212 * 212 * 3).fill(9), 0.5)[0] // 9
 */
export function blurRecord<Pixels extends RecordPixels>(record: Pixels, strength: number): Pixels {
  const bands = record.length / RECORD_PIXELS;
  if (!(Number.isInteger(bands) && bands > 0))
    throw new RangeError(`blurRecord: expected [212, 212, bands] pixels, got ${record.length}`);
  if (!(strength >= 0 && strength <= 1))
    throw new RangeError(`blurRecord: expected a strength of 0 to 1, got ${strength}`);
  const row = RECORD_SIZE * bands;
  const across = smooth(record, new Float32Array(record.length), strength, bands, row);
  const result = record.slice() as Pixels; // of the same type
  return smooth(across, result, strength, row, record.length);
}

/**
 * Smooths lines: neighbours lie `step` values apart, and each block of `length` values has `step` lines.
 * @returns `result`, overwritten; rounded if `result` holds integers
 */
function smooth<Result extends RecordPixels | Float32Array>(
  values: RecordPixels | Float32Array,
  result: Result,
  strength: number,
  step: number,
  length: number,
): Result {
  const [neighbour, own] = [strength / 4, 1 - strength / 2];
  const rounding = result instanceof Float32Array ? 0 : 0.5; // arrays of whole numbers truncate
  for (let start = 0; start < values.length; start += length) {
    for (let at = start; at < start + length; at++) {
      const before = at - step < start ? at : at - step;
      const after = at + step >= start + length ? at : at + step;
      result[at] = own * values[at]! + neighbour * (values[before]! + values[after]!) + rounding;
    }
  }
  return result;
}
