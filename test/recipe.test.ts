/** `npm run bench -- recipe` writes all that a replay needs. Worker threads run only JavaScript, so they come from the built package. */
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recipe, recordRecipe } from '../bench/recipe.ts';
import { TrainingStep } from '../src/engine/nn/trainingStep.ts';
import { decodeSafetensors, type Safetensors } from '../src/files/safetensors.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { compile } from '../src/node/runtime/device.ts';
import { trainingGraph } from '../src/train/step.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { expectSameBits, temporaryFolder } from './command.ts';
import { galaxyFractions, galaxyIds, writeSky } from './galaxies.ts';

vi.mock(
  '../src/node/pictures/workers.ts',
  () => import(/* @vite-ignore */ new URL('../dist/node/pictures/workers.js', import.meta.url).href),
);

const { path, remove } = temporaryFolder();
afterAll(remove);

const BATCH = 2;
const PICTURE = [3, 128, 128] as const;
const IDS = galaxyIds(24);

/** Converts pictures [N, C, H, W] to the layout of the training step, [H, W, C, N]. */
function toTrainingLayout(pictures: Float32Array): Float32Array {
  const values = pictures.length / BATCH;
  const places = PICTURE[1] * PICTURE[2];
  return Float32Array.from(pictures, (_, at) => {
    const [n, rest] = [at % BATCH, Math.floor(at / BATCH)];
    const [channel, place] = [rest % PICTURE[0], Math.floor(rest / PICTURE[0])];
    return pictures[n * values + channel * places + place]!;
  });
}

describe('the first steps of a recipe', () => {
  let file: Safetensors;
  const values = (name: string) => file.tensors.get(name)!.data as Float32Array;
  beforeAll(async () => {
    mkdirSync(path('sky'));
    await writeSky(path('sky'), IDS);
    const small = { batch: BATCH, channels: [4, 4, 4, 4], kernels: [3, 3, 3, 3] };
    const bytes = await recordRecipe('december-baseline', { data: path('sky'), ...small }, path('run'));
    file = decodeSafetensors(bytes, 'steps');
  });

  it('have the pictures and labels of ten batches', () => {
    const rows = new Set(IDS.map((id) => Float32Array.from(galaxyFractions(id)).join()));
    for (let n = 1; n <= 10; n++) {
      const pictures = file.tensors.get(`batch.${n}.pictures`)!;
      expect(pictures.shape).toEqual([BATCH, ...PICTURE]);
      expect(Math.max(...(pictures.data as Float32Array).map(Math.abs))).toBeLessThanOrEqual(1);
      const labels = file.tensors.get(`batch.${n}.labels`)!;
      expect(labels.shape).toEqual([BATCH, 37]);
      for (let row = 0; row < BATCH; row++)
        expect(rows).toContain(
          values(`batch.${n}.labels`)
            .slice(37 * row, 37 * (row + 1))
            .join(),
        );
    }
    expect(file.tensors.has('batch.11.pictures')).toBe(false);
  });

  it('have the settings of the recipe', () => {
    expect(file.metadata.recipe).toBe('december-baseline');
    expect(JSON.parse(file.metadata.settings!)).toMatchObject({
      network: 'baseline',
      batch: BATCH,
      learningRate: 1e-4,
      minLearningRate: 1e-8,
      loss: 'mse',
      crop: [184, 351],
    });
    expect([...values('learning_rates')]).toEqual(new Array(10).fill(Math.fround(1e-4)));
  });

  it('reproduce the recorded losses and weights when they are repeated', async () => {
    const network = new GalaxyNetwork(JSON.parse(file.metadata.network!), GALAXY_ZOO_2);
    const graph = trainingGraph(network, { batch: BATCH, loss: 'mse' });
    const program = await compile(graph.outputs, { name: 'cpu', threads: 0 });
    const initial = new Map(network.parameters.map(({ name }) => [name, values(name)]));
    const step = new TrainingStep(program, graph, initial, 1);
    const losses: number[] = [];
    for (let n = 1; n <= 10; n++) {
      const image = toTrainingLayout(values(`batch.${n}.pictures`));
      const { loss } = await step.run({ image, target: values(`batch.${n}.labels`) }, 1e-4, n);
      losses.push(loss);
    }
    await program.release();
    expect(losses).toEqual([...values('losses')]);
    const drawn = network.initialState(1);
    for (const { name } of network.parameters) {
      expectSameBits(values(`after.${name}`), step.state[name]!, `after.${name}`);
      expectSameBits(values(name), drawn.get(name)!, name);
    }
  });

  it('are refused for a recipe that does not exist', async () => {
    await expect(recipe(['june-cnn', '--data', path('sky')])).rejects.toThrow(
      'recipes/june-cnn.json: no such file',
    );
    await expect(recipe([])).rejects.toThrow('recipe: expected one name of a file in recipes/');
  });
});
