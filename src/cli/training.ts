/** How a signal stops a training. */
import { onSignals } from './signals.ts';
import type { Terminal } from './terminal.ts';

/** The exit code of a training that a signal stopped after a checkpoint. */
export const STOPPED_BY_SIGNAL = 75;

/**
 * Listens for signals: the first stops after the current step, the second at once. A closed terminal may send several, which
 * count as one.
 * @param isResumable true if nothing is lost by stopping at once
 */
export function onStop(
  terminal: Terminal,
  isResumable: () => boolean,
): { signal: AbortSignal; end: () => void } {
  const abort = new AbortController();
  const end = onSignals((signal) => {
    if (!abort.signal.aborted) {
      terminal.note('stopping after this step; signal again to stop at once');
      abort.abort();
    } else if (signal !== 'SIGHUP') process.exit(isResumable() ? STOPPED_BY_SIGNAL : 1);
  });
  return { signal: abort.signal, end };
}
