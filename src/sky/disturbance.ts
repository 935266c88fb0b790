/** Disturbed galaxies: distortions, merging companions and tidal tails. */
import { addEllipse, addLump, radians } from './ellipse.ts';
import type { Field } from './field.ts';
import type { FastRandom } from './noise.ts';
import type { Colour, SkyObject } from './object.ts';

type Companion = NonNullable<SkyObject['companion']>;

/** Disturbances below this are invisible. */
const MIN_DISTURBANCE = 0.02;

/** Number of sinusoidal waves that distort the field. */
const WAVES = 4;

/**
 * Distorts the field's coordinates, and thus everything drawn in them: the outskirts become lopsided, twisted and wavy; the
 * centre stays fixed.
 * @param radius radius of the galaxy, arc seconds
 */
export function distort(field: Field, disturbance: number, radius: number, random: FastRandom): void {
  if (disturbance < MIN_DISTURBANCE) return;
  const lopsidedness = { angle: 2 * Math.PI * random.uniform(), strength: 0.45 * disturbance };
  const twist = disturbance * random.normal() * 0.5;
  const waves = Array.from({ length: WAVES }, (_, k) => {
    const [direction, motion] = [2 * Math.PI * random.uniform(), 2 * Math.PI * random.uniform()];
    const number = ((1 + 0.8 * k) * (0.7 + 0.6 * random.uniform()) * 1.6) / radius;
    return {
      kx: number * Math.cos(direction),
      ky: number * Math.sin(direction),
      phase: 2 * Math.PI * random.uniform(),
      dx: ((0.2 * disturbance) / (1 + 0.7 * k)) * radius * Math.cos(motion),
      dy: ((0.2 * disturbance) / (1 + 0.7 * k)) * radius * Math.sin(motion),
    };
  });
  const sideX = lopsidedness.strength * Math.cos(lopsidedness.angle);
  const sideY = lopsidedness.strength * Math.sin(lopsidedness.angle);
  for (let at = 0; at < field.x.length; at++) {
    const [x0, y0] = [field.x[at], field.y[at]];
    const squared = (x0! * x0! + y0! * y0!) / (radius * radius);
    const outer = squared / (squared + 0.15);
    const turn = twist * outer;
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    let x = x0! * cosine - y0! * sine;
    let y = y0! * cosine + x0! * sine;
    // Towards the extended side, light is taken from smaller radii.
    const side = (x0! * sideX + y0! * sideY) / Math.sqrt(x0! * x0! + y0! * y0! + 1e-6);
    x *= 1 - side * outer;
    y *= 1 - side * outer;
    for (const { kx, ky, phase, dx, dy } of waves) {
      const wave = Math.sin(kx * x0! + ky * y0! + phase) * outer;
      x += dx * wave;
      y += dy * wave;
    }
    field.x[at] = x;
    field.y[at] = y;
  }
}

/** Gaussian lumps per tidal tail. */
const TAIL_LUMPS = 26;

/** Adds a tidal tail: light along a curve that leaves a galaxy. */
function addTail(
  field: Field,
  from: { x: number; y: number; angle: number; radius: number; curve: number },
  light: number,
  colour: Colour,
): void {
  for (let k = 0; k < TAIL_LUMPS; k++) {
    const t = (k + 0.5) / TAIL_LUMPS;
    const angle = from.angle + from.curve * t;
    const distance = from.radius * (0.5 + 2 * t);
    addLump(field, {
      x: from.x + distance * Math.cos(angle),
      y: from.y + distance * Math.sin(angle),
      light: (light * 2 * (1 - t)) / TAIL_LUMPS,
      sigma: from.radius * (0.1 + 0.12 * t),
      colour,
    });
  }
}

/**
 * Adds the companion of a merger, with tidal tails and a bridge.
 * @param light nanomaggies in r of the main object
 * @param radius radius of the main galaxy, arc seconds
 */
export function addCompanion(
  field: Field,
  { flux, distance, angle, effectiveRadius, axisRatio, tails }: Companion,
  light: number,
  radius: number,
  colour: Colour,
  random: FastRandom,
): void {
  const [x, y] = [distance * Math.cos(radians(angle)), distance * Math.sin(radians(angle))];
  const isOld = random.uniform() < 0.5;
  const own = isOld
    ? { gr: colour.gr + 0.08, ri: colour.ri + 0.04 }
    : { gr: colour.gr - 0.1, ri: colour.ri - 0.05 };
  addEllipse(field, {
    x,
    y,
    light: light * flux,
    effectiveRadius,
    sersicIndex: isOld ? 3 : 1.3,
    axisRatio,
    positionAngle: 180 * random.uniform(),
    colour: own,
  });
  const sense = random.uniform() < 0.5 ? 1 : -1;
  const curves = [0.8 + random.uniform(), 0.8 + random.uniform()].map((each) => sense * each);
  if (tails === 0) return;
  const stripped = { gr: colour.gr - 0.05, ri: colour.ri - 0.03 };
  const toward = radians(angle);
  addTail(
    field,
    { x: 0, y: 0, angle: toward + Math.PI, radius, curve: curves[0]! },
    0.14 * tails * light,
    stripped,
  );
  addTail(
    field,
    { x, y, angle: toward, radius: 1.6 * effectiveRadius, curve: curves[1]! },
    0.1 * tails * light,
    stripped,
  );
  for (let k = 0; k < 8; k++) {
    const t = (k + 0.5) / 8;
    const lump = { light: (0.05 * tails * light) / 8, sigma: 0.18 * distance, colour: stripped };
    addLump(field, { x: x * t, y: y * t, ...lump });
  }
}
