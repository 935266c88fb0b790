/** Bars, rings, gravitational arcs, dust lanes, star-forming knots and lumps. */
import type { SpiralArms } from './arms.ts';
import { apparentAxisRatio, EXTINCTION } from './disk.ts';
import { addLump, radians } from './ellipse.ts';
import { Field, gOverR, iOverR } from './field.ts';
import type { FastRandom } from './noise.ts';
import type { Colour, SkyObject } from './object.ts';
import { superellipseArea } from './profile.ts';

type Part<Name extends keyof SkyObject> = NonNullable<SkyObject[Name]>;

/** An inclined plane: position angle of its major axis (degrees) and foreshortening b/a. */
export interface Plane {
  readonly positionAngle: number;
  readonly axisRatio: number;
}

/** The plane of an object's disk, or of the sky if it has no disk. Its b/a has a floor, as parts have a thickness too. */
export function planeOf({ disk, positionAngle }: SkyObject): Plane {
  return { positionAngle, axisRatio: disk === null ? 1 : Math.max(0.16, apparentAxisRatio(disk)) };
}

/** Adds a light distribution in a plane. @param brightness nanomaggies per square arc second as projected on the sky */
function addInPlane(
  field: Field,
  plane: Plane,
  colour: Colour,
  brightness: (u: number, v: number) => number,
): void {
  const angle = radians(plane.positionAngle);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [g, i] = [gOverR(colour), iOverR(colour)];
  for (let at = 0; at < field.r.length; at++) {
    const u = field.x[at]! * cosine + field.y[at]! * sine;
    const v = (field.y[at]! * cosine - field.x[at]! * sine) / plane.axisRatio;
    const light = Field.perSquareArcsecond * brightness(u, v);
    if (light === 0) continue;
    field.g[at]! += light * g;
    field.r[at]! += light;
    field.i[at]! += light * i;
  }
}

/** Superellipse exponent of a bar's isophotes: a box with rounded ends. */
const BAR_POWER = 2.8;

/** ∫₀^∞ ξ exp(−2ξ³) dξ = Γ(2/3) / (3 · 2^{2/3}). */
const BAR_INTEGRAL = 0.28437;

/** Adds a bar: exp(−2ξ³) of the superelliptical radius ξ, flat inside with steep ends. @param light nanomaggies in r */
export function addBar(field: Field, bar: Part<'bar'>, plane: Plane, light: number, colour: Colour): void {
  const { length, axisRatio, angle } = bar;
  const [cosine, sine] = [Math.cos(radians(angle)), Math.sin(radians(angle))];
  const area = 2 * Math.PI * length ** 2 * axisRatio * plane.axisRatio * superellipseArea(BAR_POWER);
  const central = light / (area * BAR_INTEGRAL);
  addInPlane(field, plane, colour, (u, v) => {
    const along = Math.abs(u * cosine + v * sine) / length;
    const across = Math.abs(v * cosine - u * sine) / (length * axisRatio);
    if (along > 1.7 || across > 1.7) return 0;
    const power = along ** BAR_POWER + across ** BAR_POWER;
    return central * Math.exp(-2 * power ** (3 / BAR_POWER));
  });
}

/** Adds a ring with a Gaussian radial profile. @param light nanomaggies in r */
export function addRing(field: Field, ring: Part<'ring'>, plane: Plane, light: number, colour: Colour): void {
  const sigma = ring.width * ring.radius;
  const crest = light / ((2 * Math.PI) ** 1.5 * ring.radius * sigma * plane.axisRatio);
  addInPlane(field, plane, colour, (u, v) => {
    const from = (Math.sqrt(u * u + v * v) - ring.radius) / sigma;
    return from * from > 16 ? 0 : crest * Math.exp(-0.5 * from * from);
  });
}

/** Lensed background galaxies are blue. */
const LENSED: Colour = { gr: 0.25, ri: 0.15 };

/** Adds gravitational arcs around the centre. @param light nanomaggies in r of all arcs together */
export function addLens(field: Field, lens: Part<'lens'>, light: number): void {
  const sigma = Math.max(0.3, 0.09 * lens.radius);
  const half = radians(lens.extent) / 2;
  // Gaussian in radius, with smooth ends in azimuth.
  const crest = light / (lens.arcs * Math.sqrt(2 * Math.PI) * sigma * lens.radius * 2 * half);
  addInPlane(field, { positionAngle: 0, axisRatio: 1 }, LENSED, (x, y) => {
    const radius = Math.hypot(x, y);
    const from = (radius - lens.radius) / sigma;
    if (from * from > 16) return 0;
    const azimuth = Math.atan2(y, x);
    let light = 0;
    for (let arc = 0; arc < lens.arcs; arc++) {
      const angle = azimuth - radians(lens.angle) - (2 * Math.PI * arc) / lens.arcs;
      const turned = Math.abs(angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI))) / half;
      light += Math.exp(-(turned ** 4) * 0.8);
    }
    return crest * light * Math.exp(-0.5 * from * from);
  });
}

