#!/usr/bin/env node
/** Runs the command `tuningfork` on the parameters of this process. */
import { createProgram, tellError } from './program.ts';
import { onSignals, outliveTerminal, SIGNAL_CODES } from './signals.ts';
import { tolerateClosedPipes } from './terminal.ts';

tolerateClosedPipes();
outliveTerminal();
const program = createProgram();
// A command that is stopped by a signal removes its unfinished files; trainings write a checkpoint instead.
program.hook('preAction', (_, command) => {
  if (['train', 'compare'].includes(command.name())) return;
  onSignals((signal) => process.exit(SIGNAL_CODES[signal]));
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tellError(error, program.opts().verbose === true);
}
