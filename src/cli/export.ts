import { exportSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const exportCommand = command({
  name: 'export',
  description: "write a run's network for other programs: ONNX, or safetensors with PyTorch's names",
  schema: exportSchema,
  async run(options, terminal) {
    const { exportModel } = await import('../tasks/export.ts');
    const result = await exportModel(options);
    const { out, bytes, weights, pictures } = result;
    const limit = pictures === 'one' ? '; it takes one picture at a time' : '';
    terminal.result(`${out}: ${(bytes / 1e6).toFixed(1)} MB from ${weights}${limit}`, result);
  },
});
