/** The commands and their flags, as one commander program. Heavy modules load when a command runs. */
import { readFileSync } from 'node:fs';
import {
  Command,
  CommanderError,
  Help,
  type HelpConfiguration,
  InvalidArgumentError,
  type Option,
} from 'commander';
import { asOutOfMemory, readableLine, UserError } from '../errors.ts';
import { addAverage } from './average.ts';
import { addCompare } from './compare.ts';
import { addEvaluate } from './evaluate.ts';
import { addExplain } from './explain.ts';
import { addExport } from './export.ts';
import { addNetworks } from './networks.ts';
import { addPack } from './pack.ts';
import { addPredict } from './predict.ts';
import { printableLines, shellWord } from './printable.ts';
import { addShow } from './show.ts';
import { addSky } from './sky.ts';
import { clearProgress } from './terminal.ts';
import { addTrain } from './train.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Help in 80 columns: a flag that is longer than this has a line of its own, its description below. */
const MOST_FLAG_COLUMNS = 26;

const { padWidth, formatItem } = Help.prototype;
const HELP: HelpConfiguration = {
  minWidthToWrap: 20,
  padWidth: (command, helper) => Math.min(MOST_FLAG_COLUMNS, padWidth.call(helper, command, helper)),
  formatItem(flag, width, description, helper) {
    const item = (term: string) => formatItem.call(helper, term, width, description, helper);
    return flag.length <= width ? item(flag) : `  ${flag}\n${item('')}`;
  },
};

/** Commander's words in the form of ours. */
const inOneLine = (text: string) =>
  printableLines(text.replace(/^error: /, 'tuningfork: ').replace('\n(Did you mean', ' (did you mean'));

/** What begins with a dash and is no number: more likely the next flag, of one whose value was forgotten. */
const DASHED = /^-(?![\d.])/;

/** Gives a flag the checks that all have in common, and our words for what is refused. */
function checkTexts(option: Option): void {
  const parse = option.parseArg;
  option.argParser((text: string, previous: unknown) => {
    const refuse = (problem: string) => new UserError(`${option.long} ${shellWord(text)}: ${problem}`);
    if (text.trim() === '') throw refuse('expected a value, got nothing');
    if (DASHED.test(text)) {
      throw refuse(`expected a value; a file whose name begins with a dash is written ./${text}`);
    }
    if (parse === undefined) return option.variadic ? [...((previous as string[]) ?? []), text] : text;
    try {
      return parse(text, previous);
    } catch (error) {
      throw error instanceof InvalidArgumentError ? refuse(error.message) : error;
    }
  });
}

/** @throws UserError for what no flag takes, or where a flag is missing: told after unknown flags, which may be the same misspelt */
function checkLine(command: Command, required: readonly Option[]): void {
  if (command.args.length > 0) {
    throw new UserError(
      `too many arguments for '${command.name()}': ${command.args.map(shellWord).join(' ')}`,
    );
  }
  const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
  if (missing !== undefined) throw new UserError(`required option '${missing.flags}' not specified`);
}

/** @throws UserError where the folder that a command is called in has been deleted: no path can be resolved there */
function checkWorkingFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new UserError('the working folder is not there any more: change to one that is', { cause });
  }
}

/**
 * All commands; nothing is run. Commands say what they have to say on the process's stdout and stderr, and set its exit code
 * where a signal stopped them.
 * @throws CommanderError, which has been told, or UserError when it parses a wrong command line
 */
export function createProgram(): Command {
  const program = new Command('tuningfork')
    .description('Galaxy morphology: trains networks that predict the 37 vote fractions of Galaxy Zoo 2.')
    .version(version)
    .option('--verbose', 'tell what ran on which device, and where an error arose')
    .configureHelp(HELP)
    .configureOutput({ outputError: (text, write) => write(inOneLine(text)) })
    .exitOverride();
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
    const command = program.command(add.command).exitOverride().allowExcessArguments();
    add(command);
    command
      .option('--json', 'one JSON document on stdout, nothing else')
      .option('--quiet', 'say nothing on stderr but errors');
    const required = command.options.filter(({ mandatory }) => mandatory);
    for (const option of command.options) {
      option.mandatory = false;
      if (option.required) checkTexts(option);
    }
    command.hook('preAction', () => {
      checkWorkingFolder();
      checkLine(command, required);
      command.setOptionValue('verbose', program.opts().verbose);
    });
  }
  return program;
}

/** Tells on stderr what went wrong, in a line unless where it arose is to be told too. @returns the exit code */
export function tellError(cause: unknown, isVerbose: boolean): number {
  clearProgress();
  const error = asOutOfMemory(cause);
  const { message, stack = message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help and version
    if (isVerbose) process.stderr.write(`${printableLines(stack)}\n`);
    return 2; // commander has told it
  }
  process.stderr.write(`tuningfork: ${isVerbose ? printableLines(stack) : readableLine(message)}\n`);
  return error instanceof UserError ? 2 : 1;
}
