/** Measures a network that is being trained: its current weights are fed to one compiled evaluation program. */

import { input, type Tensor } from '../engine/graph/tensor.ts';
import type { ConvolutionMethod } from '../engine/nn/convolution.ts';
import { inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN } from '../engine/nn/layout.ts';
import type { Program } from '../engine/runtime/program.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { inferenceGraph } from '../model/inference.ts';
import type { ImageWorkers } from '../node/pictures/workers.ts';
import { NEUTRAL_VIEW } from '../picture/view.ts';
import { fillTarget, galaxyJob, type LabelledGalaxy, sumOfSquaredErrors } from './batches.ts';

/** The fractions of a batch, [N, 37]; parameters and running statistics are inputs. */
export function evaluationGraph(network: GalaxyNetwork, batch: number, method: ConvolutionMethod): Tensor {
  const { size, channels } = network.description.input;
  const inputs = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const build = inferenceBuild((name) => inputs.get(name)!, method);
  const image = input('image', [size, size, channels, batch]);
  return inferenceGraph(network, image, HWCN, build);
}

/**
 * The predictions for galaxies, one neutral view each, [N, 37].
 * @param state parameters by name
 */
export async function predictNeutral(
  program: Program,
  state: ReadonlyMap<string, Float32Array>,
  galaxies: readonly LabelledGalaxy[],
  workers: ImageWorkers,
): Promise<Float32Array> {
  const [size, , , capacity] = program.inputs.image as [number, number, number, number];
  const starts = Array.from({ length: Math.ceil(galaxies.length / capacity) }, (_, i) => i * capacity);
  const jobs = starts.map((start) =>
    galaxyJob(galaxies.slice(start, start + capacity), () => NEUTRAL_VIEW, { size, capacity }),
  );
  const [, columns] = program.outputs.fractions as [number, number];
  const predictions = new Float32Array(galaxies.length * columns);
  let done = 0;
  for await (const { data, job } of workers.batches(jobs)) {
    const { fractions } = await program.run({ ...Object.fromEntries(state), image: data });
    workers.recycle(data);
    predictions.set(fractions!.subarray(0, job.members.length * columns), done * columns);
    done += job.members.length;
  }
  return predictions;
}

/** The pooled RMSE over galaxies × 37, exact: no mean of batches. */
export async function validate(...given: Parameters<typeof predictNeutral>): Promise<number> {
  const predictions = await predictNeutral(...given);
  const [, , galaxies] = given;
  const truth = fillTarget(galaxies, new Float32Array(predictions.length));
  return Math.sqrt(sumOfSquaredErrors(predictions, truth) / predictions.length);
}
