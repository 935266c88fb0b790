/**
 * The population of the simulated sky. Each object is drawn from the tables below: first its kind, then its parts. Every part is
 * always drawn, even if it is then discarded, so fixing one part leaves the random numbers of the others unchanged.
 */
import { Random } from '../random/philox.ts';
import type { Colour, SkyObject } from './object.ts';
import { PURPOSES } from './streams.ts';

/** All probabilities of the population. Weights need not add up to 1. */
export const POPULATION = {
  /** Weights of the kinds of objects. */
  kinds: { elliptical: 0.37, disk: 0.595, irregular: 0.032, star: 0.0004, artifact: 0.0006 },
  /** Disk types along the Hubble sequence: weight, range of the bulge's flux, mean g − r, probability of arms, bar, ring. */
  types: {
    lenticular: { weight: 0.23, bulge: [0.3, 0.7], gr: 0.86, arms: 0, bar: 0.2, ring: 0.05 },
    early: { weight: 0.22, bulge: [0.16, 0.45], gr: 0.7, arms: 0.85, bar: 0.42, ring: 0.1 },
    middle: { weight: 0.33, bulge: [0.05, 0.22], gr: 0.55, arms: 0.95, bar: 0.44, ring: 0.07 },
    late: { weight: 0.22, bulge: [0, 0.08], gr: 0.4, arms: 0.8, bar: 0.28, ring: 0.02 },
  },
  /** Weights of one to six arms. */
  armNumbers: [0.06, 0.58, 0.15, 0.09, 0.07, 0.05],
  /** Probability of a dust lane, in nearly edge-on disks and in ellipticals. */
  dustLane: { edgeOn: 0.3, elliptical: 0.012 },
  /** Probability of a boxy bulge and of a warp, in disks. */
  boxy: 0.07,
  warp: 0.06,
  lens: 0.003,
  /** Probability of a merger, of a disturbance without one, and of a ring (as around shells) in an elliptical. */
  companion: 0.045,
  disturbed: 0.055,
  ellipticalRing: 0.008,
  /** Weights of the artifacts. */
  artifacts: { 'saturated star': 0.35, 'satellite trail': 0.25, bleeding: 0.15, 'diffraction spikes': 0.25 },
} as const;

/**
 * Distributions of magnitude, size, distance and seeing. Counts rise as 10^(slope · m) to the faintest magnitude; sizes follow
 * R90 = typical · 10^(−fall (m − 16.4)) arc seconds with `scatter` in dex, clipped to `least`…`most`.
 */
export const OBSERVABLES = {
  magnitude: { faintest: 17.1, brightest: 12, slope: 0.42 },
  radius: { elliptical: 6.6, disk: 8.3, irregular: 7.8, fall: 0.13, scatter: 0.125, least: 3, most: 34 },
  /** Internal extinction of an edge-on disk, magnitudes. */
  dimming: 0.7,
  redshift: { typical: 0.075, scatter: 0.45 },
  /** FWHM in r, arc seconds (York et al. 2000). */
  seeing: { typical: 1.28, scatter: 0.11 },
} as const;

/** Fixed parameters of an object, a subset of {@link SkyObject}. A part set to null is absent. */
export type FixedObject = {
  readonly [Key in keyof SkyObject]?: SkyObject[Key] extends infer Value
    ? Value extends null
      ? null
      : Value extends string | number
        ? Value
        : {
            readonly [Inner in keyof Value]?: Value[Inner] extends object
              ? Partial<Value[Inner]>
              : Value[Inner];
          }
    : never;
};

/** Petrosian R90 over the scale length of a pure disk, and over the effective radius of an elliptical. */
const R90_PER_SCALE_LENGTH = 3.3;
const R90_PER_EFFECTIVE_RADIUS = 2.5;

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));

function choose<Key extends string>(random: Random, weights: Readonly<Record<Key, number>>): Key {
  const entries = Object.entries(weights) as [Key, number][];
  let left = random.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [key, weight] of entries) {
    left -= weight;
    if (left < 0) return key;
  }
  return entries[0]![0];
}

/** Galaxy colours lie along one line (Strateva et al. 2001). */
const colourOf = (gr: number, scatter: number): Colour => ({ gr, ri: 0.06 + 0.36 * gr + scatter });

