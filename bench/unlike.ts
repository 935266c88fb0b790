/**
 * Counts the pictures that `predict` flags `unlike-training`: `npm run bench -- unlike [flags]`.
 *
 *     --run DIR        a run that was trained on pictures of 8 bits
 *     --images DIR     the folder of its pictures
 *     --pictures N     changed pictures of each kind (default: 250)
 *     --others DIR,…   folders of other pictures
 *
 * All validation galaxies of the run are predicted as they are; every k-th of them, changed:
 *
 * - red and blue exchanged; grey: the mean of the bands; half as bright
 * - double scale: the central half, enlarged; half scale: the picture halved, and mirrored at its sides
 * - noise: uniform, or Gaussian with the mean and deviation of each band
 * - a star: the picture's upper left corner, a quarter of its side wide, which is sky, mirrored until it fills the picture; in its middle a point
 *   source with a Moffat profile (β = 3), a FWHM of 5…14 pixels of 424, a peak of 60…960 (255 saturates) and a star's colours
 *
 * The pictures of the simulated sky are those of `tuningfork sky --seed 2014`.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../src/errors.ts';
import { openImages } from '../src/node/data/openCatalogue.ts';
import { readOwnTable } from '../src/node/data/readSolutions.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { FRAME_SIZE, squareSide } from '../src/picture/record.ts';
import { predictGalaxies } from '../src/predict/predict.ts';
import { Random } from '../src/random/philox.ts';
import { openRun } from '../src/run/openRun.ts';
import { runPaths } from '../src/run/paths.ts';
import { FREE_SKY } from '../src/sky/config.ts';
import { writeSky } from '../src/sky/write.node.ts';
import { parseCount, parseFlags } from './benchmark.ts';
import { scratchFolder } from './pictures.ts';

const SEED = 2014;
const CHANNELS = 3;
/** Pictures in memory. */
const TOGETHER = 50;

/** `[side, side, 3]`; the side is a multiple of 4. */
type Pixels = Uint8Array;
type Change = (pixels: Pixels, random: Random) => Pixels | Promise<Pixels>;

const toByte = (value: number) => Math.max(0, Math.min(255, Math.round(value)));

function square(pixels: Pixels) {
  const side = squareSide(pixels);
  return sharp(pixels, { raw: { width: side, height: side, channels: CHANNELS } });
}

async function doubled(pixels: Pixels): Promise<Pixels> {
  const side = squareSide(pixels);
  const centre = { left: side / 4, top: side / 4, width: side / 2, height: side / 2 };
  const large = square(pixels).extract(centre).resize(side, side, { kernel: 'cubic' });
  return new Uint8Array(await large.raw().toBuffer());
}

async function halved(pixels: Pixels): Promise<Pixels> {
  const side = squareSide(pixels);
  const small = await square(pixels)
    .resize(side / 2, side / 2, { kernel: 'linear' })
    .raw()
    .toBuffer();
  const sides = { left: side / 4, right: side / 4, top: side / 4, bottom: side / 4 };
  const whole = square(new Uint8Array(small)).extend({ ...sides, extendWith: 'mirror' });
  return new Uint8Array(await whole.raw().toBuffer());
}

function gaussianNoise(pixels: Pixels, random: Random): Pixels {
  const bands = Array.from({ length: CHANNELS }, (_, band) => {
    const values = pixels.filter((_, i) => i % CHANNELS === band);
    const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
    const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
    return { mean, deviation: Math.sqrt(squares / values.length) };
  });
  return pixels.map((_, i) => {
    const { mean, deviation } = bands[i % CHANNELS]!;
    return toByte(mean + deviation * random.normal());
  });
}

const MOFFAT_BETA = 3;

