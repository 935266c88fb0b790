/**
 * The visibility of an object's features: the strength of each, reduced by seeing, noise and inclination.
 *
 * Under seeing of width w a structure of size s keeps the fraction s² / (s² + w²) of its contrast (convolved Gaussians). The loss
 * to noise depends on the mean surface brightness within the half-light radius R, μ = m + 2.5 lg(2πR²).
 */
import { apparentAxisRatio } from './disk.ts';
import { radians } from './ellipse.ts';
import type { SkyObject } from './object.ts';

/** Half-light radius of an exponential disk, in scale lengths. */
const HALF_LIGHT_RADIUS = 1.678;

/** Surface brightness at which noise hides half of the detail, and the width of the transition, mag per square arc second. */
const NOISE = { half: 24, width: 0.7 };

/** Inclinations in degrees between which arms, bars and rings fade from fully visible to invisible. */
const FADING = { start: 45, end: 82 };

/** Fraction of the light at which a component reaches half the maximum prominence. */
const HALF_PROMINENCE = 0.1;

/** Feature strengths run from 0 (absent or invisible) to 1 (prominent). */
export interface Visibility {
  /** Fraction of its contrast that a structure of the size of the half-light radius keeps. */
  readonly resolution: number;
  /** Fraction of the detail that noise leaves visible. */
  readonly signal: number;
  /** Observed b/a, made rounder by the seeing. */
  readonly axisRatio: number;
  /** Degrees; 0 without a disk. */
  readonly inclination: number;
  /** Bulge-to-total ratio; null without a disk. */
  readonly bulge: number | null;
  readonly boxiness: number;
  /** Disk-to-total ratio, reduced by seeing and noise. */
  readonly disk: number;
  readonly arms: number;
  readonly bar: number;
  readonly ring: number;
  readonly lens: number;
  readonly disturbance: number;
  readonly lumps: number;
  readonly merger: number;
  readonly dustLane: number;
}

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

const ramp = (x: number, zero: number, one: number) => Math.min(1, Math.max(0, (x - zero) / (one - zero)));

const prominence = (flux: number) => flux / (flux + HALF_PROMINENCE);

/** Half-light radius along the major axis (arc seconds) and b/a before seeing: light-weighted means over bulge and disk. */
function shapeOf({ bulge, disk, seeing }: SkyObject): { radius: number; axisRatio: number } {
  const bulgeFraction = disk === null ? 1 : bulge === null ? 0 : Math.min(1, bulge.flux);
  let radius = 0;
  let axisRatio = 0;
  if (bulge !== null) {
    radius += bulgeFraction * bulge.effectiveRadius;
    axisRatio += bulgeFraction * bulge.axisRatio;
  }
  if (disk !== null) {
    radius += (1 - bulgeFraction) * HALF_LIGHT_RADIUS * disk.scaleLength;
    axisRatio += (1 - bulgeFraction) * apparentAxisRatio(disk);
  }
  // A star or artifact: a point source.
  return bulge === null && disk === null ? { radius: seeing / 2, axisRatio: 1 } : { radius, axisRatio };
}

/**
 * The visibility of an object's features.
 *
 * @example
 * visibilityOf({ ...spiral, seeing: 5 }).arms < visibilityOf({ ...spiral, seeing: 1 }).arms; // true
 */
export function visibilityOf(object: SkyObject): Visibility {
  const { bulge, disk, bar, arms, ring, lens, dustLane, companion, seeing } = object;
  const { radius, axisRatio } = shapeOf(object);
  const surfaceBrightness = object.magnitude + 2.5 * Math.log10(2 * Math.PI * radius ** 2);
  const signal = logistic((NOISE.half - surfaceBrightness) / NOISE.width);
  const contrastLeft = (size: number) => size ** 2 / (size ** 2 + seeing ** 2);
  const clarity = (size: number) => signal * contrastLeft(size);

  const inclination = disk?.inclination ?? 0;
  const cosine = Math.cos(radians(inclination));
  const facing = ramp(inclination, FADING.end, FADING.start);
  const bulgeToTotal = bulge?.flux ?? 0;

  /** Half the spacing of the arms at two scale lengths: 2πr tan(pitch) / number, halved. */
  const armWidth = (number: number, pitch: number, scaleLength: number) =>
    Math.min(scaleLength, (2 * Math.PI * scaleLength * Math.tan(radians(pitch))) / number);
  /** Length of the bar as projected on the sky. */
  const projectedBarLength = (length: number, angle: number) =>
    length * Math.hypot(Math.cos(radians(angle)), Math.sin(radians(angle)) * cosine);

  return {
    resolution: contrastLeft(radius),
    signal,
    axisRatio: Math.sqrt(((axisRatio * radius) ** 2 + (seeing / 2) ** 2) / (radius ** 2 + (seeing / 2) ** 2)),
    inclination,
    bulge: disk === null ? null : bulgeToTotal,
    boxiness: (bulge?.boxiness ?? 0) * contrastLeft(bulge?.effectiveRadius ?? 0),
    disk: disk === null ? 0 : (1 - bulgeToTotal) * clarity(disk.scaleLength),
    arms:
      arms === null || disk === null
        ? 0
        : (1 - bulgeToTotal) *
          arms.contrast *
          facing *
          clarity(armWidth(arms.number, arms.pitch, disk.scaleLength)),
    bar:
      bar === null
        ? 0
        : prominence(bar.flux) * facing * contrastLeft(projectedBarLength(bar.length, bar.angle) / 2),
    ring: ring === null ? 0 : prominence(ring.flux) * facing * clarity(ring.radius / 2),
    lens: lens === null ? 0 : prominence(lens.flux) * clarity(lens.radius / 2),
    disturbance: object.disturbance * clarity(radius),
    lumps: disk === null ? 0 : object.lumpiness * clarity(radius / 2),
    merger:
      companion === null
        ? 0
        : Math.max(prominence(companion.flux), companion.tails * signal) *
          contrastLeft(companion.distance / 2),
    dustLane: dustLane === null ? 0 : dustLane.depth * contrastLeft(2 * dustLane.width),
  };
}
