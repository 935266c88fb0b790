import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { checked } from '../files/schema.ts';
import { readSettings } from '../node/files/read.ts';
import type { TrainingOutcome } from '../run/train.node.ts';
import { type TrainingConfig, trainingSchema } from '../train/config.ts';
import { listening } from './listening.ts';
import { checkFolder, checkNoInput, dataFiles, runFiles, tableFiles } from './outputs.ts';
import { counted, shellWord } from './printable.ts';
import { addSchemaOptions, givenSettings, parseConfig } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';
import { onStop, STOPPED_BY_SIGNAL } from './training.ts';

interface Flags extends TerminalOptions {
  out: string;
  config?: string;
  resume?: boolean;
}

function describe(outcome: TrainingOutcome, out: string): string {
  const { stopped, epochs, best, last } = outcome;
  const done = counted(epochs, 'epoch', 'epochs');
  if (stopped)
    return `stopped after ${done}; go on with: npx tuningfork train --out ${shellWord(out)} --resume`;
  const rmse = best
    ? `best validation RMSE ${best.rmse.toFixed(5)} (epoch ${best.epoch})`
    : `training RMSE ${last?.rmse.toFixed(5)}`;
  return `trained ${done}: ${rmse}; run in ${out}`;
}

/** Settings from a file: of their own, or the `config.json` of a run. */
async function readConfig(file: string): Promise<Record<string, unknown>> {
  const text = await readSettings('--config', file);
  return parseConfig(trainingSchema, text, file);
}

/** All settings: those of the run that goes on, of the file and of the flags, the later ones first. */
async function resolveSettings(flags: Flags & Record<string, unknown>): Promise<TrainingConfig> {
  const { readRunConfig } = await import('../run/openRun.node.ts');
  const settings = {
    ...(flags.resume ? (await readRunConfig(flags.out)).training : {}),
    ...(flags.config ? await readConfig(flags.config) : {}),
    ...givenSettings(trainingSchema, flags),
  };
  return checked(trainingSchema, settings, `${flags.out}: config.json`);
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const config = await resolveSettings(flags);
  const { data, solutions, images, init } = config;
  const inputs = {
    '--data': dataFiles(data),
    '--solutions': tableFiles(solutions),
    '--images': images,
    '--init': init,
  };
  checkNoInput('--out', flags.out, inputs, runFiles(flags.out));
  checkFolder('--out', flags.out);

  const stopping = onStop(terminal, () => existsSync(join(flags.out, 'config.json')));
  const { nodePlatform } = await import('../node/platform.ts');
  const { train } = await import('../run/train.node.ts');
  const { resume } = flags;
  const { signal } = stopping;
  const outcome = await train(nodePlatform, config, flags.out, {
    resume,
    signal,
    ...listening(terminal),
  }).finally(stopping.end);
  if (outcome.stopped && !outcome.resumable) throw new Error('stopped before the training began');
  terminal.result(describe(outcome, flags.out), { run: flags.out, ...outcome });
  if (outcome.stopped) process.exitCode = STOPPED_BY_SIGNAL;
}

export function addTrain(command: Command): void {
  command
    .description('train a network and leave a run: settings, metrics, checkpoints')
    .requiredOption('--out <RUN>', "the run's folder")
    .option('--config <FILE>', 'settings as JSON; flags go before them')
    .option('--resume', 'go on with the run that is in the folder');
  addSchemaOptions(command, trainingSchema);
  command.action(run);
}
addTrain.command = 'train';