/** The drawn part with its fixed parameters applied, or null if it is absent. @param isPresent applies if nothing is fixed */
function resolvePart<Part extends object>(
  drawn: Part,
  isPresent: boolean,
  fixed: { readonly [Key in keyof Part]?: unknown } | null | undefined,
): Part | null {
  if (fixed === null) return null;
  if (fixed === undefined) return isPresent ? drawn : null;
  const merged: Record<string, unknown> = { ...(drawn as Record<string, unknown>) };
  for (const [key, value] of Object.entries(fixed)) {
    merged[key] =
      typeof value === 'object' && value !== null ? { ...(merged[key] as object), ...value } : value;
  }
  return merged as Part;
}

/** Magnitude, redshift, position angle, seeing and R90 (`radius`). */
function drawObservables(random: Random, kind: SkyObject['kind'], fixed: FixedObject) {
  const { magnitude, radius, redshift, seeing } = OBSERVABLES;
  const least = 10 ** (magnitude.slope * (magnitude.brightest - magnitude.faintest));
  // Size and redshift follow the drawn magnitude: fixing the magnitude only makes the same galaxy brighter or fainter.
  const m = magnitude.faintest + Math.log10(least + (1 - least) * random.uniform()) / magnitude.slope;
  const typical = kind === 'star' || kind === 'artifact' ? 4 : radius[kind];
  const dex = Math.log10(typical) - radius.fall * (m - 16.4) + radius.scatter * random.normal();
  const z = redshift.typical * 10 ** (0.1 * (m - 16.4)) * Math.exp(redshift.scatter * random.normal());
  const drawn = {
    magnitude: m,
    redshift: clamp(z, 0.005, 0.25),
    positionAngle: random.uniform(0, 180),
    seeing: seeing.typical * Math.exp(seeing.scatter * random.normal()),
  };
  return {
    magnitude: fixed.magnitude ?? drawn.magnitude,
    redshift: fixed.redshift ?? drawn.redshift,
    positionAngle: fixed.positionAngle ?? drawn.positionAngle,
    seeing: fixed.seeing ?? drawn.seeing,
    radius: clamp(10 ** dex, radius.least, radius.most),
  };
}

type TypeName = keyof typeof POPULATION.types;

function drawDisk(random: Random, type: TypeName, radius: number, isIrregular: boolean) {
  const inclination = (Math.acos(random.uniform()) * 180) / Math.PI; // isotropic: cos i is uniform
  const thickness = clamp((isIrregular ? 0.35 : 0.16) * Math.exp(0.3 * random.normal()), 0.06, 0.6);
  const gr = (isIrregular ? 0.38 : POPULATION.types[type].gr) + 0.09 * random.normal();
  const reddening = isIrregular ? 0 : 0.16 * (inclination / 90) ** 4;
  const warped = random.uniform() < POPULATION.warp;
  const warp = (warped ? 0.3 : 0.04) * random.normal();
  return {
    scaleLength: radius / R90_PER_SCALE_LENGTH,
    inclination,
    thickness,
    colour: colourOf(clamp(gr + reddening, 0.15, 1.1), 0.025 * random.normal()),
    warp,
  };
}

function drawDiskBulge(random: Random, type: TypeName, disk: NonNullable<SkyObject['disk']>) {
  const [least, most] = POPULATION.types[type].bulge;
  const flux = random.uniform(least, most);
  const flattening = random.uniform(0.5, 0.85);
  const isBoxy = random.uniform() < POPULATION.boxy;
  const box = random.uniform(0.4, 1);
  const sine = Math.sin((disk.inclination * Math.PI) / 180);
  return {
    flux,
    effectiveRadius:
      disk.scaleLength * clamp((0.2 + 0.75 * flux) * Math.exp(0.3 * random.normal()), 0.08, 1.1),
    sersicIndex: clamp(1.1 + 4 * flux + 0.5 * random.normal(), 0.7, 4.5),
    axisRatio: Math.hypot(Math.sqrt(1 - sine ** 2), flattening * sine),
    boxiness: isBoxy ? box : 0,
    colour: colourOf(
      clamp(Math.max(disk.colour.gr + 0.1, 0.82 + 0.07 * random.normal()), 0.4, 1.15),
      0.02 * random.normal(),
    ),
  };
}