/** Dims the light behind a dust lane along the major axis. In an inclined disk the lane crosses the near side. */
export function addDustLane(field: Field, object: SkyObject, lane: Part<'dustLane'>): void {
  const angle = radians(object.positionAngle);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const { disk } = object;
  const length = disk === null ? 2.5 * (object.bulge?.effectiveRadius ?? 1) : 3 * disk.scaleLength;
  const nearSide = disk === null ? 0 : 0.35 * disk.scaleLength * Math.cos(radians(disk.inclination));
  for (let at = 0; at < field.r.length; at++) {
    const u = (field.x[at]! * cosine + field.y[at]! * sine) / length;
    if (u * u > 4) continue;
    const warp =
      disk === null ? 0 : (disk.warp * (u * length) * Math.abs(u * length)) / (9 * disk.scaleLength);
    const v =
      (field.y[at]! * cosine - field.x[at]! * sine - nearSide * Math.sqrt(Math.max(0, 1 - u * u)) - warp) /
      lane.width;
    if (v * v > 16) continue;
    const transmission = 1 - Math.min(0.97, lane.depth) * Math.exp(-0.5 * v * v - 0.7 * u ** 4);
    field.g[at]! *= transmission ** EXTINCTION.g;
    field.r[at]! *= transmission;
    field.i[at]! *= transmission ** EXTINCTION.i;
  }
}

/** Star-forming knots at `clumps` = 1: number, fraction of the disk's light, and range of σ in scale lengths. */
const KNOTS = { count: 42, share: 0.16, size: [0.05, 0.16] } as const;
const KNOT_COLOUR: Colour = { gr: 0.05, ri: -0.02 };

/** Adds star-forming knots along the arms. @param light nanomaggies in r of the whole disk */
export function addKnots(
  field: Field,
  { clumps, contrast, flocculence, number }: Part<'arms'>,
  arms: SpiralArms,
  plane: Plane,
  scaleLength: number,
  light: number,
  random: FastRandom,
): void {
  const count = Math.round(KNOTS.count * clumps);
  const angle = radians(plane.positionAngle);
  const shares = Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
  const total = shares.reduce((sum, each) => sum + each, 0);
  for (const share of shares) {
    const radius = scaleLength * (0.6 + 2.9 * random.uniform());
    const strength = arms.envelope(radius) * Math.exp(-0.5 * (radius / scaleLength - 1.5)) * (0.4 + contrast);
    const scatter = (0.12 + 0.5 * flocculence) * random.normal();
    const azimuth =
      arms.ridge(Math.floor(number * random.uniform()), radius) + (2 * Math.PI * scatter) / number;
    const size = KNOTS.size[0] + (KNOTS.size[1] - KNOTS.size[0]) * random.uniform();
    const [u, v] = [radius * Math.cos(azimuth), radius * Math.sin(azimuth) * plane.axisRatio];
    addLump(field, {
      x: u * Math.cos(angle) - v * Math.sin(angle),
      y: u * Math.sin(angle) + v * Math.cos(angle),
      light: (KNOTS.share * clumps * light * Math.min(1.5, strength) * share) / total,
      sigma: size * scaleLength,
      colour: KNOT_COLOUR,
    });
  }
}

/** Lumps of an irregular galaxy: between `min` and `min + range − 1`. */
const LUMPS = { min: 5, range: 16 };

/** Adds irregular lumps. @param radius typical distance from the centre, arc seconds @param light nanomaggies in r of all lumps together */
export function addLumps(
  field: Field,
  plane: Plane,
  radius: number,
  light: number,
  colour: Colour,
  random: FastRandom,
): void {
  const count = LUMPS.min + Math.floor(LUMPS.range * random.uniform());
  const angle = radians(plane.positionAngle);
  // The lumps are off-centre as a group.
  const [aside, along] = [0.35 * random.normal(), 0.25 * random.normal()];
  const shares = Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
  const total = shares.reduce((sum, each) => sum + each, 0);
  for (const share of shares) {
    const u = radius * (aside + 0.7 * random.normal());
    const v = radius * (along + 0.6 * random.normal()) * Math.max(0.3, plane.axisRatio);
    const blueness = 0.25 * random.uniform();
    addLump(field, {
      x: u * Math.cos(angle) - v * Math.sin(angle),
      y: u * Math.sin(angle) + v * Math.cos(angle),
      light: (light * share) / total,
      sigma: radius * (0.08 + 0.25 * random.uniform()),
      colour: { gr: colour.gr - blueness, ri: colour.ri - blueness / 2 },
    });
  }
}
