import { extname } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { checkNoInput, runFiles } from './outputs.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

interface Flags extends TerminalOptions {
  run: string;
  out: string;
}

async function run(flags: Flags): Promise<void> {
  const terminal = new Terminal(flags);
  const format = extname(flags.out);
  if (format !== '.onnx' && format !== '.safetensors') {
    throw new UserError(`--out ${flags.out}: expected a name that ends in .onnx or .safetensors`);
  }
  checkNoInput('--out', flags.out, { '--run': runFiles(flags.run) });
  const { openRun } = await import('../run/openRun.node.ts');
  const { writeFileAtomically } = await import('../node/files/atomic.ts');
  const model = await openRun(flags.run);
  const bytes =
    format === '.onnx'
      ? (await import('../predict/export.ts')).exportOnnx(model)
      : (await import('../model/model.ts')).encodeModel(model);
  await writeFileAtomically(flags.out, bytes);
  terminal.result(`${flags.out}: ${(bytes.length / 1e6).toFixed(1)} MB from ${model.file}`, {
    out: flags.out,
    bytes: bytes.length,
    weights: model.file,
  });
}

export function addExport(command: Command): void {
  command
    .description("write a run's network for others: ONNX, or safetensors in PyTorch's names and layouts")
    .requiredOption('--run <RUN>', 'a run of `tuningfork train`')
    .requiredOption('--out <FILE>', 'MODEL.onnx or WEIGHTS.safetensors')
    .action(run);
}
addExport.command = 'export';
