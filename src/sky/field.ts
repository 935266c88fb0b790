/** The grid that a piece of sky is drawn on: three bands of light in the survey's own pixels. */
import type { Colour } from './object.ts';

/** A pixel of the Sloan Digital Sky Survey's camera, arc seconds (Gunn et al. 1998). */
export const SURVEY_PIXEL = 0.396;

/** Pixels of a challenge picture's side. */
export const PICTURE = 424;

/** Arc seconds of one pixel of a challenge picture, over R90: Galaxy Zoo 2 cut them so (Willett et al. 2013). */
export const PICTURE_SCALE = 0.02;

/** Pixels around what the picture needs: room for the point-spread function and for interpolation. */
const MARGIN = 5;

/** A galaxy's light in another band than r: 10^(0.4 × colour) as it is bluer or redder. */
export const inG = ({ gr }: Colour) => 10 ** (-0.4 * gr);
export const inI = ({ ri }: Colour) => 10 ** (0.4 * ri);

/** nanomaggies of a magnitude. @example nanomaggies(22.5) // 1 */
export const nanomaggies = (magnitude: number) => 10 ** (0.4 * (22.5 - magnitude));

/**
 * A square of sky. Light is in nanomaggies per survey pixel of 0.396″ × 0.396″, whatever the pixels here are: so brightness
 * looks the same at each scale.
 */
export class Field {
  /** Pixels a side. */
  readonly size: number;
  /** Arc seconds a pixel: the survey's, or the picture's where that is coarser. */
  readonly pixel: number;
  /** Arc seconds of a pixel of the picture. */
  readonly pictureScale: number;
  /** Where the centre of the picture lies, in pixels: never quite the middle of one. */
  readonly centre: readonly [x: number, y: number];
  /** `[size, size]` each. */
  readonly g: Float32Array;
  readonly r: Float32Array;
  readonly i: Float32Array;
  /** Arc seconds from the centre, `[size, size]` each; disturbed galaxies bend them. */
  readonly x: Float32Array;
  readonly y: Float32Array;

  /**
   * @param r90 radius with 90 % of the galaxy's light, arc seconds: it decides the scale
   * @param shift of the centre from the middle of a pixel, -0.5…0.5
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

  /** Half the field's side, arc seconds. */
  get half(): number {
    return (this.size * this.pixel) / 2;
  }

  /** Light of so many nanomaggies per square arc second, in the field's unit. */
  static readonly perSquareSecond = SURVEY_PIXEL ** 2;

  /** The rows and columns within a distance of a place, end-exclusive; empty where it is outside. */
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
