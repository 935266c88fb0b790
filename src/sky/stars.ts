/** Stars (PSF wings, halo, diffraction spikes, bleeding) and satellite trails. */
import { radians } from './ellipse.ts';
import { Field, gOverR, iOverR, nanomaggies } from './field.ts';
import type { Colour } from './object.ts';
import { FWHM_PER_SIGMA } from './pointSpread.ts';

/** A star in the field, arc seconds from the picture's centre. */
export interface Star {
  readonly x: number;
  readonly y: number;
  readonly magnitude: number;
  readonly colour: Colour;
}

/** Magnitude at which the camera's pixels saturate and bleed (Gunn et al. 1998). */
const SATURATION = 13;

/** Exponent β of the Moffat profile (1969). */
const MOFFAT_BETA = 3;

/** Halo of internal reflections: fraction of the star's light, and scale length in arc seconds. */
const HALO = { share: 0.012, radius: 14 };

/** Diffraction spikes: fraction of the star's light, scale length and σ in arc seconds. */
const SPIKE = { share: 0.016, length: 9, width: 0.45 };

/** Adds light in r to a pixel, and in g and i by flux ratio. */
function addLight(field: Field, at: number, light: number, g: number, i: number): void {
  field.g[at]! += light * g;
  field.r[at]! += light;
  field.i[at]! += light * i;
}

/**
 * Adds a star with a Moffat profile, seeing included; the wings are cut off well below the noise:
 *
 *     I(r) = (β − 1) / π α² · (1 + r²/α²)^−β,   α = FWHM / 2 √(2^{1/β} − 1)
 *
 * @param spikes relative strength of the diffraction spikes
 */
export function addStar(field: Field, star: Star, seeing: number, spikes = 1): void {
  const { pixel, size, centre } = field;
  const light = nanomaggies(star.magnitude) * Field.perSquareArcsecond;
  const alpha = Math.hypot(seeing, pixel) / (2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1));
  const peak = ((MOFFAT_BETA - 1) / (Math.PI * alpha ** 2)) * light;
  // Cut off at 0.002 nanomaggies per survey pixel.
  const reach = alpha * Math.sqrt(Math.max(1, (peak / 0.002) ** (1 / MOFFAT_BETA)));
  const isBright = star.magnitude < 15.5;
  const { top, bottom, left, right } = field.box(star.x, star.y, isBright ? Math.max(60, reach) : reach);
  const [g, i] = [gOverR(star.colour), iOverR(star.colour)];
  const halo = (HALO.share * light) / (2 * Math.PI * HALO.radius ** 2);
  for (let row = top; row < bottom; row++) {
    const y = (row - centre[1]) * pixel - star.y;
    for (let column = left; column < right; column++) {
      const x = (column - centre[0]) * pixel - star.x;
      const squared = x * x + y * y;
      const at = row * size + column;
      const core = peak / (1 + squared / (alpha * alpha)) ** MOFFAT_BETA;
      addLight(field, at, core, g, i);
      // The halo is redder than the star.
      if (isBright) addLight(field, at, halo * Math.exp(-Math.sqrt(squared) / HALO.radius), 0.6 * g, 1.5 * i);
    }
  }
  if (isBright && spikes > 0) addSpikes(field, star, 45, spikes);
  if (star.magnitude < SATURATION) addBleeding(field, star);
}

/** Adds four diffraction spikes. @param angle position angle of the first one, degrees @param strength 1 for a normal star */
export function addSpikes(
  field: Field,
  { x, y, magnitude, colour }: Star,
  angle: number,
  strength: number,
): void {
  const light = nanomaggies(magnitude) * Field.perSquareArcsecond * SPIKE.share * strength;
  const length = SPIKE.length * 1.3 ** Math.max(0, 15 - magnitude);
  const width = Math.max(SPIKE.width, 0.6 * field.pixel);
  const crest = light / (4 * length * width * Math.sqrt(2 * Math.PI));
  const [g, i] = [gOverR(colour), iOverR(colour)];
  const { top, bottom, left, right } = field.box(x, y, 7 * length);
  for (const turn of [angle, angle + 90]) {
    const [cosine, sine] = [Math.cos(radians(turn)), Math.sin(radians(turn))];
    for (let row = top; row < bottom; row++) {
      const dy = (row - field.centre[1]) * field.pixel - y;
      for (let column = left; column < right; column++) {
        const dx = (column - field.centre[0]) * field.pixel - x;
        const across = (dy * cosine - dx * sine) / width;
        if (across * across > 14) continue;
        const along = Math.abs(dx * cosine + dy * sine) / length;
        addLight(field, row * field.size + column, crest * Math.exp(-along - 0.5 * across * across), g, i);
      }
    }
  }
}

/** Adds a bleed trail: charge that overflows from saturated pixels along the detector's columns. */
export function addBleeding(field: Field, { x, y, magnitude }: Star): void {
  const length = 4 * 1.6 ** (SATURATION - magnitude);
  const width = Math.max(0.35, 0.5 * field.pixel);
  const { left, right } = field.box(x, y, 4 * width);
  const { top, bottom } = field.box(x, y, 1.5 * length);
  for (let row = top; row < bottom; row++) {
    const along = ((row - field.centre[1]) * field.pixel - y) / length;
    const share = Math.exp(-(along ** 6));
    for (let column = left; column < right; column++) {
      const across = ((column - field.centre[0]) * field.pixel - x) / width;
      addLight(field, row * field.size + column, 1.2 * share * Math.exp(-0.5 * across * across), 0.5, 1.1);
    }
  }
}

/** The trail of a satellite or meteor that crosses the field during the exposure of one band. */
export interface Trail {
  /** Position angle, degrees. */
  readonly angle: number;
  /** Distance from the centre, arc seconds. */
  readonly offset: number;
  /** Peak, nanomaggies per survey pixel. */
  readonly brightness: number;
  readonly band: 'g' | 'r' | 'i';
}

/** Adds a satellite trail with a Gaussian cross-section. */
export function addTrail(field: Field, { angle, offset, brightness, band }: Trail, seeing: number): void {
  const [cosine, sine] = [Math.cos(radians(angle)), Math.sin(radians(angle))];
  const sigma = (1.5 * Math.hypot(seeing, field.pixel)) / FWHM_PER_SIGMA;
  for (let row = 0, at = 0; row < field.size; row++) {
    for (let column = 0; column < field.size; column++, at++) {
      const x = (column - field.centre[0]) * field.pixel;
      const y = (row - field.centre[1]) * field.pixel;
      const from = (y * cosine - x * sine - offset) / sigma;
      if (from * from < 20) field[band][at]! += brightness * Math.exp(-0.5 * from * from);
    }
  }
}
