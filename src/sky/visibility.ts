/**
 * What can be seen of an object: each feature's own strength, times what seeing, noise and inclination leave of it.
 *
 * A structure of size s under seeing of width w keeps the share s² / (s² + w²) of its contrast (two Gaussians convolved).
 * Noise takes its part by surface brightness: the mean one inside the half-light radius R, μ = m + 2.5 lg(2πR²).
 */
import { apparentAxisRatio } from './disk.ts';
import { radians } from './ellipse.ts';
import type { SkyObject } from './object.ts';

/** Half of an exponential disk's light lies inside so many scale lengths. */
const HALF_LIGHT_RADII = 1.678;

/** Surface brightness at which half of the detail is lost in a survey picture's noise, and the slope, mag per square arc second. */
const NOISE = { half: 24, width: 0.7 };

/** Arms and bars fade between these inclinations, in degrees: there the disk's face is foreshortened into a line. */
const FACE = { seen: 45, lost: 82 };

/** A component with this share of the light is half as striking as can be. */
const STRIKING_FLUX = 0.1;

/** Strengths are 0 (not there, or not to be seen) … 1 (striking). */
export interface Visibility {
  /** Share of its contrast that a structure as large as the half-light radius keeps. */
  readonly resolution: number;
  /** What noise leaves of faint detail. */
  readonly signal: number;
  /** b/a of the picture, rounded by the seeing. */
  readonly axisRatio: number;
  /** Degrees; 0 without a disk. */
  readonly inclination: number;
  /** Share of the light, of a galaxy with a disk; null without one. */
  readonly bulge: number | null;
  readonly boxiness: number;
  /** Of a disk as such: light outside the bulge, resolved. */
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

const striking = (flux: number) => flux / (flux + STRIKING_FLUX);

/** Half-light radius along the major axis, arc seconds, and b/a, before the seeing: means over the components by light. */
function shapeOf({ bulge, disk, seeing }: SkyObject): { radius: number; axisRatio: number } {
  const share = disk === null ? 1 : bulge === null ? 0 : Math.min(1, bulge.flux);
  let radius = 0;
  let axisRatio = 0;
  if (bulge !== null) {
    radius += share * bulge.effectiveRadius;
    axisRatio += share * bulge.axisRatio;
  }
  if (disk !== null) {
    radius += (1 - share) * HALF_LIGHT_RADII * disk.scaleLength;
    axisRatio += (1 - share) * apparentAxisRatio(disk);
  }
  // A star or an artifact of neither: a point.
  return bulge === null && disk === null ? { radius: seeing / 2, axisRatio: 1 } : { radius, axisRatio };
}

/**
 * What can be seen of an object.
 *
 * @example
 * visibilityOf({ ...spiral, seeing: 5 }).arms < visibilityOf({ ...spiral, seeing: 1 }).arms; // true
 */
export function visibilityOf(object: SkyObject): Visibility {
  const { bulge, disk, bar, arms, ring, lens, dustLane, companion, seeing } = object;
  const { radius, axisRatio } = shapeOf(object);
  const surfaceBrightness = object.magnitude + 2.5 * Math.log10(2 * Math.PI * radius ** 2);
  const signal = logistic((NOISE.half - surfaceBrightness) / NOISE.width);
  const left = (size: number) => size ** 2 / (size ** 2 + seeing ** 2);
  const clarity = (size: number) => signal * left(size);

  const inclination = disk?.inclination ?? 0;
  const cosine = Math.cos(radians(inclination));
  const face = ramp(inclination, FACE.lost, FACE.seen);
  const bulgeShare = bulge?.flux ?? 0;

  /** Half the distance from arm to arm, at two scale lengths: 2πr tan(pitch) / number, halved. */
  const armWidth = (number: number, pitch: number, scaleLength: number) =>
    Math.min(scaleLength, (2 * Math.PI * scaleLength * Math.tan(radians(pitch))) / number);
  /** A bar at an angle to the line of nodes is foreshortened. */
  const barLength = (length: number, angle: number) =>
    length * Math.hypot(Math.cos(radians(angle)), Math.sin(radians(angle)) * cosine);

  return {
    resolution: left(radius),
    signal,
    axisRatio: Math.sqrt(((axisRatio * radius) ** 2 + (seeing / 2) ** 2) / (radius ** 2 + (seeing / 2) ** 2)),
    inclination,
    bulge: disk === null ? null : bulgeShare,
    boxiness: (bulge?.boxiness ?? 0) * left(bulge?.effectiveRadius ?? 0),
    disk: disk === null ? 0 : (1 - bulgeShare) * clarity(disk.scaleLength),
    arms:
      arms === null || disk === null
        ? 0
        : (1 - bulgeShare) *
          arms.contrast *
          face *
          clarity(armWidth(arms.number, arms.pitch, disk.scaleLength)),
    bar: bar === null ? 0 : striking(bar.flux) * face * left(barLength(bar.length, bar.angle) / 2),
    ring: ring === null ? 0 : striking(ring.flux) * face * clarity(ring.radius / 2),
    lens: lens === null ? 0 : striking(lens.flux) * clarity(lens.radius / 2),
    disturbance: object.disturbance * clarity(radius),
    lumps: disk === null ? 0 : object.lumpiness * clarity(radius / 2),
    merger:
      companion === null
        ? 0
        : Math.max(striking(companion.flux), companion.tails * signal) * left(companion.distance / 2),
    dustLane: dustLane === null ? 0 : dustLane.depth * left(2 * dustLane.width),
  };
}
