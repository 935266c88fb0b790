#!/usr/bin/env node
/** The command `tuningfork`. */
import { createProgram, printError } from './program.ts';
import { onSignals, outliveTerminal, SIGNAL_CODES } from './signals.ts';
import { tolerateClosedPipes } from './terminal.ts';

tolerateClosedPipes();
outliveTerminal();
const program = createProgram(process.argv.slice(2));
// On a signal, a command exits and removes its unfinished files; `train` writes a checkpoint first (`onStop`), `serve` stops the server.
program.hook('preAction', (_, command) => {
  if (['train', 'compare', 'serve'].includes(command.name())) return;
  onSignals((signal) => process.exit(SIGNAL_CODES[signal]));
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = printError(error, program.opts().verbose === true);
}
