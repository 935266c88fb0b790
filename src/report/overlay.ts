/** Heat maps in colour over their pictures. */
import { enlarged, type HeatMap } from '../explain/heatMap.ts';
import { luminance } from '../picture/luminance.ts';

/** A colour, 0…255 each. */
type Rgb = readonly [red: number, green: number, blue: number];

/**
 * Inferno, by Stéfan van der Walt and Nathaniel Smith for matplotlib 1.5 (CC0), every sixteenth of its colours: equal steps
 * look equal, also in grey and to the colour-blind.
 */
const INFERNO: readonly Rgb[] = [
  0x000004, 0x0b0724, 0x210c4a, 0x3d0965, 0x57106e, 0x71196e, 0x8a226a, 0xa32c61, 0xbc3754, 0xd24644,
  0xe45a31, 0xf1731d, 0xf98e09, 0xfcac11, 0xf9cb35, 0xf2ea69, 0xfcffa4,
].map((hex): Rgb => [hex >> 16, (hex >> 8) & 255, hex & 255]);

/** The colour of a value, 0…1. @example inferno(1) // [252, 255, 164] */
export function inferno(value: number): Rgb {
  const place = Math.min(Math.max(value, 0), 1) * (INFERNO.length - 1);
  const first = Math.min(Math.floor(place), INFERNO.length - 2);
  const share = place - first;
  const [low, high] = [INFERNO[first]!, INFERNO[first + 1]!];
  const mixed = (channel: 0 | 1 | 2) => low[channel] + share * (high[channel] - low[channel]);
  return [mixed(0), mixed(1), mixed(2)];
}

/** Share of the map's colour; the rest is the picture's grey. */
const OPACITY = 0.7;
/** Brightens the faint parts of the grey picture. */
const GAMMA = 0.6;
/** Brightness of a picture under a flat map. */
const DIMMED = 0.5;

/**
 * A picture in grey, brightened, to lay maps over.
 * @param picture `[size, size, 3]`, 0…255
 * @returns `[size, size]`, 0…255
 */
export const greyOf = (picture: Uint8Array): Float64Array =>
  new Float64Array(picture.length / 3).map((_, pixel) => {
    const [red, green, blue] = [picture[3 * pixel]!, picture[3 * pixel + 1]!, picture[3 * pixel + 2]!];
    return 255 * (luminance(red, green, blue) / 255) ** GAMMA;
  });

/**
 * A grey picture under the map's colours. Under a flat map it is dimmed instead.
 * @param grey `[size, size]`, 0…255
 * @returns `[size, size, 3]`
 */
export function overlay(grey: Float64Array, map: HeatMap, size: number): Uint8Array {
  const result = new Uint8Array(3 * grey.length);
  enlarged(map, size).values.forEach((value, pixel) => {
    const below = grey[pixel]!;
    const colour = map.flat ? undefined : inferno(value);
    for (let channel = 0; channel < 3; channel++) {
      result[3 * pixel + channel] = colour
        ? colour[channel]! * OPACITY + below * (1 - OPACITY)
        : below * DIMMED;
    }
  });
  return result;
}
