/** A small made-up sky in Kaggle's layout: bright ellipses, and the votes that such galaxies would get. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../src/random/philox.ts';
import { projectOntoTree } from '../src/tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';

const SEED = 2014;

/** Pictures are drawn at a quarter of their size and enlarged, which is fast. */
const DRAWN = 106;
const SIDE = 4 * DRAWN;

/** GalaxyIDs of a sky, spaced so that their order as texts differs from their order as numbers. */
export const galaxyIds = (count: number): number[] => Array.from({ length: count }, (_, i) => 99_980 + 7 * i);

/** A JPEG of a galaxy: a disk of light whose length, flatness and tilt follow from the GalaxyID. */
export function galaxyPicture(id: number): Promise<Buffer> {
  const random = new Random(SEED, 'view', id);
  const [length, flatness, tilt] = [
    random.uniform(5, 15),
    random.uniform(0.2, 1),
    random.uniform(0, Math.PI),
  ];
  const colour = [random.uniform(120, 255), random.uniform(120, 255), random.uniform(120, 255)];
  const pixels = new Uint8Array(DRAWN * DRAWN * 3);
  for (let row = 0; row < DRAWN; row++) {
    for (let column = 0; column < DRAWN; column++) {
      const [x, y] = [column - DRAWN / 2, row - DRAWN / 2];
      const along = (x * Math.cos(tilt) + y * Math.sin(tilt)) / length;
      const across = (y * Math.cos(tilt) - x * Math.sin(tilt)) / (length * flatness);
      const light = Math.exp(-(along ** 2 + across ** 2));
      for (const [channel, brightness] of colour.entries()) {
        pixels[(row * DRAWN + column) * 3 + channel] = 12 + (brightness - 12) * light;
      }
    }
  }
  return sharp(pixels, { raw: { width: DRAWN, height: DRAWN, channels: 3 } })
    .resize(SIDE, SIDE)
    .jpeg()
    .toBuffer();
}

/** Random vote fractions of a galaxy, [37], that satisfy every sum of the tree. */
export function galaxyFractions(id: number): Float64Array {
  const random = new Random(SEED, 'shuffle', id);
  return projectOntoTree(
    GALAXY_ZOO_2,
    Float64Array.from({ length: GALAXY_ZOO_2.columns.length }, () => random.uniform()),
  );
}

/** The table of vote fractions, in the order given. */
export const solutionsTable = (ids: readonly number[]): string =>
  [
    ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','),
    ...ids.map((id) => [id, ...galaxyFractions(id)].join(',')),
    '',
  ].join('\n');

/** Writes a sky in Kaggle's layout. */
export async function writeSky(folder: string, ids: readonly number[]): Promise<void> {
  const images = join(folder, 'images_training_rev1');
  await mkdir(images, { recursive: true });
  await writeFile(join(folder, 'training_solutions_rev1.csv'), solutionsTable(ids));
  await Promise.all(ids.map(async (id) => writeFile(join(images, `${id}.jpg`), await galaxyPicture(id))));
}
