/** Compares the graph that is built of an ONNX file with the file in ONNX Runtime. */
import { input } from '../engine/graph/tensor.ts';
import { normalisation } from '../engine/nn/backbone.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { mapOf } from '../engine/nn/layer.ts';
import type { LayerDescription } from '../engine/nn/layers.ts';
import { NCHW } from '../engine/nn/layout.ts';
import type { Layer } from '../engine/nn/network.ts';
import { onlyInput } from '../engine/onnx/read/build.ts';
import type { OnnxFile } from '../engine/onnx/read/parse.ts';
import { ENDS, withEnds } from '../engine/onnx/read/skeleton.ts';
import { UserError } from '../errors.ts';
import type { Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';

/** An ONNX file that was read. */
export interface OpenedFile {
  readonly bytes: Uint8Array;
  readonly file: OnnxFile;
  readonly path: string;
}

/** Numbers of pictures for which results are compared. */
const COMPARED = [1, 2, 7];

/** The largest difference, as a share of the largest value. */
const TOLERANCE = 1e-4;

/** The largest absolute value of numbers; NaN if one is. */
const largest = (values: Float32Array) =>
  values.reduce((most, value) => (Math.abs(value) <= most ? most : Math.abs(value)), 0);

/**
 * Compares a layer `onnx` with ONNX Runtime's results for its file, on random pictures.
 * @param weights of the layer's parameters, by name
 * @throws UserError if results differ by more than 1e-4 of the largest value, or are not finite
 */
export async function checkBackbone(
  platform: Platform,
  layer: Layer,
  opened: OpenedFile,
  weights: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const { onnx: own } = layer.description as Extract<LayerDescription, { onnx: unknown }>;
  const { size, channels } = mapOf(layer.input);
  const { scale, shift } = normalisation(own, channels);
  const random = new Random(1, 'check');
  const build = inferenceBuild(constantState(layer, weights), 'direct');
  for (const pictures of COMPARED) {
    const shape = [pictures, channels, size, size];
    const image = Float32Array.from({ length: pictures * channels * size ** 2 }, () => random.uniform(-1, 1));
    const normalised = image.map((value, i) => {
      const channel = Math.floor(i / size ** 2) % channels;
      return value * scale[channel]! + shift[channel]!;
    });
    const map = { layout: NCHW, tensor: input('image', shape) };
    const { tensor: y } = layer.forward({ kind: 'map', ...map }, build);
    const program = await platform.compile({ y }, { name: 'cpu', threads: 0 });
    const ours = (await program.run({ image })).y;
    await program.release();
    const theirs = await runFile(platform, opened, own.until, normalised, shape, ours.length);
    const scaleOfAll = largest(theirs);
    if (!Number.isFinite(scaleOfAll))
      throw new UserError(`${opened.path}: gives numbers that are not finite, for pictures of random pixels`);
    const error = largest(ours.map((value, i) => value - theirs[i]!)) / (scaleOfAll || 1);
    if (error <= TOLERANCE) continue;
    throw new UserError(
      `${opened.path}: its graph, as it is read here, differs from ONNX Runtime's by ${error.toPrecision(2)} of the largest value, for a batch of ${pictures}; expected ${TOLERANCE} at most`,
    );
  }
}

/**
 * A value of an ONNX file, as ONNX Runtime computes it. A file for a fixed number of pictures runs several times.
 * @param image `[N, C, H, W]`
 * @param count numbers of the value for all pictures
 */
async function runFile(
  platform: Platform,
  { bytes, file, path }: OpenedFile,
  output: string,
  image: Float32Array,
  [pictures, ...sizes]: readonly number[],
  count: number,
): Promise<Float32Array> {
  const { name, type, shape } = onlyInput(file, path);
  const together = shape[0] ?? pictures!;
  const [one, each] = [image.length / pictures!, count / pictures!];
  const program = await platform.load(withEnds(bytes, name, type, output), {
    inputs: { [ENDS.input]: [together, ...sizes] },
    outputs: { [ENDS.output]: [together * each] },
  });
  const results = new Float32Array(Math.ceil(pictures! / together) * together * each);
  for (let first = 0; first < pictures!; first += together) {
    const part = new Float32Array(together * one);
    part.set(image.subarray(first * one, (first + together) * one));
    results.set((await program.run({ [ENDS.input]: part }))[ENDS.output]!, first * each);
  }
  await program.release();
  return results.subarray(0, count);
}
