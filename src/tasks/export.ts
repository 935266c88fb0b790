import { extname } from 'node:path';
import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import { modelHash } from '../model/hash.ts';
import { encodeModel, type Model } from '../model/model.ts';
import { nodePlatform } from '../node/platform.ts';
import { RECORD_SIZE } from '../picture/record.ts';
import { type ExportOptions, exportOnnx } from '../predict/export.ts';
import { Random } from '../random/philox.ts';
import { modelInputs, openModelOf } from './model.ts';
import { checkedOptions, exportSchema } from './options.ts';
import { checkEnding, checkNoInput } from './outputs.ts';

const { files } = nodePlatform;

export interface ExportResult {
  out: string;
  bytes: number;
  /** The file of the network's weights. */
  weights: string;
  /** Pictures that an ONNX file takes at a time. */
  pictures?: 'any' | 'one';
}

/** The largest difference between the fractions of two pictures together and one by one. */
const TOLERANCE = 1e-4;

/**
 * True if an exported file gives for two pictures what it gives for each of them. Networks of other programs may have graphs that mix
 * the pictures with other axes, such as a transformer's class token.
 */
async function takesSeveral(
  bytes: Uint8Array,
  model: Model,
  input: ExportOptions['input'],
): Promise<boolean> {
  const { size, channels } = model.network.input;
  const side = input === 'picture' ? RECORD_SIZE : size;
  const one = channels * side ** 2;
  const random = new Random(1, 'check');
  const pixels = Float32Array.from({ length: 2 * one }, () => random.uniform(0, 255));
  const predicted = async (pictures: Float32Array) => {
    const count = pictures.length / one;
    const program = await nodePlatform.load(bytes, {
      inputs: { image: [count, channels, side, side] },
      outputs: { fractions: [count * model.tree.columns.length] },
    });
    try {
      return (await program.run({ image: pictures })).fractions!;
    } finally {
      await program.release();
    }
  };
  const alone = [await predicted(pixels.subarray(0, one)), await predicted(pixels.subarray(one))];
  const expected = alone.flatMap((fractions) => Array.from(fractions));
  const together = await predicted(pixels).catch(() => undefined);
  return together?.every((value, i) => Math.abs(value - expected[i]!) <= TOLERANCE) ?? false;
}

/** An ONNX file for any number of pictures, or, if the network's graph does not allow that, for one at a time. */
async function asOnnx(
  model: Model,
  input: ExportOptions['input'],
): Promise<Pick<ExportResult, 'pictures'> & { content: Uint8Array }> {
  const options = { input, hash: await modelHash(model) };
  const content = exportOnnx(model, options);
  const isForeign = model.network.layers.some((layer) => 'onnx' in layer);
  if (!isForeign || (await takesSeveral(content, model, input))) return { content, pictures: 'any' };
  return { content: exportOnnx(model, { ...options, pictures: 'one' }), pictures: 'one' };
}

/**
 * Writes a trained network by the ending of `out`: `.onnx`, or `.safetensors`, a model file with PyTorch's names.
 * @throws OptionError for a wrong option; UserError if the network cannot be read
 * @example await exportModel({ run: 'runs/first', out: 'model.onnx' });
 */
export async function exportModel(options: z.input<typeof exportSchema>): Promise<ExportResult> {
  const { out, input, precision, ...source } = checkedOptions(exportSchema, options);
  checkEnding('out', out, '.onnx', '.safetensors');
  const isOnnx = extname(out).toLowerCase() === '.onnx';
  if (input !== undefined && !isOnnx)
    throw new OptionError('input', 'requires `out` to be an ONNX file', input);
  if (precision !== undefined && isOnnx)
    throw new OptionError('precision', 'requires `out` to be a model file, .safetensors', precision);
  checkNoInput('out', out, modelInputs(source));
  const model = await openModelOf(source);
  const { content, ...about } = isOnnx
    ? await asOnnx(model, input)
    : { content: encodeModel(model, precision) };
  await files.write(out, content);
  return { out, bytes: content.length, weights: model.file, ...about };
}
