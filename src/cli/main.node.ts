#!/usr/bin/env node
/** Runs the command `tuningfork` on the parameters of this process. */
import { addCompare } from './compare.node.ts';
import { createProgram, tellError } from './program.node.ts';
import { tolerateClosedPipes } from './terminal.node.ts';
import { addTrain } from './train.node.ts';

tolerateClosedPipes();
const program = createProgram();
// A command that is stopped by a signal takes its unfinished files away; trainings make a checkpoint instead.
program.hook('preAction', (_, command) => {
  if ([addTrain.command, addCompare.command].includes(command.name())) return;
  process.on('SIGINT', () => process.exit(130)).on('SIGTERM', () => process.exit(143));
});
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = tellError(error, program.opts().verbose === true);
}
