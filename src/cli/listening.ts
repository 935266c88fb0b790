/** Prints a task's events on the terminal. */
import { describeMemory } from '../engine/runtime/memory.ts';
import type { TaskEvent, TaskOptions } from '../events.ts';
import { describePlacement } from '../node/runtime/profile.ts';
import type { SkippedPicture } from '../picture/unreadable.ts';
import { duration } from '../report/table.ts';
import type { Terminal } from './terminal.ts';

export interface Listening {
  /** Collects the pictures that are skipped. */
  skipped?: SkippedPicture[];
  /** The progress line. */
  describe?: (done: number, total: number) => string;
}

const rmse = (name: string, value: number | null | undefined) =>
  value == null ? '' : ` ${name} RMSE ${value.toFixed(5)}`;

/** Options that make a task report to the terminal. */
export function listening(
  terminal: Terminal,
  { skipped, describe = (done, total) => `${done}/${total}` }: Listening = {},
): TaskOptions {
  const onEvent = (event: TaskEvent): void => {
    if (event.kind === 'note') terminal.note(event.message);
    else if (event.kind === 'memory') terminal.note(describeMemory(event));
    else if (event.kind === 'placement')
      terminal.note(`${event.program}: ${describePlacement(event.placement)}`);
    else if (event.kind === 'skipped') {
      const { name, reason } = event;
      skipped?.push({ name, reason });
      terminal.note(`${name}: left out: ${reason}`);
    } else if (event.kind === 'progress') {
      const { doing, done, total } = event;
      terminal.progress(() =>
        doing === 'decoding' ? `decoding pictures ${done}/${total}` : describe(done, total),
      );
    } else if (event.kind === 'step') {
      const { epoch, epochs, step, steps, loss, imagesPerSecond, secondsLeft } = event;
      terminal.progress(
        () =>
          `epoch ${epoch}/${epochs} step ${step}/${steps} loss ${loss.toFixed(4)} RMSE ${event.rmse.toFixed(4)} ` +
          `${imagesPerSecond.toFixed(0)} img/s ${duration(secondsLeft)} left`,
      );
    } else if (event.kind === 'epoch') {
      const m = event.metrics;
      terminal.note(
        `epoch ${m.epoch}: loss ${m.loss.toFixed(4)} RMSE ${m.rmse.toFixed(4)}` +
          `${rmse('validation', m.validationRmse)}${rmse('averaged', m.averagedValidationRmse)} ` +
          `${m.imagesPerSecond.toFixed(0)} img/s ${duration(m.seconds)}`,
      );
    } else if (event.kind === 'training')
      terminal.note(`${event.number}/${event.count} ${event.variant}, seed ${event.seed}`);
    else if (event.kind === 'measured')
      terminal.note(`RMSE ${event.run.rmse.toFixed(5)} on ${event.run.galaxies} galaxies`);
  };
  return { onEvent, profile: terminal.isVerbose };
}
