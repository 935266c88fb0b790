#!/usr/bin/env node
/** The command `tuningfork`. Heavy modules load when a command runs. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asOutOfMemory, UserError } from '../errors.ts';
import { addAverage } from './average.node.ts';
import { addCompare } from './compare.node.ts';
import { addEvaluate } from './evaluate.node.ts';
import { addExplain } from './explain.node.ts';
import { addExport } from './export.node.ts';
import { addNetworks } from './networks.node.ts';
import { addPack } from './pack.node.ts';
import { addPredict } from './predict.node.ts';
import { addShow } from './show.node.ts';
import { addSky } from './sky.node.ts';
import { addTrain } from './train.node.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Commander's words in the form of ours. */
const inOneLine = (text: string) =>
  text.replace(/^error: /, 'tuningfork: ').replace('\n(Did you mean', ' (did you mean');

/** The exit code of what went wrong, said on stderr. */
function fail(error: unknown, isVerbose: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  const { message, stack } = asOutOfMemory(error) as Error;
  process.stderr.write(`tuningfork: ${isVerbose ? stack : message}\n`);
  return error instanceof UserError ? 2 : 1;
}

const program = new Command('tuningfork')
  .description('Galaxy morphology: trains networks that predict the 37 vote fractions of Galaxy Zoo 2.')
  .version(version)
  .option('--verbose', 'tell what ran on which device, and where an error arose')
  .configureOutput({ outputError: (text, write) => write(inOneLine(text)) })
  .exitOverride();
// A command that is stopped by a signal takes its unfinished files away; trainings make a checkpoint instead.
program.hook('preAction', (_, command) => {
  command.setOptionValue('verbose', program.opts().verbose);
  if ([addTrain.command, addCompare.command].includes(command.name())) return;
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
});
for (const add of [
  addSky,
  addPack,
  addTrain,
  addCompare,
  addEvaluate,
  addPredict,
  addAverage,
  addExplain,
  addExport,
  addNetworks,
  addShow,
]) {
  const command = program.command(add.command).exitOverride();
  add(command);
  command
    .option('--json', 'one JSON document on stdout, nothing else')
    .option('--quiet', 'say nothing on stderr but errors');
}

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = fail(error, program.opts().verbose === true);
}