function star(pixels: Pixels, random: Random): Pixels {
  const side = squareSide(pixels);
  const scale = side / FRAME_SIZE;
  const alpha = (scale * random.uniform(5, 14)) / (2 * Math.sqrt(2 ** (1 / MOFFAT_BETA) - 1));
  const peak = 60 * 2 ** random.uniform(0, 4);
  const colours = [random.uniform(0.8, 1.2), random.uniform(0.8, 1), random.uniform(0.6, 1)];
  const half = side / 2; // the corner and its mirror image
  const mirrored = (position: number) => Math.min(position % half, half - 1 - (position % half));
  const centre = (side - 1) / 2;
  return pixels.map((_, i) => {
    const [row, column] = [Math.floor(i / CHANNELS / side), Math.floor(i / CHANNELS) % side];
    const band = i % CHANNELS;
    const sky = pixels[(mirrored(row) * side + mirrored(column)) * CHANNELS + band]!;
    const squared = (row - centre) ** 2 + (column - centre) ** 2;
    return toByte(sky + (colours[band]! * peak) / (1 + squared / alpha ** 2) ** MOFFAT_BETA);
  });
}

/** Swaps red and blue: the neighbour at -2, 0 or 2. */
const swapped: Change = (pixels) => pixels.map((_, i) => pixels[i + 2 - 2 * (i % CHANNELS)]!);

const grey: Change = (pixels) =>
  pixels.map((_, i) => {
    const first = i - (i % CHANNELS);
    return toByte((pixels[first]! + pixels[first + 1]! + pixels[first + 2]!) / CHANNELS);
  });

const CHANGES: Readonly<Record<string, Change>> = {
  'red and blue exchanged': swapped,
  grey,
  'half as bright': (pixels) => pixels.map((value) => toByte(value / 2)),
  'double scale': doubled,
  'half scale': halved,
  'uniform noise': (pixels, random) => pixels.map(() => random.below(256)),
  'Gaussian noise': gaussianNoise,
  'a star': star,
};

const evenly = <Item>(items: readonly Item[], count: number): Item[] =>
  Array.from({ length: Math.min(count, items.length) }, (_, i) => {
    return items[Math.floor((i * items.length) / Math.min(count, items.length))]!;
  });

/** Runs `npm run bench -- unlike` with these parameters. @throws UserError if they are wrong */
export async function unlike(parameters: string[]): Promise<void> {
  const { values } = parseFlags(parameters, ['run', 'images', 'pictures', 'others']);
  const { run, images, others } = values;
  if (run === undefined || images === undefined) throw new UserError('unlike: expected --run and --images');
  const count = parseCount('pictures', values.pictures ?? '250');
  const model = await openRun(nodePlatform.files, run);
  if (model.trainingPictures === undefined)
    throw new UserError(`${run}: has no statistics of its training pictures`);
  if (model.preprocessing.stretch !== undefined)
    throw new UserError(`${run}: expected a network for pictures of 8 bits`);

  const report = async (kind: string, galaxies: Parameters<typeof predictGalaxies>[2]) => {
    let [flagged, all] = [0, 0];
    for (let start = 0; start < galaxies.length; start += TOGETHER) {
      const part = galaxies.slice(start, start + TOGETHER);
      for await (const { flags } of predictGalaxies(nodePlatform, model, part, { maxBad: 0 })) {
        if (flags.includes('unlike-training')) flagged++;
        all++;
      }
    }
    process.stdout.write(`| ${kind} | ${all} | ${((100 * flagged) / all).toFixed(1)} % |\n`);
  };

  process.stdout.write('| pictures | number | flagged |\n|---|---:|---:|\n');
  const validation = new Set((await readOwnTable(model.tree, runPaths(run).validation)).ids);
  const galaxies = (await openImages(images)).filter(({ id }) => validation.has(id));
  await report('validation galaxies', galaxies);
  const chosen = evenly(galaxies, count);
  for (const [kind, change] of Object.entries(CHANGES)) {
    const changed = chosen.map(async ({ id, image }, i) => {
      const { square: whole } = await nodePlatform.readPicture(image);
      if (squareSide(whole!) % 4 !== 0)
        throw new UserError(`${id}: expected a side of a multiple of 4 pixels`);
      const pixels = await change(whole!, new Random(SEED, 'test', i));
      return { id, image: { kind: 'pixels', name: id, pixels } as const };
    });
    await report(kind, await Promise.all(changed));
  }
  const sky = join(scratchFolder(), 'sky');
  await writeSky({ out: sky, train: count, test: 0, seed: SEED, config: FREE_SKY });
  await report('the simulated sky', await openImages(join(sky, 'images_training_rev1')));
  for (const folder of others?.split(',') ?? [])
    await report(folder, evenly(await openImages(folder), count));
}
