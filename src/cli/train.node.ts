import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { type TrainingConfig, trainingSchema } from '../train/config.ts';
import type { TrainingOutcome } from '../train/train.node.ts';
import { addSchemaOptions, givenSettings, parseConfig } from './schemaOptions.ts';
import { Terminal, type TerminalOptions } from './terminal.node.ts';
import { onStop, STOPPED_BY_SIGNAL, trainingObserver } from './training.node.ts';

interface Flags extends TerminalOptions {
  out: string;
  config?: string;
  resume?: boolean;
}

function describe(outcome: TrainingOutcome, out: string): string {
  const { stopped, epochs, best, last } = outcome;
  if (stopped && !outcome.resumable) return 'stopped before the training began';
  if (stopped) return `stopped after ${epochs} epochs; go on with: tuningfork train … --out ${out} --resume`;
  const rmse = best
    ? `best validation RMSE ${best.rmse.toFixed(5)} (epoch ${best.epoch})`
    : `training RMSE ${last?.rmse.toFixed(5)}`;
  return `trained ${epochs} epochs: ${rmse}; run in ${out}`;
}

/** Settings from a file: of their own, or the `config.json` of a run. */
async function readConfig(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new UserError(`--config ${file}: ${cause.message}`);
  });
  return parseConfig(trainingSchema, text, file);
}

/** All settings: those of the run that goes on, of the file and of the flags, the later ones first. */
async function resolveSettings(flags: Flags & Record<string, unknown>): Promise<TrainingConfig> {
  const { readRunConfig } = await import('../networks/run.node.ts');
  const settings = {
    ...(flags.resume ? (await readRunConfig(flags.out)).training : {}),
    ...(flags.config ? await readConfig(flags.config) : {}),
    ...givenSettings(trainingSchema, flags),
  };
  const checked = trainingSchema.safeParse(settings);
  if (checked.success) return checked.data;
  const [{ path, message }] = checked.error.issues;
  throw new UserError(`${flags.out}: config.json: ${path.join('.')}: ${message}`);
}

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const config = await resolveSettings(flags);

  const stopping = onStop(terminal, () => existsSync(join(flags.out, 'config.json')));
  const { train } = await import('../train/train.node.ts');
  const { resume } = flags;
  const { signal } = stopping;
  const observer = trainingObserver(terminal);
  const outcome = await train(config, flags.out, { resume, signal, observer }).finally(stopping.end);
  terminal.result(describe(outcome, flags.out), { run: flags.out, ...outcome });
  if (outcome.stopped) process.exitCode = outcome.resumable ? STOPPED_BY_SIGNAL : 1;
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
