/** Pixels of the decoders, which are RGBA, as sharp gives them in Node. */
import type { DecodedPicture } from '../../picture/decode.ts';

/** RGBA of a decoder, `[height, width, 4]`. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint16Array;
}

/** Draws transparent pixels on black, then reduces 16 bits to 8: in this order, and with the rounding of libvips. */
export function flattened({ width, height, data }: Rgba): DecodedPicture {
  const isReduced = data instanceof Uint16Array;
  const [highest, shift] = isReduced ? [65535, 8] : [255, 0];
  const pixels = new Uint8Array(width * height * 3);
  const alpha = new Uint8Array(width * height);
  for (let i = 0, from = 0, to = 0; i < alpha.length; i++, from += 4, to += 3) {
    const opacity = data[from + 3]!;
    alpha[i] = opacity >> shift;
    for (let band = 0; band < 3; band++) {
      const value = data[from + band]!;
      pixels[to + band] = (opacity === highest ? value : Math.floor((value * opacity) / highest)) >> shift;
    }
  }
  return { width, height, pixels, alpha: { values: alpha }, isReduced };
}
