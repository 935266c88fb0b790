import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { duration } from '../report/table.ts';
import { trainSchema } from '../tasks/options.ts';
import type { TrainResult } from '../tasks/train.ts';
import { overridden, trainingSchema } from '../train/config.ts';
import { command } from './command.ts';
import { parseConfig, readConfig } from './flags.ts';
import { counted, shellWord } from './printable.ts';
import { onStop, STOPPED_BY_SIGNAL } from './signals.ts';

const { out, ...others } = trainSchema.shape;
const schema = z.strictObject({
  out,
  config: z.string().optional().meta({ value: 'FILE', description: 'settings as JSON; flags override them' }),
  ...others,
});

function describe({ stopped, epochs, seconds, best, last, run, probe }: TrainResult): string {
  const done = counted(epochs, 'epoch', 'epochs');
  if (stopped)
    return `stopped after ${done}; continue with: npx tuningfork train --out ${shellWord(run)} --resume`;
  if (probe) {
    const rmse = best ? `validation RMSE ${best.rmse.toFixed(5)}` : `training RMSE ${last!.rmse.toFixed(5)}`;
    return `trained a probe in ${duration(seconds)}: ${rmse}; run in ${run}`;
  }
  const rmse = best
    ? `best validation RMSE ${best.rmse.toFixed(5)} (epoch ${best.epoch})`
    : `training RMSE ${last?.rmse.toFixed(5)}`;
  return `trained ${done} in ${duration(seconds)}: ${rmse}; run in ${run}`;
}

export const trainCommand = command({
  name: 'train',
  description: 'train a network into a run folder: settings, metrics, checkpoints',
  schema,
  async run({ config, ...options }, terminal) {
    const inFile = config === undefined ? {} : parseConfig(trainingSchema, await readConfig(config), config);
    const { out } = options;
    const settings = { ...overridden(inFile, options), out };
    const stopping = onStop(terminal, () => existsSync(join(options.out, 'config.json')));
    const { signal } = stopping;
    const { train } = await import('../tasks/train.ts');
    const result = await train({ ...settings, signal, ...terminal.listening }).finally(stopping.end);
    if (result.stopped && !result.resumable) throw new Error('stopped before the training began');
    terminal.result(describe(result), result);
    if (result.stopped) process.exitCode = STOPPED_BY_SIGNAL;
  },
});
