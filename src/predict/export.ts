/** A model as one plain ONNX file that any runtime loads. */
import { multiply, subtract } from '../engine/graph/elementwise.ts';
import { fold } from '../engine/graph/fold.ts';
import { matmul } from '../engine/graph/matmul.ts';
import { constant, input, type Tensor } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { NCHW } from '../engine/nn/layout.ts';
import { writeOnnx } from '../engine/onnx/write.ts';
import { inferenceGraph } from '../model/inference.ts';
import { describeModel, type Model, networkOf } from '../model/model.ts';
import { testViews } from '../picture/augmentation.ts';
import type { Preprocessing } from '../picture/preprocessing.ts';
import { RECORD_SIZE } from '../picture/record.ts';
import { toAffine } from '../picture/view.ts';

export interface ExportOptions {
  /** The input: the view that the network sees, or the whole picture, from which the graph draws the view. Default: `view`. */
  input?: 'view' | 'picture';
  /** Pictures N that the file takes. Default: any number. */
  pictures?: 'any' | 'one';
  /** SHA-256 of the model's file, for the metadata. */
  hash?: string;
}

type ExportedModel = Pick<Model, 'network' | 'weights' | 'tree' | 'preprocessing'> & Partial<Model>;

/** The neutral view `[N, bands, size, size]` of records `[N, bands, 212, 212]`, as `drawViews` draws it. */
function drawNeutralView(records: Tensor, preprocessing: Preprocessing): Tensor {
  const { size } = preprocessing;
  const { xu, x0 } = toAffine(testViews(1, preprocessing)[0]!, size);
  const weights = new Float32Array(size * RECORD_SIZE);
  const edge = RECORD_SIZE - 1;
  for (let u = 0; u < size; u++) {
    const x = Math.min(Math.max(xu * u + x0, 0), edge);
    const i = Math.min(Math.floor(x), edge - 1);
    weights.set([1 - (x - i), x - i], u * RECORD_SIZE + i);
  }
  const along = constant(weights, [size, RECORD_SIZE]);
  return matmul(along, matmul(records, along, false, true));
}

/**
 * An ONNX file with input `image` and output `fractions` `[N, answers]`. `image` is the view that the network sees,
 * `[N, bands, H, W]`, or with the input `picture` the whole picture, `[N, bands, 212, 212]`, from which the graph draws the view.
 * Values are 0…255, or 0…65535 with a stretch; the graph normalises them. The file's metadata describe the model.
 * @example await writeFile('model.onnx', exportOnnx(await openRun('runs/first'), { input: 'picture' }));
 */
export function exportOnnx(model: ExportedModel, options: ExportOptions = {}): Uint8Array {
  const { preprocessing } = model;
  const isWhole = options.input === 'picture';
  const network = networkOf(model);
  const { scale, offset } = preprocessing.normalisation;
  const { size, channels } = network.description.input;
  const side = isWhole ? RECORD_SIZE : size;
  const image = input('image', [1, channels, side, side]);
  const view = isWhole ? drawNeutralView(image, preprocessing) : image;
  const normalised = subtract(multiply(view, constant(scale)), constant(-offset));
  const build = inferenceBuild(constantState(network, model.weights), 'direct');
  const fractions = inferenceGraph(network, normalised, NCHW, build);
  const metadata = metadataOf(model, options);
  const freeBatch = options.pictures !== 'one';
  return writeOnnx({ fractions: fold(fractions) }, { portable: true, freeBatch, metadata });
}

/** The metadata of the file, by names that begin with `tuningfork.`: texts as they are, everything else as JSON. */
function metadataOf(model: ExportedModel, { input = 'view', hash }: ExportOptions): Map<string, string> {
  const columns = model.tree.columns.map(({ name }) => name);
  const { head } = networkOf(model);
  const values = { input, columns, head, model: hash, ...describeModel(model) };
  return new Map(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        `tuningfork.${name}`,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
  );
}
