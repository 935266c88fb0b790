/** The command line: all commands and their flags. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Help, type HelpConfiguration, type Option } from 'commander';
import { asOutOfMemory, OptionError, readableLine, UserError } from '../errors.ts';
import { averageCommand } from './average.ts';
import { compareCommand } from './compare.ts';
import { cutoutsCommand } from './cutouts.ts';
import { evaluateCommand } from './evaluate.ts';
import { explainCommand } from './explain.ts';
import { exportCommand } from './export.ts';
import { featuresCommand } from './features.ts';
import { addSchemaOptions, flagMessage, givenArguments, givenSettings } from './flags.ts';
import { inspectCommand } from './inspect.ts';
import { networksCommand } from './networks.ts';
import { packCommand } from './pack.ts';
import { predictCommand } from './predict.ts';
import { printableLines, shellWord } from './printable.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { similarCommand } from './similar.ts';
import { skyCommand } from './sky.ts';
import { surveysCommand } from './surveys.ts';
import { clearProgress, Terminal } from './terminal.ts';
import { trainCommand } from './train.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** Columns for flags in the help. A longer flag has a line of its own. */
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

/** A message of commander, as one line in our form. */
const inOneLine = (text: string) =>
  printableLines(text.replace(/^error: /, 'tuningfork: ').replace('\n(Did you mean', ' (did you mean'));

/** @throws UserError for surplus arguments, or a missing flag. Call it after unknown flags are reported: one may be a misspelt flag */
function checkLine(command: Command, required: readonly Option[]): void {
  const { args, registeredArguments } = command;
  const surplus = registeredArguments.at(-1)?.variadic ? [] : args.slice(registeredArguments.length);
  if (surplus.length > 0) {
    const words = surplus.map(shellWord).join(' ');
    throw new UserError(`too many arguments for '${command.name()}': ${words}`, { code: 'option' });
  }
  const missing = required.find((option) => command.getOptionValue(option.attributeName()) === undefined);
  if (missing !== undefined)
    throw new UserError(`required option '${missing.flags}' not specified`, { code: 'option' });
}

/** @throws UserError if the working folder has been deleted: no path can be resolved then */
function checkWorkingFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    const problem = 'the working folder no longer exists: change to another one';
    throw new UserError(problem, { code: 'file', cause });
  }
}

const COMMANDS = [
  skyCommand,
  packCommand,
  trainCommand,
  compareCommand,
  evaluateCommand,
  predictCommand,
  averageCommand,
  explainCommand,
  featuresCommand,
  similarCommand,
  exportCommand,
  networksCommand,
  showCommand,
  surveysCommand,
  cutoutsCommand,
  inspectCommand,
  serveCommand,
];

/**
 * The program with all commands. Parsing runs one, which prints on stdout and stderr, and sets the exit code if a signal stopped it.
 * A wrong command line throws UserError, or CommanderError, whose message is printed already.
 * @param words of the command line. If commands are among them, only these get their flags, which saves time at the start
 */
export function createProgram(words: readonly string[] = []): Command {
  const isNamed = COMMANDS.some(({ name }) => words.includes(name));
  const program = new Command('tuningfork')
    .description(
      'Galaxy morphology: trains networks that predict the answers to a decision tree, such as Galaxy Zoo 2.',
    )
    .version(version)
    .option('--verbose', 'print which device ran each operation, and where in the code an error arose')
    .configureHelp(HELP)
    .configureOutput({ outputError: (text, write) => write(inOneLine(text)) })
    .exitOverride();
  for (const { name, description, schema, run } of COMMANDS) {
    const command = program.command(name).description(description).exitOverride().allowExcessArguments();
    if (!isNamed || words.includes(name)) addSchemaOptions(command, schema);
    command
      .option('--json', 'print one JSON document on stdout, nothing else')
      .option('--quiet', 'print only errors on stderr')
      .action(() => {
        const flags = command.opts();
        const settings = givenSettings(schema, { ...flags, ...givenArguments(command) });
        return run(settings, new Terminal({ ...flags, ...program.opts() }));
      });
    const required = command.options.filter(({ mandatory }) => mandatory);
    for (const option of required) option.mandatory = false; // checkLine checks them, after unknown flags
    command.hook('preAction', () => {
      checkWorkingFolder();
      checkLine(command, required);
    });
  }
  return program;
}

/** Prints an error on stderr: as one line, or with its stack. @returns the exit code */
export function printError(cause: unknown, isVerbose: boolean): number {
  clearProgress();
  const known = asOutOfMemory(cause);
  const error = known instanceof Error ? known : new Error(String(known));
  if (error instanceof CommanderError && error.exitCode === 0) return 0; // help and version
  // A comparison puts the variant's name before the message of a wrong option.
  const option = [error, error.cause].find((each) => each instanceof OptionError);
  const schemas = COMMANDS.map((each) => each.schema);
  const message = option
    ? error.message.replace(option.message, () => flagMessage(option, schemas))
    : error.message;
  const { stack = message } = error;
  const stackLines = printableLines(stack.replace(error.message, message));
  if (error instanceof CommanderError) {
    if (isVerbose) process.stderr.write(`${stackLines}\n`);
    return 2; // commander has printed the message
  }
  process.stderr.write(`tuningfork: ${isVerbose ? stackLines : readableLine(message)}\n`);
  return error instanceof UserError ? 2 : 1;
}
