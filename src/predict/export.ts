/** A model as one plain ONNX file that any runtime loads. */
import { multiply, subtract } from '../engine/graph/elementwise.ts';
import { fold } from '../engine/graph/fold.ts';
import { constant, input } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { NCHW } from '../engine/nn/layout.ts';
import { writeOnnx } from '../engine/onnx/write.ts';
import { inferenceGraph } from '../model/inference.ts';
import { type Model, networkOf } from '../model/model.ts';

/**
 * An ONNX file with input `image` `[N, bands, H, W]`, values 0…255, and output `fractions` `[N, answers]`; N is free. It
 * normalises pixels itself.
 * @example await writeFile('model.onnx', exportOnnx(await openRun('runs/first')));
 */
export function exportOnnx(model: Pick<Model, 'network' | 'weights' | 'tree' | 'preprocessing'>): Uint8Array {
  const network = networkOf(model);
  const { scale, offset } = model.preprocessing.normalisation;
  const { size, channels } = network.description.input;
  const image = input('image', [1, channels, size, size]);
  const normalised = subtract(multiply(image, constant(scale)), constant(-offset));
  const build = inferenceBuild(constantState(network, model.weights), 'direct');
  const fractions = inferenceGraph(network, normalised, NCHW, build);
  return writeOnnx({ fractions: fold(fractions) }, { portable: true, freeBatch: true });
}
