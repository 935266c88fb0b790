/** The built-in galaxies: simulated, so that the page has something to show before there are files. */
import type { GalaxyImage } from '../../src/data/images.ts';
import { drawObject } from '../../src/sky/population.ts';
import { renderPicture } from '../../src/sky/render.ts';

/** The sky that `npm run demo` and the documentation use. */
const SEED = 2014;
const FIRST = 100_001;
const COUNT = 24;
const PREFIX = 'simulated-';

/** The simulated galaxy with an ID; undefined if it is none. */
export function simulatedGalaxy(id: string): GalaxyImage | undefined {
  if (!id.startsWith(PREFIX)) return undefined;
  const index = Number(id.slice(PREFIX.length));
  const pixels = renderPicture(drawObject(SEED, index), SEED, index);
  return { id, image: { kind: 'pixels', name: id, pixels } };
}

export const simulatedIds = (): string[] => Array.from({ length: COUNT }, (_, i) => `${PREFIX}${FIRST + i}`);
