/**
 * Compares ways to choose the galaxies to label: `npm run bench -- labels [flags]`.
 *
 *     --pool N    galaxies of a simulated sky that may be labelled (default: 600)
 *     --test N    others, that the trained heads are scored on (default: 400)
 *     --seeds N   skies (default: 5)
 *
 * In each sky, the model in the package gives the features and, over four views, the disagreement of the pool. A last layer is then trained
 * on the first 25, 50, 100 and 200 galaxies of four orders: at random; by disagreement; by distance in the features; and by both (see
 * `proposeGalaxies`). All are labelled by the same simulated volunteers and scored on the same test galaxies. Differences from random are
 * paired by sky. The page shows galaxies at random, as no order needs reliably fewer labels.
 */
import { parseArgs } from 'node:util';
import { UserError } from '../src/errors.ts';
import { featureNetwork } from '../src/model/features.ts';
import { networkOf } from '../src/model/model.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { testViews } from '../src/picture/augmentation.ts';
import { galaxyFeatures, predictViews } from '../src/predict/predict.ts';
import { meanOfViews, spreadOfViews } from '../src/predict/viewStatistics.ts';
import { Random } from '../src/random/philox.ts';
import { drawObject } from '../src/sky/population.ts';
import { renderPicture } from '../src/sky/render.ts';
import { voteCounts, voteFractions } from '../src/sky/votes.ts';
import { openModel } from '../src/tasks/model.ts';
import { fitProbe } from '../src/train/probe.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { parseCount } from './benchmark.ts';

interface Candidates {
  /** Features of the galaxies, `[N, width]`. */
  readonly features: Float32Array;
  readonly width: number;
  /** Disagreement between the views of each galaxy, `[N]`, 0 or more. */
  readonly disagreement: ArrayLike<number>;
  /** Features of galaxies that have labels, `[M, width]`. */
  readonly labelled: Float32Array;
}

/** The features in units of their standard deviation over the candidates. */
function standardised({ features, width }: Candidates, of: Float32Array): Float32Array {
  const count = features.length / width;
  const [mean, square] = [new Float64Array(width), new Float64Array(width)];
  features.forEach((value, i) => {
    mean[i % width]! += value / count;
    square[i % width]! += value ** 2 / count;
  });
  const deviation = square.map((each, i) => Math.sqrt(Math.max(0, each - mean[i]! ** 2)) || 1);
  return of.map((value, i) => (value - mean[i % width]!) / deviation[i % width]!);
}

/** The distances of the rows of one table from those of another, `[one, other]`. */
function distances(one: Float32Array, other: Float32Array, width: number): Float32Array {
  const [rows, columns] = [one.length / width, other.length / width];
  const table = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let square = 0;
      for (let k = 0; k < width; k++) square += (one[i * width + k]! - other[j * width + k]!) ** 2;
      table[i * columns + j] = Math.sqrt(square);
    }
  }
  return table;
}

/**
 * Orders galaxies for labelling. Each next one lowers most the sum over all galaxies of their disagreement times their distance
 * to the nearest galaxy that is labelled or comes before it, in standardised features (greedy facility location: Nemhauser et
 * al. 1978, Mathematical Programming 14, 265).
 * @param count galaxies to propose, at most
 * @returns indices of candidates
 */
function proposeGalaxies(candidates: Candidates, count: number): number[] {
  const { width, disagreement } = candidates;
  const features = standardised(candidates, candidates.features);
  const labelled = standardised(candidates, candidates.labelled);
  const galaxies = features.length / width;
  const between = distances(features, features, width);
  const farthest = between.reduce((most, each) => Math.max(most, each), 0);
  const nearest = new Float64Array(galaxies).fill(farthest);
  const ofLabelled = distances(features, labelled, width);
  ofLabelled.forEach((distance, i) => {
    const galaxy = Math.floor(i / (labelled.length / width));
    nearest[galaxy] = Math.min(nearest[galaxy]!, distance);
  });
  const proposed: number[] = [];
  const isTaken = new Uint8Array(galaxies);
  while (proposed.length < Math.min(count, galaxies)) {
    let best = -1;
    let highest = -1;
    for (let candidate = 0; candidate < galaxies; candidate++) {
      if (isTaken[candidate]) continue;
      let gain = 0;
      for (let i = 0; i < galaxies; i++) {
        const nearer = nearest[i]! - between[candidate * galaxies + i]!;
        if (nearer > 0) gain += disagreement[i]! * nearer;
      }
      if (gain > highest) [best, highest] = [candidate, gain];
    }
    isTaken[best] = 1;
    proposed.push(best);
    for (let i = 0; i < galaxies; i++) nearest[i] = Math.min(nearest[i]!, between[best * galaxies + i]!);
  }
  return proposed;
}

const COUNTS = [25, 50, 100, 200];
const VIEWS = 4;
const FIRST = 100_001;
const DEVICE = { name: 'cpu', threads: 0 };
const COLUMNS = GALAXY_ZOO_2.columns.length;

/** A sky as the model sees it. */
interface SeenSky {
  /** Of the pool, then of the test galaxies, `[galaxies, width]`. */
  features: Float32Array;
  width: number;
  /** Of the pool. */
  disagreement: Float64Array;
  votes: Float32Array;
  fractions: Float32Array;
}

