/** How a signal stops a training. */
import { onSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** The exit code of a training that a signal stopped after a checkpoint. */
export const STOPPED_BY_SIGNAL = 75;

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
