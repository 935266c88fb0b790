/**
 * Pillow's bilinear resize to half the size, bit for bit. An output pixel is a weighted mean of four input pixels,
 * (a + 3b + 3c + d) / 8; at an edge, of the three that exist, (3b + 3c + d) / 7. Rows come first and are rounded to 8 bits,
 * then columns. Pillow rounds its weights to 22 bits ("PRECISION_BITS = 32 - 8 - 2"): eighths are exact, sevenths are not.
 * Source: Pillow, src/libImaging/Resample.c.
 */

const PRECISION = 22;
const HALF = 1 << (PRECISION - 1);
const THREE_SEVENTHS = Math.round((3 / 7) * 2 ** PRECISION);
const ONE_SEVENTH = Math.round((1 / 7) * 2 ** PRECISION);

/** (a + 3b + 3c + d) / 8 of 8-bit values, rounded half up. */
function inside(a: number, b: number, c: number, d: number): number {
  return (a + d + 3 * (b + c) + 4) >> 3;
}

/** (3a + 3b + c) / 7 of 8-bit values, as Pillow rounds it; `a` lies at the edge. */
function edge(a: number, b: number, c: number): number {
  return (Math.imul(a + b, THREE_SEVENTHS) + Math.imul(c, ONE_SEVENTH) + HALF) >> PRECISION;
}

/** Halves every row: `[height, width, 3]` → `[height, width / 2, 3]`. */
function shrinkRows(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const result = new Uint8Array((height * width * 3) / 2);
  let from = 0;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let channel = 0; channel < 3; channel++, from++) {
      result[to++] = edge(pixels[from]!, pixels[from + 3]!, pixels[from + 6]!);
    }
    for (let x = 1; x < width / 2 - 1; x++, from += 6, to += 3) {
      result[to] = inside(pixels[from]!, pixels[from + 3]!, pixels[from + 6]!, pixels[from + 9]!);
      result[to + 1] = inside(pixels[from + 1]!, pixels[from + 4]!, pixels[from + 7]!, pixels[from + 10]!);
      result[to + 2] = inside(pixels[from + 2]!, pixels[from + 5]!, pixels[from + 8]!, pixels[from + 11]!);
    }
    for (let channel = 0; channel < 3; channel++, from++) {
      result[to++] = edge(pixels[from + 6]!, pixels[from + 3]!, pixels[from]!);
    }
    from += 6;
  }
  return result;
}

/** Halves every column: rows of `stride` bytes, `[height, stride]` → `[height / 2, stride]`. */
function shrinkColumns(pixels: Uint8Array, stride: number, height: number): Uint8Array {
  const result = new Uint8Array((height * stride) / 2);
  const last = height / 2 - 1;
  for (let x = 0; x < stride; x++) {
    result[x] = edge(pixels[x]!, pixels[x + stride]!, pixels[x + 2 * stride]!);
  }
  for (let y = 1, to = stride; y < last; y++) {
    const a = (2 * y - 1) * stride;
    const [b, c, d] = [a + stride, a + 2 * stride, a + 3 * stride];
    for (let x = 0; x < stride; x++, to++) {
      result[to] = inside(pixels[a + x]!, pixels[b + x]!, pixels[c + x]!, pixels[d + x]!);
    }
  }
  for (let x = 0, from = (height - 1) * stride; x < stride; x++, from++) {
    result[last * stride + x] = edge(pixels[from]!, pixels[from - stride]!, pixels[from - 2 * stride]!);
  }
  return result;
}

/**
 * An RGB picture at half its size, bit-identical to Pillow's `resize((width / 2, height / 2), BILINEAR)`.
 * @param pixels `[height, width, 3]`, 8 bits
 * @param width an even number of pixels, 4 or more; `height` likewise
 * @returns `[height / 2, width / 2, 3]`
 * @throws RangeError if the sizes are odd or too small, or do not fit `pixels`
 */
export function shrinkByTwo(pixels: Uint8Array, width: number, height: number): Uint8Array {
  for (const side of [width, height]) {
    if (!(side >= 4 && side % 2 === 0)) {
      throw new RangeError(`shrinkByTwo: expected even sides of 4 or more, got ${width}×${height}`);
    }
  }
  if (pixels.length !== width * height * 3) {
    throw new RangeError(
      `shrinkByTwo: ${width}×${height} RGB takes ${width * height * 3} bytes, got ${pixels.length}`,
    );
  }
  return shrinkColumns(shrinkRows(pixels, width, height), (width / 2) * 3, height);
}