function drawElliptical(random: Random, radius: number, redshift: number) {
  // Most ellipticals are round, none flatter than 0.3 (Sandage, Freeman & Stokes 1970).
  const axisRatio = clamp(0.36 + 0.62 * random.uniform() ** 0.75, 0.32, 0.98);
  const sersicIndex = clamp(3.4 + 1.1 * random.normal(), 1.3, 6);
  const isBlue = random.uniform() < 0.12;
  const gr = (isBlue ? 0.62 : 0.86) + 0.8 * (redshift - 0.05) + 0.055 * random.normal();
  return {
    flux: 1,
    effectiveRadius: radius / R90_PER_EFFECTIVE_RADIUS / Math.sqrt(axisRatio) ** 0.8,
    sersicIndex,
    axisRatio,
    boxiness: Math.max(0, 0.12 * random.normal() - 0.05),
    colour: colourOf(clamp(gr, 0.35, 1.2), 0.02 * random.normal()),
  };
}

function drawBar(random: Random, scaleLength: number) {
  return {
    flux: random.uniform(0.05, 0.2),
    length: scaleLength * clamp(1.2 * Math.exp(0.3 * random.normal()), 0.5, 2),
    axisRatio: random.uniform(0.16, 0.36),
    angle: random.uniform(0, 180),
  };
}

function drawArms(random: Random, type: TypeName, bar: SkyObject['bar'], scaleLength: number) {
  const numbers = Object.fromEntries(POPULATION.armNumbers.map((weight, i) => [i + 1, weight]));
  const number = Number(choose(random, numbers));
  const typicalPitch = { lenticular: 10, early: 11, middle: 16, late: 23 }[type];
  const pitch = clamp(typicalPitch * Math.exp(0.36 * random.normal()), 4, 45);
  const sense = random.uniform() < 0.5 ? 1 : -1;
  const free = random.uniform(0, 360);
  // The first arm starts at the end of the bar.
  const start =
    bar === null
      ? 0
      : (Math.log(bar.length / scaleLength) / Math.tan((pitch * Math.PI) / 180)) * (180 / Math.PI);
  const late = { lenticular: 0.1, early: 0.25, middle: 0.5, late: 0.85 }[type];
  return {
    number,
    pitch,
    sense: sense as 1 | -1,
    phase: bar === null ? free : (((sense * bar.angle - start) % 360) + 360) % 360,
    contrast: clamp(0.68 + 0.24 * random.normal(), 0.08, 0.98),
    flocculence: clamp(random.uniform() ** 1.3 * (number > 3 ? 1 : 0.75), 0, 1),
    clumps: clamp(late * random.uniform(0.2, 1.2), 0, 1),
    dust: random.uniform() ** 1.5,
  };
}

function drawCompanion(random: Random, radius: number) {
  const flux = 10 ** random.uniform(-0.8, 0);
  return {
    flux,
    distance: radius * random.uniform(0.3, 1.25),
    angle: random.uniform(0, 360),
    effectiveRadius: 0.36 * radius * flux ** 0.4 * Math.exp(0.2 * random.normal()),
    axisRatio: random.uniform(0.4, 0.95),
    tails: Math.max(0, random.uniform(-0.4, 1)),
  };
}

/** Disturbance, 0…1: small in every disk, large in mergers. */
function drawDisturbance(random: Random, kind: SkyObject['kind'], isMerging: boolean): number {
  const weak = Math.abs(random.normal()) * (kind === 'elliptical' ? 0.01 : 0.07);
  const strong = random.uniform(0.25, 0.9);
  const isDisturbed = random.uniform() < POPULATION.disturbed * (kind === 'elliptical' ? 0.3 : 1);
  if (kind === 'irregular') return 0.2 + 0.6 * strong;
  return isDisturbed || isMerging ? strong * (isMerging ? 0.7 : 1) : weak;
}

/**
 * Draws an object of the simulated sky. The result depends only on the arguments.
 *
 * @param index number of the object in the sky
 * @param fixed parameters to set instead of drawing; dependent ones follow, such as a bulge's axis ratio from the inclination
 * @example
 * drawObject(2014, 100001, { kind: 'disk', disk: { inclination: 60 } }).disk?.inclination; // 60
 */
