/** The signals that stop a command, and the terminal that may be closed meanwhile. */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** The exit codes of commands that a signal stopped, as shells have them. */
export const SIGNAL_CODES: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** The streams of this process that are a terminal's. */
const terminals = [0, 1, 2].filter(isatty);

/**
 * Keeps a closed terminal from doing harm. One that this process neither reads from nor writes to does not concern it: so it is
 * with `nohup`, which has SIGHUP ignored besides, but that Node takes back as it starts. And Node sets its own right as it ends,
 * and aborts where it is gone, unless the stream is closed.
 */
export function outliveTerminal(): void {
  if (terminals.length === 0) process.on('SIGHUP', () => {});
  process.on('exit', () => {
    for (const stream of terminals) if (!isatty(stream)) closeSync(stream);
  });
}

/** Calls `stop` at each signal; SIGHUP is that of the terminal. @returns what ends that */
export function onSignals(stop: (signal: NodeJS.Signals) => void): () => void {
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
  if (terminals.length > 0) signals.push('SIGHUP');
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
