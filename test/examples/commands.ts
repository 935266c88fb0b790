/** The commands in the documents: which ones are run, and with which cheaper values. */
import type { Example } from './collect.ts';

/** Commands that are not run: they install, download, do not end, or belong to other programs. */
const SKIPPED = [
  /^npm (ci|install|link|run build|run demo|run page|test)\b/,
  /^tensorboard\b/,
  /^kaggle competitions\b/,
  /^unzip\b/,
  /^curl\b/,
  /^npx tuningfork (cutouts|serve)\b/,
  /^(python3?|pip)\b/,
];

/** Options whose values only affect the run time, and their replacements. */
const CHEAP: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  train: {
    epochs: '1',
    batch: '8',
    channels: '4,4,4,4',
    kernels: '3,3,3,3',
    validation: '0',
    threads: '1',
    workers: '1',
  },
  compare: {
    epochs: '1',
    batch: '8',
    channels: '4,4,4,4',
    kernels: '3,3,3,3',
    validation: '0.25',
    threads: '1',
    workers: '1',
  },
  evaluate: { threads: '1', workers: '1' },
  predict: { threads: '1', workers: '1' },
  explain: { threads: '1' },
  features: { threads: '1', workers: '1' },
  similar: { threads: '1' },
  average: {},
  export: {},
  inspect: {},
  networks: {},
  pack: {},
  show: {},
  surveys: {},
  sky: { train: '12', test: '3' },
};

/** Runs with a use for validation galaxies. Drawing the scores of the others takes as long as training them. */
const VALIDATED = /^runs\/(first|second|softmax|one|two|sky|fractions|gz2)$/;

/** A command of the program, as its parameters. */
export type Command = readonly string[];

/** The parameters, with cheap ones replacing them or added. */
function cheaper(parameters: readonly string[]): Command {
  const [command, ...rest] = parameters;
  const options = CHEAP[command!];
  if (options === undefined) throw new Error(`tuningfork ${command}: no command that this test knows`);
  // A resumed run keeps its settings; a model and the user's own network have their kernels in their file.
  if (rest.includes('--resume')) return parameters;
  // A probe has no epochs or batches.
  if (rest.includes('probe')) return [...parameters, '--threads', '1'];
  const isValidated = rest.some((each, i) => VALIDATED.test(each) && rest[i - 1] === '--out');
  const isOwn = rest.some(
    (each, i) => each === '--model' || (each.endsWith('.json') && rest[i - 1] === '--network'),
  );
  const result = [command!, ...rest];
  for (const [name, value] of Object.entries({ ...options, ...(isValidated && { validation: '0.25' }) })) {
    if (isOwn && ['channels', 'kernels'].includes(name)) continue;
    const at = result.indexOf(`--${name}`);
    if (at === -1) result.push(`--${name}`, value);
    else result[at + 1] = value;
  }
  return result;
}

/**
 * The commands of a block that are to be run.
 * @throws Error for a line that is neither a command of the program nor one known not to be run
 */
export function commandsOf({ name, code }: Example): Command[] {
  const lines = code
    .replaceAll('\\\n', ' ')
    .split(/\n|&&/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !SKIPPED.some((pattern) => pattern.test(line)));
  return lines.map((line) => {
    const [, rest] = /^(?:npx )?tuningfork (.*)$/.exec(line) ?? [];
    if (rest === undefined || /["'$*|<>;&]/.test(rest)) throw new Error(`${name}: cannot run '${line}'`);
    return cheaper(rest.split(/\s+/));
  });
}
