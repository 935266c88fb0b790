import { extname } from 'node:path';
import type { z } from 'zod';
import { OptionError } from '../errors.ts';
import { encodeModel } from '../model/model.ts';
import { nodeFiles } from '../node/files/files.ts';
import { exportOnnx } from '../predict/export.ts';
import { modelHash, modelInputs, openModelOf } from './model.ts';
import { checkedOptions, exportSchema } from './options.ts';
import { checkEnding, checkNoInput } from './outputs.ts';

export interface ExportResult {
  out: string;
  bytes: number;
  /** The file of the network's weights. */
  weights: string;
}

/**
 * Writes a trained network by the ending of `out`: `.onnx`, or `.safetensors`, a model file with PyTorch's names.
 * @throws OptionError for a wrong option; UserError if the network cannot be read
 * @example await exportModel({ run: 'runs/first', out: 'model.onnx' });
 */
export async function exportModel(options: z.input<typeof exportSchema>): Promise<ExportResult> {
  const { out, input, ...source } = checkedOptions(exportSchema, options);
  checkEnding('out', out, '.onnx', '.safetensors');
  const isOnnx = extname(out).toLowerCase() === '.onnx';
  if (input !== undefined && !isOnnx)
    throw new OptionError('input', 'requires `out` to be an ONNX file', input);
  checkNoInput('out', out, modelInputs(source));
  const model = await openModelOf(source);
  const bytes = isOnnx ? exportOnnx(model, { input, hash: modelHash(model) }) : encodeModel(model);
  await nodeFiles.write(out, bytes);
  return { out, bytes: bytes.length, weights: model.file };
}
