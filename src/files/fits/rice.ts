/**
 * RICE_1 (FITS standard 4.0, section 10.4.1): differences of neighbouring pixels in blocks. A block begins with the number of
 * low bits that are stored as they are, plus one; the high bits of a difference are a run of zeros that ends in a one.
 * Source of the bit layout: R. White, ricecomp.c of CFITSIO.
 */

/** By bytes of a pixel: bits of a block's first number, and its value in blocks whose differences are stored whole. */
const LAYOUTS = {
  1: { bits: 3, whole: 6, array: Uint8Array },
  2: { bits: 4, whole: 14, array: Int16Array },
  4: { bits: 5, whole: 25, array: Int32Array },
} as const;

export type RiceBytes = keyof typeof LAYOUTS;

export const isRiceBytes = (value: unknown): value is RiceBytes => Object.hasOwn(LAYOUTS, String(value));

/** The most pixels that a byte can stand for. */
export const ricePixelsPerByte = (bytesPerPixel: RiceBytes, block: number): number =>
  (8 * block) / LAYOUTS[bytesPerPixel].bits;

/**
 * Decodes a tile.
 * @param count its pixels
 * @param block pixels of a block
 * @throws Error if the data ends early
 */
export function riceDecode(
  bytes: Uint8Array,
  count: number,
  bytesPerPixel: RiceBytes,
  block: number,
): Uint8Array | Int16Array | Int32Array {
  const { bits: startBits, whole, array } = LAYOUTS[bytesPerPixel];
  const pixels = new array(count);
  const wholeBits = 8 * bytesPerPixel;
  let last = 0;
  for (let i = 0; i < bytesPerPixel; i++) last = (last << 8) | bytes[i]!;
  /** Bits that were read and not used, in the low `held` places of `bits`. */
  let bits = 0;
  let held = 0;
  let at = bytesPerPixel;

  /** The next `width` bits, 0…32. */
  const take = (width: number) => {
    let value = 0;
    let missing = width;
    while (missing > held) {
      value = (value << held) | bits;
      missing -= held;
      bits = bytes[at++] ?? 0;
      held = 8;
    }
    held -= missing;
    value = (value << missing) | (bits >> held);
    bits &= (1 << held) - 1;
    return value;
  };

  for (let start = 0; start < count; start += block) {
    const low = take(startBits) - 1;
    const end = Math.min(count, start + block);
    if (at > bytes.length) break;
    for (let i = start; i < end; i++) {
      let mapped = 0;
      if (low === whole) mapped = take(wholeBits);
      else if (low >= 0) {
        let zeros = 0;
        while (bits === 0 && at < bytes.length) {
          zeros += held;
          bits = bytes[at++]!;
          held = 8;
        }
        const leading = Math.clz32(bits) - (32 - held);
        held -= leading + 1;
        bits &= (1 << held) - 1;
        zeros += leading;
        mapped = (zeros << low) | take(low);
      }
      // 0, 1, 2, 3, … stand for the differences 0, -1, 1, -2, …
      last = (last + ((mapped >>> 1) ^ -(mapped & 1))) | 0;
      pixels[i] = last;
    }
  }
  if (at > bytes.length) throw new Error(`its ${bytes.length} bytes end before its ${count} pixels`);
  return pixels;
}
