import { extname } from 'node:path';
import type { z } from 'zod';
import { encodeModel } from '../model/model.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { exportOnnx } from '../predict/export.ts';
import { modelInputs, openModelOf } from './network.ts';
import { checkedOptions, exportSchema } from './options.ts';
import { checkEnding, checkNoInput } from './outputs.ts';

export interface ExportResult {
  out: string;
  bytes: number;
  /** The file of the network's weights. */
  weights: string;
}

/**
 * Writes a trained network as an ONNX file, or as a model file (safetensors with PyTorch's names), by the ending of `out`.
 * @throws UserError
 * @example await exportModel({ run: 'runs/first', out: 'model.onnx' });
 */
export async function exportModel(options: z.input<typeof exportSchema>): Promise<ExportResult> {
  const { out, ...source } = checkedOptions(exportSchema, options);
  checkEnding('out', out, '.onnx', '.safetensors');
  checkNoInput('out', out, modelInputs(source));
  const model = await openModelOf(source);
  const bytes = extname(out).toLowerCase() === '.onnx' ? exportOnnx(model) : encodeModel(model);
  await writeFileAtomically(out, bytes);
  return { out, bytes: bytes.length, weights: model.file };
}
