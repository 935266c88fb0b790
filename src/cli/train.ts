import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checked } from '../files/schema.ts';
import { readSettings } from '../node/files/read.ts';
import type { TrainingOutcome } from '../run/train.node.ts';
import { checkFolder, checkNoInput, dataFiles, runFiles, tableFiles } from '../tasks/outputs.ts';
import { type TrainingConfig, trainingSchema } from '../train/config.ts';
import { command } from './command.ts';
import { parseConfig } from './flags.ts';
import { counted, shellWord } from './printable.ts';
import { onStop, STOPPED_BY_SIGNAL } from './training.ts';

const schema = z.strictObject({
  out: z.string().meta({ value: 'RUN', description: "the run's folder" }),
  config: z.string().optional().meta({ value: 'FILE', description: 'settings as JSON; flags override them' }),
  resume: z.boolean().default(false).meta({ description: 'continue the run in the folder' }),
  ...trainingSchema.shape,
});

function describe(outcome: TrainingOutcome, out: string): string {
  const { stopped, epochs, best, last } = outcome;
  const done = counted(epochs, 'epoch', 'epochs');
  if (stopped)
    return `stopped after ${done}; continue with: npx tuningfork train --out ${shellWord(out)} --resume`;
  const rmse = best
    ? `best validation RMSE ${best.rmse.toFixed(5)} (epoch ${best.epoch})`
    : `training RMSE ${last?.rmse.toFixed(5)}`;
  return `trained ${done}: ${rmse}; run in ${out}`;
}

/** All settings: the flags', else those of the file, or of the run that is continued. */
async function resolveSettings({
  out,
  config,
  resume,
  ...given
}: z.input<typeof schema>): Promise<TrainingConfig> {
  const [{ readRunConfig }, { nodePlatform }] = await Promise.all([
    import('../run/openRun.ts'),
    import('../node/platform.ts'),
  ]);
  const settings = {
    ...(resume ? (await readRunConfig(nodePlatform.files, out)).training : {}),
    ...(config ? parseConfig(trainingSchema, await readSettings('--config', config), config) : {}),
    ...given,
  };
  return checked(trainingSchema, settings, `${out}: config.json`);
}

export const trainCommand = command({
  name: 'train',
  description: 'train a network and leave a run: settings, metrics, checkpoints',
  schema,
  async run(options, terminal) {
    const { out, resume } = options;
    const config = await resolveSettings(options);
    const { data, solutions, images, init } = config;
    const inputs = { data: dataFiles(data), solutions: tableFiles(solutions), images, init };
    checkNoInput('out', out, inputs, runFiles(out));
    checkFolder('out', out);

    const stopping = onStop(terminal, () => existsSync(join(out, 'config.json')));
    const [{ nodePlatform }, { train }] = await Promise.all([
      import('../node/platform.ts'),
      import('../run/train.node.ts'),
    ]);
    const { signal } = stopping;
    const listening = { resume, signal, ...terminal.listening };
    const outcome = await train(nodePlatform, config, out, listening).finally(stopping.end);
    if (outcome.stopped && !outcome.resumable) throw new Error('stopped before the training began');
    terminal.result(describe(outcome, out), { run: out, ...outcome });
    if (outcome.stopped) process.exitCode = STOPPED_BY_SIGNAL;
  },
});
