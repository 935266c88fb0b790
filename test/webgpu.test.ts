/** Programs give the same results on WebGPU as on the CPU. A software Vulkan driver runs them, slowly but correctly. */
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type OperationName, operations } from '../src/engine/graph/operations.ts';
import { elements } from '../src/engine/graph/tensor.ts';
import type { ConvolutionMethod } from '../src/engine/nn/convolution.ts';
import type { LayerDescription } from '../src/engine/nn/layers.ts';
import { TrainingStep } from '../src/engine/nn/trainingStep.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { compile } from '../src/node/runtime/device.ts';
import type { Placement } from '../src/platform.ts';
import { predictionOutputs } from '../src/predict/predict.ts';
import { Random } from '../src/random/philox.ts';
import { trainingGraph } from '../src/train/step.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { SMALL, temporaryFolder, tuningfork } from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';
import { expectReference } from './operationSamples.ts';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const INSTALLATION = 'apt-get install --no-install-recommends chromium-common libvulkan1';
const WEBGPU = { name: 'webgpu', threads: 0 };

const hasDriver = existsSync(DRIVER);
// Vulkan reads it when the first program is compiled.
if (hasDriver) process.env.VK_ICD_FILENAMES = DRIVER;

function describeWithDriver(name: string, tests: () => void): void {
  if (hasDriver) describe(name, tests);
  else describe.skip(`${name} (skipped: ${DRIVER} is not here; ${INSTALLATION})`, tests);
}

/** The error that WGSL allows (https://www.w3.org/TR/WGSL/#floating-point-accuracy). */
const WAVE_ERROR = 2 ** -11;

describeWithDriver('every operation, on webgpu', () => {
  // WGSL is less accurate than the CPU: exp is exact to a few units in the last place, a quotient to 2.5.
  it.each(Object.keys(operations) as OperationName[])('%s agrees with its reference', (name) => {
    const tolerance = name === 'sine' || name === 'cosine' ? WAVE_ERROR : 1e-5;
    return expectReference(name, WEBGPU, { numRuns: 6, tolerance });
  });
});

const BATCH = 8;
const SIZE = 16;

const network = (...layers: LayerDescription[]) =>
  new GalaxyNetwork({ input: { size: SIZE, channels: 3 }, layers }, GALAXY_ZOO_2);

/** Every kind of layer. Gradients go from 6 channels to 4; see `WEBGPU` in src/node/runtime/device.ts. */
const EVERY_LAYER = network(
  { convolution: { channels: 4, kernel: 5, pool: 'max' } },
  { convolution: { channels: 6, kernel: 3, pool: 'average', attention: { cbam: { reduction: 2 } } } },
  { convolution: { channels: 5, kernel: 1 } },
  { flatten: true },
  { dense: 12 },
  { dropout: 0.5 },
  { dense: 37 },
);

/** The convolutions of `EVERY_LAYER`: the driver takes seconds to compile a program's shaders. */
const CONVOLUTIONS = network(
  { convolution: { channels: 4, kernel: 5, pool: 'max' } },
  { convolution: { channels: 6, kernel: 3, pool: 'average' } },
  { flatten: true },
  { dense: 37 },
);

/** Takes two steps. @returns their results, and where the operations ran */
async function train(name: string, network: GalaxyNetwork, method: ConvolutionMethod, loss: 'bce' | 'mse') {
  const graph = trainingGraph(network, { batch: BATCH, loss, method });
  let placement: Placement | undefined;
  const onPlacement = (told: Placement) => {
    placement = told;
  };
  const program = await compile(graph.outputs, { name, threads: 1, onPlacement });
  const step = new TrainingStep(program, graph, network.initialState(1), 1);
  const random = new Random(1, 'test');
  const uniform = (length: number, low: number) =>
    Float32Array.from({ length }, () => random.uniform(low, 1));
  const image = uniform(elements([SIZE, SIZE, 3, BATCH]), -1);
  const target = uniform(elements([BATCH, 37]), 0);
  const losses: number[] = [];
  const predictions: number[] = [];
  for (const at of [1, 2]) {
    const result = await step.run({ image, target }, 1e-3, at);
    losses.push(result.loss);
    predictions.push(...result.prediction);
  }
  await program.release();
  return { losses, predictions, state: step.state, placement };
}

describeWithDriver('a training, on webgpu', () => {
  it.each([
    ['spectral', 'bce', EVERY_LAYER],
    ['direct', 'mse', CONVOLUTIONS],
  ] as const)(
    'with %s convolutions and loss %s gives the results of the CPU',
    async (method, loss, network) => {
      const cpu = await train('cpu', network, method, loss);
      const webgpu = await train('webgpu', network, method, loss);
      expect([...cpu.placement!.keys()]).toEqual(['cpu']);
      expect([...webgpu.placement!.keys()]).toEqual(['webgpu']);
      expect(difference(webgpu.losses, cpu.losses)).toBeLessThan(1e-5);
      expect(difference(webgpu.predictions, cpu.predictions)).toBeLessThan(1e-5);
      for (const [name, values] of Object.entries(cpu.state)) {
        expect(difference(webgpu.state[name]!, values), name).toBeLessThan(1e-5);
      }
    },
  );
});

/** The predictions for one batch, compiled for a number of views. */
async function predictBatch(name: string, views: number): Promise<Float32Array> {
  const { description, tree } = CONVOLUTIONS;
  const weights = CONVOLUTIONS.initialState(1);
  const graph = predictionOutputs({ network: description, tree, weights }, BATCH, views);
  const program = await compile(graph, { name, threads: 1 });
  const random = new Random(1, 'test');
  const image = Float32Array.from({ length: SIZE * SIZE * 3 * BATCH }, () => random.uniform(-1, 1));
  const { fractions } = await program.run({ image });
  await program.release();
  return fractions!;
}

describe('a prediction', () => {
  it('is the same for few views, with direct convolutions, and for many', async () => {
    expect(difference(await predictBatch('cpu', 1), await predictBatch('cpu', 1000))).toBeLessThan(1e-5);
  });
});

describeWithDriver('a prediction, on webgpu', () => {
  it.each([1, 1000])('of %i views gives the results of the CPU', async (views) => {
    expect(difference(await predictBatch('webgpu', views), await predictBatch('cpu', views))).toBeLessThan(
      1e-5,
    );
  });
});

describeWithDriver('a training on webgpu, where there is no adapter,', () => {
  const { path, remove } = temporaryFolder();
  afterAll(remove);

  it('is refused with a message and exit code 2', async () => {
    await writeSky(path('sky'), galaxyIds(8));
    const parameters = ['train', '--data', path('sky'), '--out', path('run'), '--device', 'webgpu', ...SMALL];
    const noDriver = { VK_ICD_FILENAMES: path('none.json') };
    const { code, stderr } = await tuningfork(parameters, undefined, noDriver);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tuningfork: --device webgpu: cannot be used here \(.*adapter.*\); .* cpu\b.*\n$/m,
    );
    expect(existsSync(path('run'))).toBe(false);
  });
});
