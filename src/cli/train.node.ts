import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import { trainingSchema } from '../train/config.ts';
import type { TrainingOutcome } from '../train/train.node.ts';
import { addSchemaOptions, givenSettings, parseConfig } from './schemaOptions.ts';
import { duration, Terminal, type TerminalOptions } from './terminal.node.ts';

const STOPPED_BY_SIGNAL = 75;

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

async function run(flags: Flags & Record<string, unknown>): Promise<void> {
  const terminal = new Terminal(flags);
  const fromFile = flags.config
    ? parseConfig(
        trainingSchema,
        await readFile(flags.config, 'utf8').catch((cause) => {
          throw new UserError(`--config ${flags.config}: ${cause.message}`);
        }),
        flags.config,
      )
    : {};
  const given = { ...fromFile, ...givenSettings(trainingSchema, flags) };
  const { readRunConfig } = await import('../networks/run.node.ts');
  // A resumed run has its own settings; those given again must be the same.
  const base = flags.resume ? (await readRunConfig(flags.out)).training : {};
  const config = trainingSchema.parse({ ...base, ...given });

  const abort = new AbortController();
  const stop = () => {
    if (abort.signal.aborted) process.exit(STOPPED_BY_SIGNAL); // the second time: at once, the last checkpoint stands
    terminal.note('stopping after this step; once more to stop at once');
    abort.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const { train } = await import('../train/train.node.ts');
  const outcome = await train(config, flags.out, {
    resume: flags.resume,
    signal: abort.signal,
    observer: {
      note: (message) => terminal.note(message),
      decoding: (done, total) => terminal.progress(() => `decoding pictures ${done}/${total}`),
      progress: (p) =>
        terminal.progress(
          () =>
            `epoch ${p.epoch}/${p.epochs} step ${p.step}/${p.steps} loss ${p.loss.toFixed(4)} RMSE ${p.rmse.toFixed(4)} ` +
            `${p.imagesPerSecond.toFixed(0)} img/s ${duration(p.secondsLeft)} left`,
        ),
      epoch: (m) =>
        terminal.note(
          `epoch ${m.epoch}: loss ${m.loss.toFixed(4)} RMSE ${m.rmse.toFixed(4)}` +
            `${m.validationRmse === null ? '' : ` validation RMSE ${m.validationRmse.toFixed(5)}`} ` +
            `${m.imagesPerSecond.toFixed(0)} img/s ${duration(m.seconds)}`,
        ),
    },
  }).finally(() => process.off('SIGINT', stop).off('SIGTERM', stop));
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
