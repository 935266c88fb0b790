/** A trained network as one plain ONNX file, that any runtime loads. */
import { multiply, subtract } from '../engine/graph/elementwise.ts';
import { fold } from '../engine/graph/fold.ts';
import { constant, input } from '../engine/graph/tensor.ts';
import { NCHW } from '../engine/nn/layout.ts';
import { writeOnnx } from '../engine/onnx/write.ts';
import type { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { constantState, inferenceBuild, inferenceGraph } from '../model/inference.ts';

/**
 * The bytes of an ONNX model with input `image` [N, 3, 128, 128], values 0…255, and output `fractions` [N, 37]; N is free.
 * The pixels' normalisation is part of it.
 * @example
 * const { network, weights } = await openRun('runs/first');
 * await writeFile('model.onnx', exportOnnx(network, weights));
 */
export function exportOnnx(network: GalaxyNetwork, weights: ReadonlyMap<string, Float32Array>): Uint8Array {
  const { size, channels } = network.description.input;
  const image = input('image', [1, channels, size, size]);
  const normalised = subtract(multiply(image, constant(2 / 255)), constant(1)); // (x/255 - 0.5) / 0.5
  const build = inferenceBuild(constantState(network, weights), 'direct');
  const fractions = inferenceGraph(network, normalised, NCHW, build);
  return writeOnnx({ fractions: fold(fractions) }, { portable: true, freeBatch: true });
}