export function drawObject(seed: number, index: number, fixed: FixedObject = {}): SkyObject {
  const random = new Random(seed, 'sky', index, PURPOSES.object);
  const drawnKind = choose(random, POPULATION.kinds);
  const kind = fixed.kind ?? drawnKind;
  const [isElliptical, isIrregular] = [kind === 'elliptical', kind === 'irregular'];
  const isDisk = kind === 'disk' || isIrregular;
  const { radius, ...observables } = drawObservables(random, kind, fixed);
  const type = choose(
    random,
    Object.fromEntries(
      Object.entries(POPULATION.types).map(([name, { weight }]) => [name, weight]),
    ) as Record<TypeName, number>,
  );
  const probabilities = POPULATION.types[type];
  const chance = () => random.uniform();

  const drawnDisk = drawDisk(random, type, radius, isIrregular);
  const plane = resolvePart(drawnDisk, true, fixed.disk) ?? drawnDisk;
  const disk = resolvePart(drawnDisk, isDisk, fixed.disk);
  const h = plane.scaleLength;
  const elliptical = drawElliptical(random, radius, observables.redshift);
  const diskBulge = drawDiskBulge(random, type, plane);
  const bulge = resolvePart(
    disk === null ? elliptical : diskBulge,
    isElliptical || (kind === 'disk' && diskBulge.flux > 0.005),
    fixed.bulge,
  );
  const hasBar = chance() < probabilities.bar;
  const bar = resolvePart(drawBar(random, h), kind === 'disk' && hasBar, fixed.bar);
  const hasArms = chance() < probabilities.arms;
  const arms = resolvePart(drawArms(random, type, bar, h), kind === 'disk' && hasArms, fixed.arms);
  const hasRing = chance() < (isElliptical ? POPULATION.ellipticalRing : probabilities.ring);
  const drawnRing = {
    flux: random.uniform(0.06, 0.22),
    radius: bar === null ? h * random.uniform(0.9, 2.2) : bar.length * random.uniform(1, 1.4),
    width: random.uniform(0.09, 0.2),
  };
  const ring = resolvePart(drawnRing, (isDisk || isElliptical) && !isIrregular && hasRing, fixed.ring);
  const drawnLens = {
    flux: random.uniform(0.05, 0.16),
    radius: radius * random.uniform(0.55, 0.9),
    extent: random.uniform(30, 120),
    arcs: 1 + random.below(3),
    angle: random.uniform(0, 360),
  };
  const hasLens = chance() < POPULATION.lens * (isElliptical ? 1.5 : 0.6);
  const lens = resolvePart(drawnLens, (isElliptical || kind === 'disk') && hasLens, fixed.lens);
  const laneDraw = chance();
  const drawnLane = { depth: random.uniform(0.35, 0.95), width: h * random.uniform(0.07, 0.2) };
  const laneChance = isElliptical
    ? POPULATION.dustLane.elliptical
    : kind === 'disk' && plane.inclination > 76
      ? POPULATION.dustLane.edgeOn
      : 0;
  const dustLane = resolvePart(drawnLane, laneDraw < laneChance, fixed.dustLane);
  const hasCompanion = chance() < POPULATION.companion;
  const isGalaxy = isDisk || isElliptical;
  const companion = resolvePart(drawCompanion(random, radius), isGalaxy && hasCompanion, fixed.companion);
  const disturbance = drawDisturbance(random, kind, companion !== null);
  const lumpiness = random.uniform();
  const artifact = choose(random, POPULATION.artifacts);
  // Internal extinction grows with the path length through the disk.
  const dimming =
    kind === 'disk' ? OBSERVABLES.dimming * (1 - Math.cos((plane.inclination * Math.PI) / 180)) ** 2 : 0;
  return {
    kind,
    ...observables,
    magnitude: fixed.magnitude ?? observables.magnitude + dimming,
    bulge,
    disk,
    bar,
    arms,
    ring,
    lens,
    dustLane,
    companion,
    disturbance: fixed.disturbance ?? (isGalaxy ? disturbance : 0),
    lumpiness: fixed.lumpiness ?? (isIrregular ? 0.35 + 0.65 * lumpiness : 0),
    artifact: fixed.artifact !== undefined ? fixed.artifact : kind === 'artifact' ? artifact : null,
  };
}
