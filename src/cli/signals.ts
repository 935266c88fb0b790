/** Signals that stop a command, and terminals that are closed meanwhile. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Exit codes of stopped commands, by the convention of shells. */
export const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** The standard streams that are terminals. */
const terminals = [0, 1, 2].filter(isatty);

/**
 * Keeps a closed terminal from doing harm. If no stream is a terminal, as under `nohup`, SIGHUP is ignored: `nohup` does that
 * too, but Node undoes it at start. At exit, Node resets its terminals and aborts if one is gone, unless the stream is closed.
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
