/** The grid that a patch of sky is drawn on: three bands at the survey's pixel scale. */
import type { Colour } from './object.ts';

/** Pixel scale of the Sloan Digital Sky Survey's camera, arc seconds (Gunn et al. 1998). */
export const SURVEY_PIXEL = 0.396;

/** Side of a challenge picture, pixels. */
export const PICTURE = 424;

/** Pixel scale of a challenge picture over R90, as cut by Galaxy Zoo 2 (Willett et al. 2013). */
export const PICTURE_SCALE = 0.02;

/** Extra pixels on each side, for the PSF and the interpolation. */
const MARGIN = 5;

/** Flux ratios to r of a colour: 10^(−0.4 (g − r)) in g, 10^(0.4 (r − i)) in i. */
export const gOverR = ({ gr }: Colour) => 10 ** (-0.4 * gr);
export const iOverR = ({ ri }: Colour) => 10 ** (0.4 * ri);

/** Flux of a magnitude, nanomaggies. @example nanomaggies(22.5) // 1 */
export const nanomaggies = (magnitude: number) => 10 ** (0.4 * (22.5 - magnitude));

/**
 * A square patch of sky. Light is in nanomaggies per survey pixel (0.396″ × 0.396″) whatever the field's own pixel scale, so a
 * given value is the same surface brightness at every scale.
 */
export class Field {
  /** Side, pixels. */
  readonly size: number;
  /** Pixel scale, arc seconds: the survey's or the picture's, whichever is coarser. */
  readonly pixel: number;
  /** Pixel scale of the picture, arc seconds. */
  readonly pictureScale: number;
  /** Centre of the picture, in pixels of the field; in general not at the centre of a pixel. */
  readonly centre: readonly [x: number, y: number];
  /** Light of each band, `[size, size]`. */
  readonly g: Float32Array;
  readonly r: Float32Array;
  readonly i: Float32Array;
  /** Offset from the centre, arc seconds, `[size, size]`; distorted for disturbed galaxies. */
  readonly x: Float32Array;
  readonly y: Float32Array;

  /**
   * @param r90 radius enclosing 90 % of the galaxy's light, arc seconds: it sets the scale
   * @param shift offset of the picture's centre from the centre of a pixel, −0.5…0.5
   */
  constructor(r90: number, shift: readonly [number, number] = [0, 0]) {
    this.pictureScale = PICTURE_SCALE * r90;
    this.pixel = Math.max(SURVEY_PIXEL, this.pictureScale);
    const half = Math.ceil((PICTURE * this.pictureScale) / this.pixel / 2) + MARGIN;
    this.size = 2 * half + 1;
    this.centre = [half + shift[0], half + shift[1]];
    const count = this.size ** 2;
    this.g = new Float32Array(count);
    this.r = new Float32Array(count);
    this.i = new Float32Array(count);
    [this.x, this.y] = [new Float32Array(count), new Float32Array(count)];
    for (let row = 0, at = 0; row < this.size; row++) {
      for (let column = 0; column < this.size; column++, at++) {
        this.x[at] = (column - this.centre[0]) * this.pixel;
        this.y[at] = (row - this.centre[1]) * this.pixel;
      }
    }
  }

  /** Half the side, arc seconds. */
  get half(): number {
    return (this.size * this.pixel) / 2;
  }

  /** Converts nanomaggies per square arc second to the field's unit. */
  static readonly perSquareArcsecond = SURVEY_PIXEL ** 2;

  /** Rows and columns within `reach` of (x, y), arc seconds; ends exclusive, empty outside the field. */
  box(x: number, y: number, reach: number): { top: number; bottom: number; left: number; right: number } {
    const from = (at: number, centre: number) =>
      Math.min(this.size, Math.max(0, Math.floor((at - reach) / this.pixel + centre)));
    const to = (at: number, centre: number) =>
      Math.min(this.size, Math.max(0, Math.ceil((at + reach) / this.pixel + centre) + 1));
    return {
      top: from(y, this.centre[1]),
      bottom: to(y, this.centre[1]),
      left: from(x, this.centre[0]),
      right: to(x, this.centre[0]),
    };
  }
}
