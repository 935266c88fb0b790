/** Predicts the validation galaxies during training, with one compiled program whose inputs are the weights. */
import type { LabelledGalaxy } from '../data/labels.ts';
import { input } from '../engine/graph/tensor.ts';
import type { ConvolutionMethod } from '../engine/nn/convolution.ts';
import { inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN } from '../engine/nn/layout.ts';
import type { Program } from '../engine/runtime/program.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { inferenceOutputs, type Predicted } from '../model/inference.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import type { PictureReader } from '../platform.ts';
import { neutralJobs } from './batches.ts';

/** The graphs of the predictions of a batch. Parameters and running statistics are inputs. */
export function evaluationOutputs(network: GalaxyNetwork, batch: number, method: ConvolutionMethod) {
  const { size, channels } = network.description.input;
  const inputs = new Map(network.parameters.map(({ name, shape }) => [name, input(name, shape)]));
  const build = inferenceBuild((name) => inputs.get(name)!, method);
  const image = input('image', [size, size, channels, batch]);
  return inferenceOutputs(network, image, HWCN, build);
}

/**
 * Predicts galaxies in one neutral view each.
 * @param program compiled from {@link evaluationOutputs}
 * @param state parameters by name
 */
export async function predictNeutral(
  program: Program,
  state: ReadonlyMap<string, Float32Array>,
  galaxies: readonly LabelledGalaxy[],
  reader: PictureReader,
  preprocessing?: Preprocessing,
): Promise<Predicted> {
  const [size, , , capacity] = program.inputs.image as [number, number, number, number];
  const jobs = neutralJobs(galaxies, { size, capacity, preprocessing });
  const [, columns] = program.outputs.fractions as [number, number];
  const empty = () => new Float32Array(galaxies.length * columns);
  const predicted: Predicted = {
    fractions: empty(),
    ...('concentrations' in program.outputs && { concentrations: empty() }),
  };
  let done = 0;
  for await (const { data, job } of reader.batches(jobs)) {
    const outputs = await program.run({ ...Object.fromEntries(state), image: data });
    reader.recycle(data);
    for (const [name, rows] of Object.entries(predicted))
      rows.set(outputs[name]!.subarray(0, job.members.length * columns), done * columns);
    done += job.members.length;
  }
  return predicted;
}