async function see(seed: number, pool: number, test: number): Promise<SeenSky> {
  const model = await openModel('models/box.safetensors');
  const { network } = featureNetwork(networkOf(model));
  const width = network.outputs;
  const all = pool + test;
  const sky: SeenSky = {
    features: new Float32Array(all * width),
    width,
    disagreement: new Float64Array(pool),
    votes: new Float32Array(all * COLUMNS),
    fractions: new Float32Array(all * COLUMNS),
  };
  const views = testViews(VIEWS, model.preprocessing);
  const together = 250; // pictures in memory
  for (let start = 0; start < all; start += together) {
    const rows = Array.from({ length: Math.min(together, all - start) }, (_, i) => start + i);
    const galaxies = rows.map((row) => {
      const object = drawObject(seed, FIRST + row);
      sky.votes.set(voteCounts(object, seed, FIRST + row), row * COLUMNS);
      sky.fractions.set(voteFractions(object, seed, FIRST + row), row * COLUMNS);
      const pixels = renderPicture(object, seed, FIRST + row);
      return { id: String(row), image: { kind: 'pixels', name: String(row), pixels } as const };
    });
    for await (const { id, features } of galaxyFeatures(nodePlatform, model, network, galaxies))
      sky.features.set(features, Number(id) * width);
    const inPool = galaxies.filter(({ id }) => Number(id) < pool);
    for await (const { galaxy, fractions } of predictViews(nodePlatform, model, inPool, views))
      sky.disagreement[Number(galaxy.id)] = Math.hypot(
        ...spreadOfViews(fractions, meanOfViews(fractions, COLUMNS)),
      );
  }
  return sky;
}

/** The RMSE on the test galaxies of a head that is trained on some of the pool. */
async function score(sky: SeenSky, pool: number, chosen: readonly number[], seed: number): Promise<number> {
  const { width } = sky;
  const all = sky.features.length / width;
  const rows = [...chosen, ...Array.from({ length: all - pool }, (_, i) => pool + i)];
  const pick = (table: Float32Array, columns: number) => {
    const picked = new Float32Array(rows.length * columns);
    for (const [i, row] of rows.entries())
      picked.set(table.subarray(row * columns, (row + 1) * columns), i * columns);
    return picked;
  };
  const fractions = pick(sky.fractions, COLUMNS);
  const weights = new Float32Array(chosen.length).fill(1);
  const data = {
    tree: GALAXY_ZOO_2,
    features: pick(sky.features, width),
    width,
    votes: pick(sky.votes, COLUMNS),
    fractions,
    weights,
  };
  const { predicted } = await fitProbe(nodePlatform, data, { seed, device: DEVICE });
  let sum = 0;
  const first = chosen.length * COLUMNS;
  for (let i = first; i < predicted.length; i++) sum += (predicted[i]! - fractions[i]!) ** 2;
  return Math.sqrt(sum / (predicted.length - first));
}

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

export async function labels(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: { pool: { type: 'string' }, test: { type: 'string' }, seeds: { type: 'string' } },
  });
  const [pool, test, seeds] = [
    parseCount('pool', values.pool ?? '600'),
    parseCount('test', values.test ?? '400'),
    parseCount('seeds', values.seeds ?? '5'),
  ];
  if (pool < COUNTS.at(-1)!) throw new UserError(`--pool ${pool}: expected ${COUNTS.at(-1)} or more`);
  const orders = ['random', 'disagreement', 'distance', 'both'] as const;
  const scores = COUNTS.map(
    () =>
      ({ random: [], disagreement: [], distance: [], both: [] }) as Record<(typeof orders)[number], number[]>,
  );
  for (let seed = 1; seed <= seeds; seed++) {
    const sky = await see(seed, pool, test);
    const { width, disagreement } = sky;
    const candidates = {
      features: sky.features.slice(0, pool * width),
      width,
      disagreement,
      labelled: new Float32Array(),
    };
    const lists = {
      random: [...new Random(seed, 'shuffle').permutation(pool)],
      disagreement: [...disagreement.keys()].sort((a, b) => disagreement[b]! - disagreement[a]!),
      distance: proposeGalaxies({ ...candidates, disagreement: disagreement.map(() => 1) }, COUNTS.at(-1)!),
      both: proposeGalaxies(candidates, COUNTS.at(-1)!),
    };
    for (const [i, count] of COUNTS.entries()) {
      for (const order of orders)
        scores[i]![order].push(await score(sky, pool, lists[order].slice(0, count), seed));
      const line = orders.map((order) => `${order} ${scores[i]![order].at(-1)!.toFixed(5)}`).join('  ');
      process.stdout.write(`sky ${seed}, ${String(count).padStart(3)} labels: ${line}\n`);
    }
  }
  process.stdout.write(
    `\nRMSE, mean of ${seeds} skies; difference to random, mean ± standard error of the pairs\n`,
  );
  for (const [i, count] of COUNTS.entries()) {
    const { random } = scores[i]!;
    const cells = orders.slice(1).map((order) => {
      const differences = scores[i]![order].map((each, sky) => each - random[sky]!);
      const middle = mean(differences);
      const variance =
        differences.reduce((sum, each) => sum + (each - middle) ** 2, 0) / Math.max(1, seeds - 1);
      const error = Math.sqrt(variance / seeds);
      return `${order} ${mean(scores[i]![order]).toFixed(5)} (${middle.toFixed(5)} ± ${error.toFixed(5)})`;
    });
    process.stdout.write(
      `${String(count).padStart(3)} labels: random ${mean(random).toFixed(5)}  ${cells.join('  ')}\n`,
    );
  }
}
