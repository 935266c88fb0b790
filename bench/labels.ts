/**
 * Compares the galaxies that the page proposes for labelling with random ones: `npm run bench -- labels [flags]`.
 *
 *     --pool N    galaxies of a simulated sky that may be labelled (default: 600)
 *     --test N    others, that the trained heads are scored on (default: 400)
 *     --seeds N   skies (default: 5)
 *
 * In each sky, the model in the package gives the features and, over four views, the disagreement of the pool. A last layer is then
 * trained on the first 25, 50, 100 and 200 galaxies of four orders: as proposed; the same without regard to disagreement ("covering"); by
 * disagreement alone; and at random. All are labelled by the same simulated volunteers, and scored on the same test galaxies. The difference to random is paired by sky.
 */

import { parseArgs } from 'node:util';
import { UserError } from '../src/errors.ts';
import { featureNetwork } from '../src/model/features.ts';
import { networkOf } from '../src/model/model.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { testViews } from '../src/picture/augmentation.ts';
import { galaxyFeatures, predictViews } from '../src/predict/predict.ts';
import { proposeGalaxies } from '../src/predict/proposals.ts';
import { meanOfViews, spreadOfViews } from '../src/predict/viewStatistics.ts';
import { Random } from '../src/random/philox.ts';
import { drawObject } from '../src/sky/population.ts';
import { renderPicture } from '../src/sky/render.ts';
import { voteCounts, voteFractions } from '../src/sky/votes.ts';
import { openModel } from '../src/tasks/model.ts';
import { fitProbe } from '../src/train/probe.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { parseCount } from './benchmark.ts';

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
  const orders = ['random', 'disagreement', 'covering', 'proposed'] as const;
  const scores = COUNTS.map(
    () =>
      ({ random: [], disagreement: [], covering: [], proposed: [] }) as Record<
        (typeof orders)[number],
        number[]
      >,
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
      covering: proposeGalaxies({ ...candidates, disagreement: disagreement.map(() => 1) }, COUNTS.at(-1)!),
      proposed: proposeGalaxies(candidates, COUNTS.at(-1)!),
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
