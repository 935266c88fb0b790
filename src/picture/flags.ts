/** Flags: reasons to doubt what is predicted for a picture that could be read. */

/** A side below is short, in pixels: the network's input would be drawn from a few of them. */
const SHORT_SIDE = 64;
/** Pictures whose values stay below this share of their range are black. */
const BLACK = 0.02;
/** The share of the pixels with the highest value in all bands from which a picture is saturated. */
const SATURATED = 0.1;

/** The flags, in the order in which they are reported, and their meaning. */
export const PICTURE_FLAGS = {
  'no-data': 'all pixels are NaN',
  transparent: 'all pixels are transparent',
  flattened: 'transparent pixels are drawn on black',
  constant: 'all pixels have the same value',
  black: `no value exceeds ${100 * BLACK} % of the range`,
  saturated: `${100 * SATURATED} % of the pixels or more have the highest value in all bands`,
  tiny: `a side has fewer than ${SHORT_SIDE} pixels`,
  'sides-cut': 'the picture is not square: only its central square is used',
} as const;

export type PictureFlag = keyof typeof PICTURE_FLAGS;

/** A picture's values and how they are arranged. */
export interface FlaggedValues {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  /** Number of bands, without alpha. */
  readonly bands: number;
  /** Distance between the values of two neighbouring pixels of a band: 1 if bands are planes, else the number of channels. */
  readonly step: number;
  /** Distance between the values of two bands of a pixel. */
  readonly bandStep: number;
  /** The largest possible value; undefined if there is none, as in FITS: then the largest in the picture. */
  readonly highest?: number;
  /** Index of the first alpha value; undefined without alpha. Its values are `step` apart. */
  readonly alpha?: number;
}

/**
 * The flags of a picture, in the order of {@link PICTURE_FLAGS}. One pass over its values.
 * @example
 * const values = new Uint8Array(3 * 64 * 64);
 * pictureFlags({ values, width: 64, height: 64, bands: 3, step: 3, bandStep: 1, highest: 255 }) // ['constant', 'black']
 */
export function pictureFlags(picture: FlaggedValues): PictureFlag[] {
  const { values, width, height, bands, step, bandStep, alpha } = picture;
  const pixels = width * height;
  let isConstant = true;
  let known = 0;
  let max = Number.NEGATIVE_INFINITY;
  for (let band = 0; band < bands; band++) {
    let first = Number.NaN;
    for (let pixel = 0, i = band * bandStep; pixel < pixels; pixel++, i += step) {
      const value = values[i]!;
      if (Number.isNaN(value)) continue;
      if (known++ === 0 || Number.isNaN(first)) first = value;
      if (value !== first) isConstant = false;
      if (value > max) max = value;
    }
  }
  const highest = picture.highest ?? max;
  let saturated = 0;
  let [opaque, clear] = [0, 0];
  for (let pixel = 0; pixel < pixels; pixel++) {
    let isHighest = true;
    for (let band = 0; band < bands && isHighest; band++) {
      isHighest = values[pixel * step + band * bandStep]! >= highest;
    }
    if (isHighest) saturated++;
    if (alpha === undefined) continue;
    const opacity = values[alpha + pixel * step]!;
    if (opacity === 0) clear++;
    else if (opacity >= highest) opaque++;
  }
  const hasData = known > 0;
  const isFound: Record<PictureFlag, boolean> = {
    'no-data': !hasData,
    transparent: alpha !== undefined && clear === pixels,
    flattened: alpha !== undefined && clear < pixels && opaque < pixels,
    constant: hasData && isConstant,
    black: hasData && (picture.highest === undefined ? max === 0 && isConstant : max <= BLACK * highest),
    saturated: hasData && !isConstant && saturated >= Math.max(2, SATURATED * pixels),
    tiny: Math.min(width, height) < SHORT_SIDE,
    'sides-cut': width !== height,
  };
  return (Object.keys(PICTURE_FLAGS) as PictureFlag[]).filter((flag) => isFound[flag]);
}
