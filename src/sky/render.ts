/** A picture of an object of the simulated sky, as Galaxy Zoo 2 showed the survey's. Pure: runs in a browser too. */
import { radians } from './ellipse.ts';
import { Field, SURVEY_PIXEL } from './field.ts';
import { addGalaxy, r90 } from './galaxy.ts';
import type { FastRandom } from './noise.ts';
import type { SkyObject } from './object.ts';
import { blurBand } from './pointSpread.ts';
import { addBleeding, addSpikes, addStar, addTrail, type Star } from './stars.ts';
import { fastRandom } from './streams.ts';
import { cutPicture, stretch } from './stretch.ts';
import { addNeighbours, addSky, addStars, drawBalance, SURROUNDINGS, starColour } from './surroundings.ts';

/**
 * Noise of the survey's pictures, fitted to the challenge's: of the sky, nanomaggies per survey pixel (1σ), and light in
 * nanomaggies that makes one electron.
 */
export const NOISE = {
  g: { sky: 0.0057, electron: 0.0018 },
  r: { sky: 0.0125, electron: 0.0018 },
  i: { sky: 0.0156, electron: 0.0024 },
} as const;

/** Artefacts that Galaxy Zoo's people met in a galaxy's place. */
function addArtifact(field: Field, object: SkyObject, random: FastRandom): void {
  const { kind, artifact, magnitude, seeing, positionAngle } = object;
  const star: Star = { x: 0, y: 0, magnitude, colour: starColour(random) };
  const aside = 3 * seeing * random.normal();
  if (kind === 'star') {
    addStar(field, star, seeing);
  } else if (artifact === 'saturated star') {
    addStar(field, { ...star, magnitude: Math.min(magnitude, 12.8) }, seeing);
  } else if (artifact === 'satellite trail') {
    const band = random.uniform() < 0.6 ? 'r' : 'g';
    addTrail(field, { angle: positionAngle, offset: 0.2 * aside, brightness: 0.7, band }, seeing);
  } else if (artifact === 'bleeding') {
    addStar(field, { ...star, y: aside, magnitude: Math.min(magnitude, 13) }, seeing, 0.3);
    addBleeding(field, { ...star, magnitude: Math.min(magnitude, 11.5) });
  } else {
    // Spikes of a star that is outside the picture itself.
    const distance = 1.1 * field.half;
    const [x, y] = [distance * Math.cos(radians(positionAngle)), distance * Math.sin(radians(positionAngle))];
    const away = { ...star, x, y, magnitude: 10 };
    addStar(field, away, seeing, 0);
    addSpikes(field, away, positionAngle, 1.5);
  }
}

/** Noise of the sky and of the light itself, in each pixel of the survey on its own. */
function addNoise(field: Field, random: FastRandom): void {
  // A larger pixel gathers more light, and its mean is less noisy.
  const finer = SURVEY_PIXEL / field.pixel;
  for (const band of ['g', 'r', 'i'] as const) {
    const light = field[band];
    const { sky, electron } = NOISE[band];
    const variance = (sky * finer) ** 2;
    const photons = electron * finer ** 2;
    for (let at = 0; at < light.length; at++) {
      light[at]! += Math.sqrt(variance + photons * Math.max(0, light[at]!)) * random.normal();
    }
  }
}

/** The object's light and all that is around, blurred and noisy: what the camera saw. */
export function exposeField(object: SkyObject, seed: number, index: number): Field {
  const around = fastRandom(seed, 'surroundings', index);
  const details = fastRandom(seed, 'details', index);
  const field = new Field(r90(object), [around.uniform() - 0.5, around.uniform() - 0.5]);
  if (object.bulge !== null || object.disk !== null) addGalaxy(field, object, details);
  addNeighbours(field, object, around);
  const scratch = new Float32Array(field.r.length);
  const { shift, tail, seeing } = SURROUNDINGS.bands;
  // Few pictures have bands that lie far apart.
  const apart = shift * Math.exp(tail * around.normal());
  for (const band of ['g', 'r', 'i'] as const) {
    blurBand(
      field,
      field[band],
      {
        seeing: object.seeing * Math.exp(seeing * around.normal()) * (band === 'g' ? 1.05 : 1),
        shift: band === 'r' ? [0, 0] : [apart * around.normal(), apart * around.normal()],
      },
      scratch,
    );
  }
  addStars(field, object.seeing, around);
  addSky(field, around);
  if (object.kind === 'star' || object.artifact !== null) addArtifact(field, object, details);
  addNoise(field, fastRandom(seed, 'noise', index));
  return field;
}

/**
 * The picture of an object.
 *
 * @param index number of the object in the sky: noise and surroundings come from it
 * @returns `[424, 424, 3]`, RGB bytes
 * @example
 * const pixels = renderPicture(drawObject(2014, 100001), 2014, 100001);
 */
export function renderPicture(object: SkyObject, seed: number, index: number): Uint8Array {
  const field = exposeField(object, seed, index);
  const balance = drawBalance(fastRandom(seed, 'balance', index));
  return cutPicture(field, stretch(field, balance));
}
