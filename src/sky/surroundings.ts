/** The surroundings of an object: field stars, other galaxies, residual sky background. */
import { addEllipse } from './ellipse.ts';
import { type Field, nanomaggies } from './field.ts';
import type { FastRandom } from './noise.ts';
import type { Colour, SkyObject } from './object.ts';
import { addStar } from './stars.ts';

/**
 * Surroundings, matched to the challenge's pictures. Densities are counts per square arc minute down to the faintest magnitude;
 * counts rise as 10^(slope · m).
 */
export const SURROUNDINGS = {
  star: { density: 1.9, scatter: 0.6, brightest: 12, faintest: 22, slope: 0.25 },
  galaxy: { density: 4.2, scatter: 0.5, brightest: 16.2, faintest: 22.3, slope: 0.38 },
  /** Some ellipticals lie in groups: additional galaxies of the same colour. */
  group: { probability: 0.16, density: 9 },
  /** Residual background, nanomaggies per survey pixel, and the probability and peak of a glow (bright star nearby, moonlight). */
  sky: { level: 0.0013, scatter: 0.0026, glow: 0.025, glowLevel: 0.05 },
  /** Between bands: typical registration error in arc seconds, its scatter and that of the seeing in natural logarithms. */
  bands: { shift: 0.038, tail: 0.6, seeing: 0.04 },
  /** Colour balance, as natural logarithms of g and i over r: scatter, and the offsets of a few differently processed, blue pictures. */
  balance: { scatter: 0.04, blue: 0.03, blueG: 0.45, blueI: -0.3 },
};

/** Draws from a Poisson distribution (Knuth's algorithm), at most 200. */
function poisson(random: FastRandom, mean: number): number {
  const limit = Math.exp(-Math.min(mean, 150));
  let count = 0;
  for (let product = random.uniform(); product > limit && count < 200; count++) product *= random.uniform();
  return count;
}

/** Draws a magnitude from counts that rise as 10^(slope · m). */
function drawMagnitude(
  random: FastRandom,
  range: { brightest: number; faintest: number; slope: number },
): number {
  const { brightest, faintest, slope } = range;
  const lowest = 10 ** (slope * (brightest - faintest));
  return faintest + Math.log10(lowest + (1 - lowest) * random.uniform()) / slope;
}

/** Draws a colour from the stellar locus: mostly Sun-like stars, and red dwarfs, in which only r − i varies (Covey et al. 2007). */
export function drawStarColour(random: FastRandom): Colour {
  const kind = random.uniform();
  if (kind < 0.55) {
    const gr = 0.42 + 0.16 * random.normal();
    return { gr, ri: 0.36 * gr };
  }
  const ri = 0.35 + 1.15 * random.uniform();
  return { gr: 1.25 + 0.12 * ri + 0.05 * random.normal(), ri };
}

function drawGalaxyColour(random: FastRandom): Colour {
  const gr = 0.75 + 0.38 * random.normal();
  return { gr, ri: 0.08 + 0.42 * gr + 0.08 * random.normal() };
}

/** Adds neighbouring galaxies, before the PSF. */
export function addNeighbours(field: Field, object: SkyObject, random: FastRandom): void {
  const { galaxy, group } = SURROUNDINGS;
  const area = ((2 * field.half) / 60) ** 2;
  const isGrouped = random.uniform() < group.probability && object.kind === 'elliptical';
  const factor = Math.exp(galaxy.scatter * random.normal());
  const count = poisson(random, area * galaxy.density * factor);
  const members = isGrouped ? poisson(random, area * group.density) : 0;
  for (let k = 0; k < count + members; k++) {
    const isMember = k >= count;
    const magnitude = isMember
      ? Math.max(object.magnitude + 0.5, drawMagnitude(random, { ...galaxy, slope: 0.25 }))
      : drawMagnitude(random, galaxy);
    const colour =
      isMember && object.bulge !== null
        ? { gr: object.bulge.colour.gr + 0.04 * random.normal(), ri: object.bulge.colour.ri }
        : drawGalaxyColour(random);
    const concentration = isMember ? random.uniform() ** 0.5 : 1;
    addEllipse(field, {
      x: (2 * random.uniform() - 1) * field.half * concentration,
      y: (2 * random.uniform() - 1) * field.half * concentration,
      light: nanomaggies(magnitude),
      effectiveRadius: 0.25 + 2.1 * 10 ** (-0.16 * (magnitude - 17)) * Math.exp(0.35 * random.normal()) * 0.8,
      sersicIndex: isMember || random.uniform() < 0.3 ? 3 : 1.2,
      axisRatio: 0.3 + 0.65 * random.uniform(),
      positionAngle: 180 * random.uniform(),
      colour,
    });
  }
}

/** Adds field stars, PSF included. */
export function addStars(field: Field, seeing: number, random: FastRandom): void {
  const { star } = SURROUNDINGS;
  const area = ((2 * field.half) / 60) ** 2;
  const count = poisson(random, area * star.density * Math.exp(star.scatter * random.normal()));
  for (let k = 0; k < count; k++) {
    const magnitude = drawMagnitude(random, star);
    const [x, y] = [0, 0].map(() => (2 * random.uniform() - 1) * field.half);
    addStar(field, { x: x!, y: y!, magnitude, colour: drawStarColour(random) }, seeing);
  }
}

/** Adds the residual sky background left after subtraction. */
export function addSkyBackground(field: Field, random: FastRandom): void {
  const { level, scatter, glow, glowLevel } = SURROUNDINGS.sky;
  const isGlowing = random.uniform() < glow;
  const strength = isGlowing ? glowLevel * random.uniform() ** 2 : 0;
  const angle = 2 * Math.PI * random.uniform();
  const [cosine, sine] = [Math.cos(angle) / field.half, Math.sin(angle) / field.half];
  for (const [band, share] of [
    [field.g, 0.5],
    [field.r, 0.8],
    [field.i, 2],
  ] as const) {
    const uniform = (level + scatter * random.normal()) * Math.min(1, 0.4 + share / 2);
    for (let row = 0, at = 0; row < field.size; row++) {
      const y = (row - field.centre[1]) * field.pixel;
      for (let column = 0; column < field.size; column++, at++) {
        const x = (column - field.centre[0]) * field.pixel;
        const glowing = strength === 0 ? 0 : strength * share * Math.exp(2 * (x * cosine + y * sine) - 1);
        band[at]! += uniform + glowing;
      }
    }
  }
}

/** Draws the colour balance of a picture: factors applied to g and i. */
export function drawColourBalance(random: FastRandom): { g: number; i: number } {
  const { scatter, blue, blueG, blueI } = SURROUNDINGS.balance;
  const isBlue = random.uniform() < blue;
  return {
    g: Math.exp(scatter * random.normal() + (isBlue ? blueG : 0)),
    i: Math.exp(scatter * random.normal() + (isBlue ? blueI : 0)),
  };
}
