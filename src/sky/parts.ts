/** What galaxies have besides bulge, disk and arms: bars, rings, arcs, lanes of dust, knots. */
import type { SpiralArms } from './arms.ts';
import { apparentAxisRatio, EXTINCTION } from './disk.ts';
import { addLump, radians } from './ellipse.ts';
import { Field, inG, inI } from './field.ts';
import type { FastRandom } from './noise.ts';
import type { Colour, SkyObject } from './object.ts';
import { superellipseArea } from './profile.ts';

type Part<Name extends keyof SkyObject> = NonNullable<SkyObject[Name]>;

/** A plane that is seen inclined: its major axis in the picture, and how far it is foreshortened. */
export interface Plane {
  readonly positionAngle: number;
  readonly axisRatio: number;
}

/** The plane of an object's disk; that of the sky where it has none. Parts have a thickness too: they are never seen as lines. */
export function planeOf({ disk, positionAngle }: SkyObject): Plane {
  return { positionAngle, axisRatio: disk === null ? 1 : Math.max(0.16, apparentAxisRatio(disk)) };
}

/** Adds light that is given as a function of the place in a plane. @param brightness per square arc second of the picture */
function addInPlane(
  field: Field,
  plane: Plane,
  colour: Colour,
  brightness: (u: number, v: number) => number,
): void {
  const angle = radians(plane.positionAngle);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [g, i] = [inG(colour), inI(colour)];
  for (let at = 0; at < field.r.length; at++) {
    const u = field.x[at]! * cosine + field.y[at]! * sine;
    const v = (field.y[at]! * cosine - field.x[at]! * sine) / plane.axisRatio;
    const light = Field.perSquareSecond * brightness(u, v);
    if (light === 0) continue;
    field.g[at]! += light * g;
    field.r[at]! += light;
    field.i[at]! += light * i;
  }
}

/** Bars are boxes with rounded ends: of this power, as in superellipses. */
const BAR_POWER = 2.8;

/** ∫ ξ exp(−2ξ³) dξ from 0: Γ(2/3) / (3 · 2^{2/3}). */
const BAR_INTEGRAL = 0.28437;

/** A bar: exp(−2ξ³) over boxy ellipses ξ, flat within and steep at its ends. @param light nanomaggies in r */
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

/** A ring with a Gaussian profile. @param light nanomaggies in r */
export function addRing(field: Field, ring: Part<'ring'>, plane: Plane, light: number, colour: Colour): void {
  const sigma = ring.width * ring.radius;
  const crest = light / ((2 * Math.PI) ** 1.5 * ring.radius * sigma * plane.axisRatio);
  addInPlane(field, plane, colour, (u, v) => {
    const from = (Math.sqrt(u * u + v * v) - ring.radius) / sigma;
    return from * from > 16 ? 0 : crest * Math.exp(-0.5 * from * from);
  });
}

/** A lensed galaxy is blue and far away. */
const LENSED: Colour = { gr: 0.25, ri: 0.15 };

/** Arcs of a lens around the centre. @param light nanomaggies in r, of all arcs */
export function addLens(field: Field, lens: Part<'lens'>, light: number): void {
  const sigma = Math.max(0.3, 0.09 * lens.radius);
  const half = radians(lens.extent) / 2;
  // Gaussian across, smooth at the ends.
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

/** Takes away the light behind a lane of dust along the major axis. The near half of an inclined disk lies before the centre. */
export function addDustLane(field: Field, object: SkyObject, lane: Part<'dustLane'>): void {
  const angle = radians(object.positionAngle);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const { disk } = object;
  const length = disk === null ? 2.5 * (object.bulge?.effectiveRadius ?? 1) : 3 * disk.scaleLength;
  const ahead = disk === null ? 0 : 0.35 * disk.scaleLength * Math.cos(radians(disk.inclination));
  for (let at = 0; at < field.r.length; at++) {
    const u = (field.x[at]! * cosine + field.y[at]! * sine) / length;
    if (u * u > 4) continue;
    const bend =
      disk === null ? 0 : (disk.warp * (u * length) * Math.abs(u * length)) / (9 * disk.scaleLength);
    const v =
      (field.y[at]! * cosine - field.x[at]! * sine - ahead * Math.sqrt(Math.max(0, 1 - u * u)) - bend) /
      lane.width;
    if (v * v > 16) continue;
    const left = 1 - Math.min(0.97, lane.depth) * Math.exp(-0.5 * v * v - 0.7 * u ** 4);
    field.g[at]! *= left ** EXTINCTION.g;
    field.r[at]! *= left;
    field.i[at]! *= left ** EXTINCTION.i;
  }
}

/** Knots of young stars: their colour, and how large and how many they are. */
const KNOT: Colour = { gr: 0.05, ri: -0.02 };
const KNOTS = { most: 42, share: 0.16, size: [0.05, 0.16] } as const;

/**
 * Knots along the arms. @param light nanomaggies in r of the whole disk
 */
export function addKnots(
  field: Field,
  { clumps, contrast, flocculence, number }: Part<'arms'>,
  arms: SpiralArms,
  plane: Plane,
  scaleLength: number,
  light: number,
  random: FastRandom,
): void {
  const count = Math.round(KNOTS.most * clumps);
  const angle = radians(plane.positionAngle);
  const shares = Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
  const all = shares.reduce((sum, each) => sum + each, 0);
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
      light: (KNOTS.share * clumps * light * Math.min(1.5, strength) * share) / all,
      sigma: size * scaleLength,
      colour: KNOT,
    });
  }
}

/** The most lumps of an irregular galaxy. */
const LUMPS = 16;

/** Lumps without order. @param light nanomaggies in r of all lumps @param radius within which most lie, arc seconds */
export function addLumps(
  field: Field,
  plane: Plane,
  radius: number,
  light: number,
  colour: Colour,
  random: FastRandom,
): void {
  const count = 5 + Math.floor(LUMPS * random.uniform());
  const angle = radians(plane.positionAngle);
  // They are gathered to one side.
  const [aside, along] = [0.35 * random.normal(), 0.25 * random.normal()];
  const shares = Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
  const all = shares.reduce((sum, each) => sum + each, 0);
  for (const share of shares) {
    const u = radius * (aside + 0.7 * random.normal());
    const v = radius * (along + 0.6 * random.normal()) * Math.max(0.3, plane.axisRatio);
    const hue = 0.25 * random.uniform();
    addLump(field, {
      x: u * Math.cos(angle) - v * Math.sin(angle),
      y: u * Math.sin(angle) + v * Math.cos(angle),
      light: (light * share) / all,
      sigma: radius * (0.08 + 0.25 * random.uniform()),
      colour: { gr: colour.gr - hue, ri: colour.ri - hue / 2 },
    });
  }
}
