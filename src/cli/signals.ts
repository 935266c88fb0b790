/** Signals that stop a command, and terminals that close while it runs. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Terminal } from './terminal.ts';

/** Exit codes after a signal, by the convention of shells: 128 + its number. */
export const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** The exit code of `train` if a signal stopped after a checkpoint. */
export const STOPPED_BY_SIGNAL = 75;

/** The standard streams that are terminals. */
const terminals = [0, 1, 2].filter(isatty);

/**
 * Survives a closed terminal. If no stream is a terminal, as under `nohup`, SIGHUP is ignored: `nohup` asks for that, but Node
 * resets it at start. Streams of a closed terminal are closed at exit: Node aborts if it cannot reset a terminal.
 */
export function outliveTerminal(): void {
  if (terminals.length === 0) process.on('SIGHUP', () => {});
  process.on('exit', () => {
    for (const stream of terminals) if (!isatty(stream)) closeSync(stream);
  });
}

/** Calls `stop` at each signal; SIGHUP counts if there is a terminal. @returns a function that stops listening */
export function onSignals(stop: (signal: NodeJS.Signals) => void): () => void {
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
  if (terminals.length > 0) signals.push('SIGHUP');
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}

/**
 * Listens for signals: the first stops the training after the current step, the second immediately. A closed terminal may send SIGHUP
 * several times: a repeated one is ignored.
 * @param isResumable true if the folder has a checkpoint: it decides the exit code of an immediate stop
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
