/** The asinh stretch of Lupton et al. (2004), and resampling to 424 × 424. */
import { type Field, PICTURE } from './field.ts';

/**
 * Parameters of the stretch, fitted to the challenge's pictures. `weights` multiply the bands i, r, g to give red, green, blue
 * (the survey's own are 4.9, 5.7 and 7.8; here relative to r). `softening` and the intensities at which bright pixels start to
 * turn white and are fully white are in nanomaggies per survey pixel, `height` is in levels of 255.
 */
export const STRETCH = {
  weights: [0.86, 1.03, 1.56],
  softening: 0.058,
  height: 39.5,
  white: { from: 15, full: 90 },
};

/** Blend towards white of a pixel of the given intensity, 0…1. */
function whiteness(light: number): number {
  const { from, full } = STRETCH.white;
  const t = Math.min(1, Math.max(0, Math.log(light / from) / Math.log(full / from)));
  return 0.9 * t * t * (3 - 2 * t);
}

/**
 * Asinh stretch (Lupton et al. 2004). Only the intensity is stretched, so hue does not depend on brightness:
 *
 *     I = (R + G + B) / 3,   picture = (R, G, B) · height · asinh(I / softening) / I
 *
 * Pixels above 255 are scaled down as a whole to keep their hue; only saturated ones, as in bright stars, turn white.
 * @param balance factors applied to g and i
 * @returns `[size, size, 3]`, unrounded levels 0…255
 */
export function stretch({ g, r, i }: Field, balance = { g: 1, i: 1 }): Float32Array {
  const { softening, height } = STRETCH;
  const weights = [STRETCH.weights[0]! * balance.i, STRETCH.weights[1], STRETCH.weights[2]! * balance.g];
  const picture = new Float32Array(3 * r.length);
  for (let at = 0; at < r.length; at++) {
    const red = weights[0]! * i[at]!;
    const green = weights[1]! * r[at]!;
    const blue = weights[2]! * g[at]!;
    const light = Math.max((red + green + blue) / 3, 1e-6);
    const x = light / softening;
    let gain = (height * Math.log(x + Math.sqrt(x * x + 1))) / light;
    const largest = Math.min(255, gain * Math.max(red, green, blue));
    gain = Math.min(gain, 255 / Math.max(red, green, blue, 1e-6));
    const white = light > STRETCH.white.from ? whiteness(light) : 0;
    gain *= 1 - white;
    const glare = white * largest;
    picture[3 * at] = Math.max(0, red * gain + glare);
    picture[3 * at + 1] = Math.max(0, green * gain + glare);
    picture[3 * at + 2] = Math.max(0, blue * gain + glare);
  }
  return picture;
}

/** The four weights of cubic convolution (Keys 1981, a = −1/2) at a subpixel offset t. */
function cubic(t: number): [number, number, number, number] {
  return [
    ((-t + 2) * t - 1) * t * 0.5,
    ((3 * t - 5) * t * t + 2) * 0.5,
    ((-3 * t + 4) * t + 1) * t * 0.5,
    (t - 1) * t * t * 0.5,
  ];
}

/** For each pixel of the picture: the index of the first of four field pixels, and their weights `[PICTURE, 4]`. */
function taps(centre: number, scale: number): { first: Int32Array; weights: Float32Array } {
  const first = new Int32Array(PICTURE);
  const weights = new Float32Array(4 * PICTURE);
  for (let at = 0; at < PICTURE; at++) {
    const position = centre + (at - (PICTURE - 1) / 2) * scale;
    const whole = Math.floor(position);
    first[at] = whole - 1;
    weights.set(cubic(position - whole), 4 * at);
  }
  return { first, weights };
}

/**
 * Resamples the stretched field to the picture by cubic convolution.
 * @param stretched `[size, size, 3]`
 * @returns `[424, 424, 3]`, RGB bytes
 */
export function cutPicture(
  { size, centre, pixel, pictureScale }: Field,
  stretched: Float32Array,
): Uint8Array {
  const [columns, rows] = centre.map((each) => taps(each, pictureScale / pixel));
  const wide = new Float32Array(size * PICTURE * 3);
  for (let row = 0, to = 0; row < size; row++) {
    for (let column = 0; column < PICTURE; column++, to += 3) {
      const from = 3 * (row * size + columns!.first[column]!);
      const w0 = columns!.weights[4 * column];
      const w1 = columns!.weights[4 * column + 1];
      const w2 = columns!.weights[4 * column + 2];
      const w3 = columns!.weights[4 * column + 3];
      wide[to] =
        w0! * stretched[from]! +
        w1! * stretched[from + 3]! +
        w2! * stretched[from + 6]! +
        w3! * stretched[from + 9]!;
      wide[to + 1] =
        w0! * stretched[from + 1]! +
        w1! * stretched[from + 4]! +
        w2! * stretched[from + 7]! +
        w3! * stretched[from + 10]!;
      wide[to + 2] =
        w0! * stretched[from + 2]! +
        w1! * stretched[from + 5]! +
        w2! * stretched[from + 8]! +
        w3! * stretched[from + 11]!;
    }
  }
  const width = 3 * PICTURE;
  const picture = new Uint8Array(PICTURE * width);
  for (let row = 0, to = 0; row < PICTURE; row++) {
    const from = rows!.first[row]! * width;
    const w0 = rows!.weights[4 * row];
    const w1 = rows!.weights[4 * row + 1];
    const w2 = rows!.weights[4 * row + 2];
    const w3 = rows!.weights[4 * row + 3];
    for (let at = from; at < from + width; at++, to++) {
      const level =
        w0! * wide[at]! + w1! * wide[at + width]! + w2! * wide[at + 2 * width]! + w3! * wide[at + 3 * width]!;
      picture[to] = level < 0 ? 0 : level > 255 ? 255 : level + 0.5;
    }
  }
  return picture;
}
