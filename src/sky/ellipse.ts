/** Sérsic profiles (bulges, ellipticals, companions) and Gaussian lumps (star-forming knots). */
import { Field, gOverR, iOverR } from './field.ts';
import type { Colour } from './object.ts';
import { type Brightness, sersicB, sersicBrightness, superellipseArea } from './profile.ts';

export const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** A Sérsic profile in the field. Lengths in arc seconds, angles in degrees, as in SkyObject. */
export interface Ellipse {
  readonly x: number;
  readonly y: number;
  /** nanomaggies in r. */
  readonly light: number;
  readonly effectiveRadius: number;
  readonly sersicIndex: number;
  readonly axisRatio: number;
  readonly positionAngle: number;
  /** Isophotes: 0 for ellipses, 1 for |x|⁴ + |y|⁴. */
  readonly boxiness?: number;
  readonly colour: Colour;
}

/** Truncation radius in effective radii, as in the survey's models. */
const REACH = 8;

/** Pixels closer to the centre than `radius` (in pixels) are oversampled `factor` × `factor`. */
const OVERSAMPLING = { radius: 3, factor: 5 };

/** Mean brightness over the pixel centred on (x, y), arc seconds. */
function pixelMean(x: number, y: number, pixel: number, brightness: Brightness): number {
  const { factor } = OVERSAMPLING;
  let sum = 0;
  for (let a = 0; a < factor; a++) {
    for (let b = 0; b < factor; b++) {
      sum += brightness(x + ((a + 0.5) / factor - 0.5) * pixel, y + ((b + 0.5) / factor - 0.5) * pixel);
    }
  }
  return sum / factor ** 2;
}

/** Surface brightness of a Sérsic profile, nanomaggies per square arc second. @param softening core radius, arc seconds */
export function ellipseBrightness(ellipse: Ellipse, softening = 0): Brightness {
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

/** Entries of the profile table, uniform in (R/R_e)^{1/2}. */
const ENTRIES = 1024;

/**
 * Adds a Sérsic profile to the field.
 * @param isDistorted use the field's distorted coordinates, as the parts of a disturbed galaxy do
 */
export function addEllipse(field: Field, ellipse: Ellipse, isDistorted = false): void {
  const { pixel, size, centre } = field;
  const { effectiveRadius, boxiness = 0, colour } = ellipse;
  const brightness = ellipseBrightness(ellipse, (0.2 * pixel) / OVERSAMPLING.factor);
  const [cosine, sine] = [Math.cos(radians(ellipse.positionAngle)), Math.sin(radians(ellipse.positionAngle))];
  // Along the major axis; the last two entries lie beyond the truncation radius.
  const perEntry = ENTRIES / Math.sqrt(REACH);
  const table = Float32Array.from({ length: ENTRIES + 2 }, (_, k) => {
    const radius = effectiveRadius * Math.min(k / perEntry, Math.sqrt(REACH) * 0.99999) ** 2;
    return k >= ENTRIES ? 0 : Field.perSquareArcsecond * brightness(radius * cosine, radius * sine);
  });
  const [g, i] = [gOverR(colour), iOverR(colour)];
  // Distorted coordinates can place light farther out.
  const reach = REACH * effectiveRadius * (isDistorted ? 1.5 : 1) + pixel;
  const { top, bottom, left, right } = field.box(ellipse.x, ellipse.y, reach);
  const [uScale, vScale] = [1 / effectiveRadius, 1 / (effectiveRadius * ellipse.axisRatio)];
  const power = 2 + 2 * boxiness;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * size + column;
      const x = (isDistorted ? field.x[at]! : (column - centre[0]) * pixel) - ellipse.x;
      const y = (isDistorted ? field.y[at]! : (row - centre[1]) * pixel) - ellipse.y;
      let light: number;
      if (Math.abs(x) < OVERSAMPLING.radius * pixel && Math.abs(y) < OVERSAMPLING.radius * pixel) {
        light = Field.perSquareArcsecond * pixelMean(x, y, pixel, brightness);
      } else {
        const u = (x * cosine + y * sine) * uScale;
        const v = (y * cosine - x * sine) * vScale;
        const root =
          boxiness > 0.02
            ? (Math.abs(u) ** power + Math.abs(v) ** power) ** (0.5 / power)
            : Math.sqrt(Math.sqrt(u * u + v * v));
        const position = root * perEntry;
        if (position >= ENTRIES) continue;
        const k = Math.floor(position);
        light = table[k]! + (table[k + 1]! - table[k]!) * (position - k);
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

/** Adds a lump to the field; σ is at least half a pixel. */
export function addLump(field: Field, lump: Lump): void {
  const { pixel, size, centre } = field;
  const sigma = Math.max(lump.sigma, 0.5 * pixel);
  const { top, bottom, left, right } = field.box(lump.x, lump.y, 3.5 * sigma);
  const peak = (Field.perSquareArcsecond * lump.light) / (2 * Math.PI * sigma ** 2);
  const [g, i] = [gOverR(lump.colour), iOverR(lump.colour)];
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
