/** Measures a network that is being trained: its current weights are fed to one compiled evaluation program. */

import { input } from '../graph/tensor.ts';
import { testViews } from '../image/augmentation.ts';
import type { ImageWorkers } from '../image/workers.node.ts';
import { inferenceBuild, inferenceGraph } from '../networks/inference.ts';
import type { ConvolutionMethod } from '../nn/convolution.ts';
import { HWCN } from '../nn/layout.ts';
import type { Network } from '../nn/network.ts';
import { compile, type Device } from '../runtime/device.node.ts';
import type { Program } from '../runtime/program.ts';
import type { StoredGalaxy } from './data.node.ts';

/** Compiles the evaluation program: parameters and running statistics are inputs. */
export function compileEvaluation(
  network: Network,
  batch: number,
  method: ConvolutionMethod,
  device: Device,
): Promise<Program> {
  const { size, channels } = network.description.input;
  const inputs = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const build = inferenceBuild((name) => inputs.get(name)!, method);
  const image = input('image', [size, size, channels, batch]);
  return compile({ fractions: inferenceGraph(network, image, HWCN, build) }, device);
}

/** Splits a list into pieces of `size`, the last one shorter. */
export function pieces<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}

/**
 * The pooled RMSE over galaxies × 37, one neutral view each, exact: no mean of batches.
 * @param state parameters by name, as the training holds them
 */
export async function validate(
  program: Program,
  state: Readonly<Record<string, Float32Array>>,
  galaxies: readonly StoredGalaxy[],
  store: string,
  workers: ImageWorkers,
): Promise<number> {
  const [size, , , capacity] = program.inputs.image;
  const views = testViews(1);
  const jobs = pieces(galaxies, capacity).map((members) => ({
    items: members.map(({ record }) => ({
      image: { kind: 'record' as const, path: store, index: record },
      views,
    })),
    size,
    capacity,
    members,
  }));
  let squaredError = 0;
  for await (const { data, job } of workers.batches(jobs)) {
    const { fractions } = await program.run({ ...state, image: data });
    workers.recycle(data);
    job.members.forEach(({ fractions: truth }, row) => {
      truth.forEach((value, column) => {
        squaredError += (fractions[row * truth.length + column] - value) ** 2;
      });
    });
  }
  return Math.sqrt(squaredError / (galaxies.length * galaxies[0].fractions.length));
}
