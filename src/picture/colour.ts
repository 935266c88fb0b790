/**
 * Colour jitter as in torchvision's ColorJitter (torchvision/transforms/_functional_tensor.py; Pillow's ImageEnhance is the same
 * on bytes). Each of the three factors f blends the picture with a dull one: f · picture + (1 - f) · dull, clipped to 0…255.
 * The dull picture is
 *   for brightness: black;
 *   for contrast: the mean of the grey picture, everywhere;
 *   for saturation: the grey picture, grey = 0.299 R + 0.587 G + 0.114 B.
 */
import { RECORD_BYTES } from './record.ts';

/** Factors of 0 or more: 1 changes nothing, less weakens, more strengthens. */
export interface Colour {
  brightness: number;
  contrast: number;
  saturation: number;
}

const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];
const LARGEST = 255;

function clip(value: number): number {
  return Math.min(Math.max(value, 0), LARGEST);
}

/**
 * Changes the colours of a record: first brightness, then contrast, then saturation. (torchvision draws the order at random;
 * here three numbers describe a view.) Values are rounded once, at the end. torchvision truncates them to bytes after each
 * step, which would lose faint parts: half of a galaxy's picture is darker than 4 of 255.
 * @param record `[212, 212, 3]`; not modified
 * @returns `[212, 212, 3]`
 * @throws RangeError if the record has another length, or a factor is not finite or less than 0
 */
export function adjustColour(record: Uint8Array, colour: Colour): Uint8Array {
  if (record.length !== RECORD_BYTES) {
    throw new RangeError(`adjustColour: a record has ${RECORD_BYTES} bytes, got ${record.length}`);
  }
  const { brightness, contrast, saturation } = colour;
  for (const [name, factor] of Object.entries({ brightness, contrast, saturation })) {
    if (!(factor >= 0 && factor < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`adjustColour: ${name}: expected a finite factor of 0 or more, got ${factor}`);
    }
  }
  // Brightness and contrast treat all channels alike, so a table of 256 values is enough.
  const values = Float64Array.from({ length: LARGEST + 1 }, (_, byte) => clip(brightness * byte));
  const mean = meanGrey(record, values);
  for (const [byte, value] of values.entries()) {
    values[byte] = clip(contrast * value + (1 - contrast) * mean);
  }
  const result = new Uint8ClampedArray(RECORD_BYTES); // clips and rounds
  for (let at = 0; at < RECORD_BYTES; at += 3) {
    const [red, green, blue] = [values[record[at]!], values[record[at + 1]!], values[record[at + 2]!]];
    const grey = (1 - saturation) * (RED * red! + GREEN * green! + BLUE * blue!);
    result[at] = saturation * red! + grey;
    result[at + 1] = saturation * green! + grey;
    result[at + 2] = saturation * blue! + grey;
  }
  return new Uint8Array(result.buffer);
}

/** The mean of the grey picture, with `values[b]` for a byte b. */
function meanGrey(record: Uint8Array, values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < RECORD_BYTES; at += 3) {
    sum += RED * values[record[at]!]! + GREEN * values[record[at + 1]!]! + BLUE * values[record[at + 2]!]!;
  }
  return sum / (RECORD_BYTES / 3);
}
