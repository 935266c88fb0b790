/** Flags: reasons to doubt what is predicted for a picture that could be read. */

import { enumerate, shorten } from '../errors.ts';
import { baseName } from '../files/path.ts';

/** A picture with a shorter side, in pixels, is tiny: too few pixels for the network's input. */
const SHORT_SIDE = 64;
/** Pictures whose values stay below this share of their range are black. */
const BLACK = 0.02;
/** A picture is saturated if at least this share of its pixels has the highest value in all bands. */
const SATURATED = 0.1;
/** Pixels are missing if at least this share of a band's values is NaN or infinite. */
const MISSING = 0.05;

/** The flags, in the order in which they are reported, and their meaning. */
export const PICTURE_FLAGS = {
  'no-data': 'all pixels are NaN or infinite',
  'missing-pixels': `${100 * MISSING} % of the pixels or more are NaN or infinite in a band`,
  transparent: 'all pixels are transparent',
  flattened: 'transparent pixels are drawn on black',
  reduced: 'values of 16 bits are reduced to 8',
  constant: 'all pixels have the same value',
  black: `no value exceeds ${100 * BLACK} % of the range`,
  saturated: `${100 * SATURATED} % of the pixels or more have the highest value in all bands`,
  tiny: `a side has fewer than ${SHORT_SIDE} pixels`,
  'sides-cut': 'the picture is not square: only its central square is used',
  padded: 'the picture shows less sky than the field: its surroundings are filled',
  'unlike-training': 'brightness, colour, detail or size is unlike that of the training pictures',
} as const;

export type PictureFlag = keyof typeof PICTURE_FLAGS;

export const PICTURE_FLAG_NAMES = Object.keys(PICTURE_FLAGS) as PictureFlag[];

/** The values of a band, or of alpha. */
export interface BandValues {
  readonly values: ArrayLike<number>;
  /** Index of the first pixel's value. Default 0. */
  readonly start?: number;
  /** Distance between the values of neighbouring pixels: 1 for a plane, which is the default, else the number of channels. */
  readonly step?: number;
}

/** A picture as stored in its file. */
export interface FlaggedValues {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly BandValues[];
  readonly alpha?: BandValues;
  /** The file's values had 16 bits, these have 8. Default false. */
  readonly isReduced?: boolean;
  /** The largest possible value. Default: the largest in the picture, for formats without a limit such as FITS. */
  readonly highest?: number;
  /** Side of the square that is used, in pixels, if it does not depend on the picture's size. Default: the shorter side. */
  readonly side?: number;
}

/** The bands of interleaved channels. @example channelBands(pixels, 3) // red, green and blue */
export const channelBands = (values: ArrayLike<number>, channels: number): BandValues[] =>
  Array.from({ length: channels }, (_, start) => ({ values, start, step: channels }));

/** The number of pixels whose values pass a test in all bands. */
function countPixels(
  pixels: number,
  bands: readonly BandValues[],
  isCounted: (value: number) => boolean,
): number {
  let count = 0;
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (bands.every(({ values, start = 0, step = 1 }) => isCounted(values[start + pixel * step]!))) count++;
  }
  return count;
}

/**
 * The flags of a picture, except `unlike-training`, in the order of {@link PICTURE_FLAGS}.
 * @example
 * const bands = channelBands(new Uint8Array(3 * 64 * 64), 3);
 * pictureFlags({ bands, width: 64, height: 64, highest: 255 }) // ['constant', 'black']
 */
export function pictureFlags({
  width,
  height,
  bands,
  alpha,
  side,
  isReduced = false,
  ...picture
}: FlaggedValues): PictureFlag[] {
  const pixels = width * height;
  let [isConstant, hasData, missing, max] = [true, false, 0, Number.NEGATIVE_INFINITY];
  for (const { values, start = 0, step = 1 } of bands) {
    let [low, high, unknown] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (let pixel = 0, i = start; pixel < pixels; pixel++, i += step) {
      const value = values[i]!;
      if (Number.isFinite(value)) {
        if (value < low) low = value;
        if (value > high) high = value;
      } else unknown++;
    }
    if (low < high) isConstant = false;
    if (low <= high) hasData = true;
    if (high > max) max = high;
    if (unknown > missing) missing = unknown;
  }
  const { highest = max } = picture;
  const hasRange = picture.highest !== undefined;
  const isSaturated = (value: number) => value >= highest && Number.isFinite(value);
  const saturated = isConstant || max < highest ? 0 : countPixels(pixels, bands, isSaturated);
  const clear = alpha ? countPixels(pixels, [alpha], (value) => value === 0) : 0;
  const opaque = alpha ? countPixels(pixels, [alpha], (value) => value >= highest) : pixels;
  const isFound: Record<Exclude<PictureFlag, 'unlike-training'>, boolean> = {
    'no-data': !hasData,
    'missing-pixels': hasData && missing >= MISSING * pixels,
    transparent: alpha !== undefined && clear === pixels,
    flattened: clear < pixels && opaque < pixels,
    reduced: isReduced,
    constant: hasData && isConstant,
    black: hasData && (hasRange ? max <= BLACK * highest : isConstant && max === 0),
    saturated: saturated >= Math.max(2, SATURATED * pixels),
    tiny: Math.min(width, height) < SHORT_SIDE,
    'sides-cut': side === undefined && width !== height,
    padded: side !== undefined && side > Math.min(width, height),
  };
  return (Object.keys(isFound) as (keyof typeof isFound)[]).filter((flag) => isFound[flag]);
}

/** The pictures of a task that have flags. */
export class FlaggedPictures {
  private readonly names = new Map<PictureFlag, string[]>();

  add({ name, flags }: { readonly name: string; readonly flags: readonly PictureFlag[] }): void {
    for (const flag of flags) {
      const names = this.names.get(flag) ?? [];
      names.push(name);
      this.names.set(flag, names);
    }
  }

  /**
   * A line for each flag, with the number of its pictures.
   * @example '2 pictures flagged black: no value exceeds 2 % of the range (a.png, b.png)'
   */
  lines(): string[] {
    return PICTURE_FLAG_NAMES.flatMap((flag) => {
      const names = this.names.get(flag);
      if (names === undefined) return [];
      const count = `${names.length} ${names.length === 1 ? 'picture' : 'pictures'}`;
      const shown = enumerate(
        names.map((name) => shorten(baseName(name))),
        3,
      );
      return [`${count} flagged ${flag}: ${PICTURE_FLAGS[flag]} (${shown})`];
    });
  }
}
