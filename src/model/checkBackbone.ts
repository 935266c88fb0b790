/** Compares the graph that is built of an ONNX file with the file in ONNX Runtime. */
import { elements, GraphError, input, type Tensor } from '../engine/graph/tensor.ts';
import { isTokens, normalisation } from '../engine/nn/backbone.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { mapOf } from '../engine/nn/layer.ts';
import type { LayerDescription } from '../engine/nn/layers.ts';
import { NCHW } from '../engine/nn/layout.ts';
import type { Layer } from '../engine/nn/network.ts';
import { onlyInput } from '../engine/onnx/read/build.ts';
import type { OnnxFile } from '../engine/onnx/read/parse.ts';
import { shapesOf } from '../engine/onnx/read/pooled.ts';
import { ENDS, withEnds } from '../engine/onnx/read/skeleton.ts';
import { OutOfMemory, shorten, UserError } from '../errors.ts';
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

/** Builds a graph for some pictures. @throws UserError if it cannot be built for so many */
function forPictures(pictures: number, build: () => Tensor): Tensor {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    throw new UserError(`${error.message}; the graph can be built for 1 picture, but not for ${pictures}`, {
      cause: error,
    });
  }
}

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
  const one = channels * size ** 2;
  const images = Float32Array.from({ length: Math.max(...COMPARED) * one }, () => random.uniform(-1, 1));
  const normalised = images.map((value, i) => {
    const channel = Math.floor(i / size ** 2) % channels;
    return value * scale[channel]! + shift[channel]!;
  });
  const original = new Original(opened, own.until, [channels, size, size]);
  for (const pictures of COMPARED) {
    const map = { layout: NCHW, tensor: input('image', [pictures, channels, size, size]) };
    const y = forPictures(pictures, () => layer.forward({ kind: 'map', ...map }, build).tensor);
    const program = await platform.compile({ y }, { name: 'cpu', threads: 0 });
    const ours = (await program.run({ image: images.subarray(0, pictures * one) })).y;
    await program.release();
    const theirs = await original.run(
      platform,
      normalised.subarray(0, pictures * one),
      ours.length / pictures,
    );
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

/** A value of an ONNX file, as ONNX Runtime computes it. */
class Original {
  private readonly path: string;
  private readonly bytes: Uint8Array;
  /** The number of pictures that the file is for, if it is fixed. */
  private readonly batch: number | undefined;

  /** @param sizes of a picture, [C, H, W] */
  constructor(
    { bytes, file, path }: OpenedFile,
    output: string,
    private readonly sizes: readonly number[],
  ) {
    const picture = onlyInput(file, path);
    const [shape] = shapesOf(file, [1, ...sizes], [output], path);
    this.path = path;
    this.batch = picture.shape[0];
    this.bytes = withEnds(bytes, picture, output, isTokens({ shape: shape! }));
  }

  /**
   * The value for some pictures. A file for a fixed number of them runs several times.
   * @param image `[N, C, H, W]`
   * @param each numbers of the value for one picture
   * @throws UserError that names the file if ONNX Runtime cannot run it
   */
  async run(platform: Platform, image: Float32Array, each: number): Promise<Float32Array> {
    const one = elements(this.sizes);
    const pictures = image.length / one;
    const { batch = pictures } = this;
    const results = new Float32Array(Math.ceil(pictures / batch) * batch * each);
    try {
      const program = await platform.load(this.bytes, {
        inputs: { [ENDS.input]: [batch, ...this.sizes] },
        outputs: { [ENDS.output]: [batch * each] },
      });
      for (let first = 0; first < pictures; first += batch) {
        const part = new Float32Array(batch * one);
        part.set(image.subarray(first * one, (first + batch) * one));
        results.set((await program.run({ [ENDS.input]: part }))[ENDS.output]!, first * each);
      }
      await program.release();
    } catch (error) {
      if (error instanceof OutOfMemory) throw error;
      throw new UserError(
        `${this.path}: ONNX Runtime cannot run it: ${shorten((error as Error).message, 300)}`,
      );
    }
    return results.subarray(0, pictures * each);
  }
}
