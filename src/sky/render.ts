/** Renders an object as a picture like those Galaxy Zoo 2 made from the survey. */
import { radians } from './ellipse.ts';
import { Field, SURVEY_PIXEL } from './field.ts';
import { addGalaxy, r90 } from './galaxy.ts';
import type { FastRandom } from './noise.ts';
import type { SkyObject } from './object.ts';
import { blurBand } from './pointSpread.ts';
import { addBleeding, addSpikes, addStar, addTrail, type Star } from './stars.ts';
import { fastRandom } from './streams.ts';
import { cutPicture, stretch } from './stretch.ts';
import {
  addNeighbours,
  addSkyBackground,
  addStars,
  drawColourBalance,
  drawStarColour,
  SURROUNDINGS,
} from './surroundings.ts';

/**
 * Noise, fitted to the challenge's pictures: `sky` is the 1σ sky noise in nanomaggies per survey pixel, `electron` the flux in
 * nanomaggies of one photoelectron.
 */
export const NOISE = {
  g: { sky: 0.0057, electron: 0.0018 },
  r: { sky: 0.0125, electron: 0.0018 },
  i: { sky: 0.0156, electron: 0.0024 },
} as const;

/** Adds a star or an artifact in place of a galaxy. */
function addArtifact(field: Field, object: SkyObject, random: FastRandom): void {
  const { kind, artifact, magnitude, seeing, positionAngle } = object;
  const star: Star = { x: 0, y: 0, magnitude, colour: drawStarColour(random) };
  const offset = 3 * seeing * random.normal();
  if (kind === 'star') {
    addStar(field, star, seeing);
  } else if (artifact === 'saturated star') {
    addStar(field, { ...star, magnitude: Math.min(magnitude, 12.8) }, seeing);
  } else if (artifact === 'satellite trail') {
    const band = random.uniform() < 0.6 ? 'r' : 'g';
    addTrail(field, { angle: positionAngle, offset: 0.2 * offset, brightness: 0.7, band }, seeing);
  } else if (artifact === 'bleeding') {
    addStar(field, { ...star, y: offset, magnitude: Math.min(magnitude, 13) }, seeing, 0.3);
    addBleeding(field, { ...star, magnitude: Math.min(magnitude, 11.5) });
  } else {
    // Spikes of a bright star outside the picture.
    const distance = 1.1 * field.half;
    const [x, y] = [distance * Math.cos(radians(positionAngle)), distance * Math.sin(radians(positionAngle))];
    const away = { ...star, x, y, magnitude: 10 };
    addStar(field, away, seeing, 0);
    addSpikes(field, away, positionAngle, 1.5);
  }
}

/** Adds sky and photon noise, independent in each pixel. */
function addNoise(field: Field, random: FastRandom): void {
  // The mean over a larger pixel is less noisy.
  const noiseScale = SURVEY_PIXEL / field.pixel;
  for (const band of ['g', 'r', 'i'] as const) {
    const light = field[band];
    const { sky, electron } = NOISE[band];
    const skyVariance = (sky * noiseScale) ** 2;
    const photons = electron * noiseScale ** 2;
    for (let at = 0; at < light.length; at++) {
      light[at]! += Math.sqrt(skyVariance + photons * Math.max(0, light[at]!)) * random.normal();
    }
  }
}

/** Simulates the exposure: the object and its surroundings, convolved with the PSF, with noise. */
export function exposeField(object: SkyObject, seed: number, index: number): Field {
  const surroundings = fastRandom(seed, 'surroundings', index);
  const details = fastRandom(seed, 'details', index);
  const field = new Field(r90(object), [surroundings.uniform() - 0.5, surroundings.uniform() - 0.5]);
  if (object.bulge !== null || object.disk !== null) addGalaxy(field, object, details);
  addNeighbours(field, object, surroundings);
  const scratch = new Float32Array(field.r.length);
  const { shift, tail, seeing } = SURROUNDINGS.bands;
  // Log-normal: few pictures have large registration errors.
  const misalignment = shift * Math.exp(tail * surroundings.normal());
  for (const band of ['g', 'r', 'i'] as const) {
    blurBand(
      field,
      field[band],
      {
        seeing: object.seeing * Math.exp(seeing * surroundings.normal()) * (band === 'g' ? 1.05 : 1),
        shift:
          band === 'r'
            ? [0, 0]
            : [misalignment * surroundings.normal(), misalignment * surroundings.normal()],
      },
      scratch,
    );
  }
  addStars(field, object.seeing, surroundings);
  addSkyBackground(field, surroundings);
  if (object.kind === 'star' || object.artifact !== null) addArtifact(field, object, details);
  addNoise(field, fastRandom(seed, 'noise', index));
  return field;
}

/**
 * Renders the picture of an object.
 *
 * @param index number of the object in the sky; seeds noise and surroundings together with `seed`
 * @returns `[424, 424, 3]`, RGB bytes
 * @example
 * const pixels = renderPicture(drawObject(2014, 100001), 2014, 100001);
 */
export function renderPicture(object: SkyObject, seed: number, index: number): Uint8Array {
  const field = exposeField(object, seed, index);
  const balance = drawColourBalance(fastRandom(seed, 'balance', index));
  return cutPicture(field, stretch(field, balance));
}
