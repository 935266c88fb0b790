/** Light in ellipses and lumps: bulges, elliptical galaxies, companions, knots. */
import { Field, inG, inI } from './field.ts';
import type { Colour } from './object.ts';
import { sersicB, sersicBrightness, superellipseArea } from './profile.ts';

export const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** A Sérsic profile somewhere in the field. Arc seconds and degrees, as in SkyObject. */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  /** nanomaggies in r. */
  readonly light: number;
  readonly effectiveRadius: number;
  readonly sersicIndex: number;
  readonly axisRatio: number;
  readonly positionAngle: number;
  /** 0: ellipses; 1: |x|⁴ + |y|⁴. */
  readonly boxiness?: number;
  readonly colour: Colour;
}

/** The profile is cut off so many effective radii out, as the survey's models are. */
const REACH = 8;

/** Within so many pixels of the centre the light is summed over parts of a pixel, SPLIT × SPLIT. */
const FINE = 3;
const SPLIT = 5;

/** The mean brightness over a pixel that lies at (x, y), for a profile of the distance to the centre. */
function finely(x: number, y: number, pixel: number, brightness: (x: number, y: number) => number): number {
  let sum = 0;
  for (let a = 0; a < SPLIT; a++) {
    for (let b = 0; b < SPLIT; b++) {
      sum += brightness(x + ((a + 0.5) / SPLIT - 0.5) * pixel, y + ((b + 0.5) / SPLIT - 0.5) * pixel);
    }
  }
  return sum / SPLIT ** 2;
}

/** Brightness of an ellipse, per square arc second, around its centre. */
export function ellipseBrightness(ellipse: Ellipse, softening = 0): (x: number, y: number) => number {
  const { light, effectiveRadius, sersicIndex, axisRatio, boxiness = 0 } = ellipse;
  const [cosine, sine] = [Math.cos(radians(ellipse.positionAngle)), Math.sin(radians(ellipse.positionAngle))];
  const b = sersicB(sersicIndex);
  const power = 1 / sersicIndex;
  const c = 2 + 2 * boxiness;
  const central =
    (light * sersicBrightness(sersicIndex, effectiveRadius, axisRatio) * Math.exp(b)) /
    (boxiness > 0 ? superellipseArea(c) : 1);
  const soft = (softening / effectiveRadius) ** 2;
  return (x, y) => {
    const u = (x * cosine + y * sine) / effectiveRadius;
    const v = (y * cosine - x * sine) / (effectiveRadius * axisRatio);
    const squared = boxiness > 0 ? (Math.abs(u) ** c + Math.abs(v) ** c) ** (2 / c) : u * u + v * v;
    return squared > REACH * REACH ? 0 : central * Math.exp(-b * (squared + soft) ** (0.5 * power));
  };
}

/** Entries of a profile's table over (R/R_e)^{1/2}. */
const ENTRIES = 1024;

/** Adds an ellipse's light. @param isBent whether it follows the field's bent coordinates, as parts of a disturbed galaxy do */
export function addEllipse(field: Field, ellipse: Ellipse, isBent = false): void {
  const { pixel, size, centre } = field;
  const { effectiveRadius, boxiness = 0, colour } = ellipse;
  const brightness = ellipseBrightness(ellipse, (0.2 * pixel) / SPLIT);
  const [cosine, sine] = [Math.cos(radians(ellipse.positionAngle)), Math.sin(radians(ellipse.positionAngle))];
  // Along the major axis, as far as it reaches; the last entries are beyond.
  const perEntry = ENTRIES / Math.sqrt(REACH);
  const table = Float32Array.from({ length: ENTRIES + 2 }, (_, k) => {
    const radius = effectiveRadius * Math.min(k / perEntry, Math.sqrt(REACH) * 0.99999) ** 2;
    return k >= ENTRIES ? 0 : Field.perSquareSecond * brightness(radius * cosine, radius * sine);
  });
  const [g, i] = [inG(colour), inI(colour)];
  // Bent coordinates may bring light from farther away.
  const reach = REACH * effectiveRadius * (isBent ? 1.5 : 1) + pixel;
  const { top, bottom, left, right } = field.box(ellipse.x, ellipse.y, reach);
  const [uScale, vScale] = [1 / effectiveRadius, 1 / (effectiveRadius * ellipse.axisRatio)];
  const power = 2 + 2 * boxiness;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * size + column;
      const x = (isBent ? field.x[at]! : (column - centre[0]) * pixel) - ellipse.x;
      const y = (isBent ? field.y[at]! : (row - centre[1]) * pixel) - ellipse.y;
      let light: number;
      if (Math.abs(x) < FINE * pixel && Math.abs(y) < FINE * pixel) {
        light = Field.perSquareSecond * finely(x, y, pixel, brightness);
      } else {
        const u = (x * cosine + y * sine) * uScale;
        const v = (y * cosine - x * sine) * vScale;
        const root =
          boxiness > 0.02
            ? (Math.abs(u) ** power + Math.abs(v) ** power) ** (0.5 / power)
            : Math.sqrt(Math.sqrt(u * u + v * v));
        const place = root * perEntry;
        if (place >= ENTRIES) continue;
        const k = Math.floor(place);
        light = table[k]! + (table[k + 1]! - table[k]!) * (place - k);
      }
      field.g[at]! += light * g;
      field.r[at]! += light;
      field.i[at]! += light * i;
    }
  }
}

/** A round lump with a Gaussian profile. */
export interface Lump {
  readonly x: number;
  readonly y: number;
  /** nanomaggies in r. */
  readonly light: number;
  /** σ, arc seconds. */
  readonly sigma: number;
  readonly colour: Colour;
}

/** Adds a lump's light; one that is smaller than a pixel is drawn as large as one. */
export function addLump(field: Field, lump: Lump): void {
  const { pixel, size, centre } = field;
  const sigma = Math.max(lump.sigma, 0.5 * pixel);
  const { top, bottom, left, right } = field.box(lump.x, lump.y, 3.5 * sigma);
  const peak = (Field.perSquareSecond * lump.light) / (2 * Math.PI * sigma ** 2);
  const [g, i] = [inG(lump.colour), inI(lump.colour)];
  for (let row = top; row < bottom; row++) {
    const y = (row - centre[1]) * pixel - lump.y;
    for (let column = left; column < right; column++) {
      const x = (column - centre[0]) * pixel - lump.x;
      const light = peak * Math.exp(-(x * x + y * y) / (2 * sigma * sigma));
      const at = row * size + column;
      field.g[at]! += light * g;
      field.r[at]! += light;
      field.i[at]! += light * i;
    }
  }
}
