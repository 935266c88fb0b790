/** What the commands that train share: what is told of a training, and how a signal stops it. */
import { describeMemory } from '../engine/runtime/memory.ts';
import type { TrainingObserver } from '../train/observer.node.ts';
import { onSignals } from './signals.ts';
import { duration, type Terminal } from './terminal.ts';

/** The exit code of a training that a signal stopped after a checkpoint. */
export const STOPPED_BY_SIGNAL = 75;

/** Tells of a training on the terminal. */
export function trainingObserver(terminal: Terminal): TrainingObserver {
  const rmse = (name: string, value: number | null | undefined) =>
    value == null ? '' : ` ${name} RMSE ${value.toFixed(5)}`;
  return {
    note: (message) => terminal.note(message),
    placement: (program) => terminal.placement(program),
    memory: (estimate) => terminal.note(describeMemory(estimate)),
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
          `${rmse('validation', m.validationRmse)}${rmse('averaged', m.averagedValidationRmse)} ` +
          `${m.imagesPerSecond.toFixed(0)} img/s ${duration(m.seconds)}`,
      ),
  };
}

/**
 * Listens for signals: the first stops after a step, the second at once, unless it is of a closed terminal, which may send
 * several.
 * @param isResumable whether anything is lost if it ends at once
 */
export function onStop(
  terminal: Terminal,
  isResumable: () => boolean,
): { signal: AbortSignal; end: () => void } {
  const abort = new AbortController();
  const end = onSignals((signal) => {
    if (!abort.signal.aborted) {
      terminal.note('stopping after this step; once more to stop at once');
      abort.abort();
    } else if (signal !== 'SIGHUP') process.exit(isResumable() ? STOPPED_BY_SIGNAL : 1);
  });
  return { signal: abort.signal, end };
}
