/** Commands that are stopped by signals, or whose pipe or terminal is closed: they leave only whole files. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { Random } from '../src/random/philox.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  entry,
  filesBelow,
  isUnfinished,
  lastValues,
  type Outcome,
  outcomeOf,
  readTensors,
  SMALL,
  temporaryFolder,
  tuningfork,
} from './command.ts';
import { createProgram } from './here.ts';
import { type Inputs, rightLines, writeInputs } from './lines.ts';

const { path, remove } = temporaryFolder();
let inputs: Inputs;
/** More pictures than any command finishes before a signal arrives. */
const many = path('many');
const table = path('many.csv');
const catalogue = path('positions.csv');

beforeAll(async () => {
  inputs = await writeInputs(path());
  mkdirSync(many);
  const [header, row] = readFileSync(inputs.table, 'utf8').split('\n');
  const ids = Array.from({ length: 1000 }, (_, k) => 200_000 + k);
  writeFileSync(catalogue, ['objid,ra,dec', ...ids.map((id) => `${id},1,1`), ''].join('\n'));
  for (const id of ids) linkSync(inputs.picture, join(many, `${id}.jpg`));
  writeFileSync(table, [header, ...ids.map((id) => row!.replace(/^\d+/, String(id))), ''].join('\n'));
});
afterAll(remove);

const one = ['--threads', '1', '--workers', '1'];
const training = () => lastValues([...SMALL, '--batch', '4', '--epochs', '1000', '--data', inputs.sky]);

/** A command line of each long-running command, and the output that shows it has started work. */
const LONG: Record<string, [parameters: () => string[], atWork: RegExp]> = {
  sky: [() => ['--train', '30000', '--workers', '1'], /drawing galaxies/],
  pack: [() => ['--data', inputs.sky, '--solutions', table, '--images', many, '--workers', '1'], /decoding/],
  train: [training, /epoch 1\/1000 step/],
  compare: [
    () => [
      '--config',
      inputs.plan,
      ...training().filter((each, i, all) => each !== '--seed' && all[i - 1] !== '--seed'),
    ],
    /epoch 1\/1000 step/,
  ],
  evaluate: [
    () => ['--run', inputs.run, '--solutions', table, '--images', many, '--views', '96', ...one],
    /\/1000/,
  ],
  predict: [() => ['--run', inputs.run, '--images', many, '--views', '96', ...one], /\/1000/],
  features: [() => ['--run', inputs.run, '--images', many, '--views', '96', ...one], /\/1000/],
  average: [() => ['--run', inputs.run, '--images', many, '--views', '96', ...one], /table 1\/1/],
  cutouts: [
    () => ['--catalogue', catalogue, '--survey', 'sdss', '--url', inputs.cutouts, '--size', '424'],
    /\/1000/,
  ],
  explain: [() => ['--run', inputs.run, '--image', many, '--views', '8', '--threads', '1'], /\/1000/],
};
/** Commands that write no unfinished file: they finish within a second, or write none at all. */
const BRIEF = ['export', 'inspect', 'networks', 'serve', 'show', 'similar', 'surveys'];
const names = createProgram().commands.map((command) => command.name());

/** Temporary files and folders below a folder, with their contents. */
const unfinished = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((name) => isUnfinished(String(name)))
    : [];

/** A command's output path, in its own folder. */
const outOf = (name: string, folder: string) => {
  const file = {
    pack: 'a.pack',
    predict: 'a.csv',
    features: 'a.csv',
    average: 'a.csv',
    export: 'a.onnx',
    show: 'a.html',
    similar: 'a.html',
  }[name];
  return path(folder, file ?? name);
};

it('lists every command as long or brief', () => {
  expect([...Object.keys(LONG), ...BRIEF].sort()).toEqual([...names].sort());
});

const TERM = ['SIGTERM'] as const;
const INT_TWICE = ['SIGINT', 'SIGINT'] as const;

describe.concurrent('a signal', () => {
  it.each([
    ['sky', TERM, 143],
    ['pack', INT_TWICE, 130],
    ['evaluate', INT_TWICE, 130],
    ['features', TERM, 143],
    ['explain', INT_TWICE, 130],
  ] as const)('ends %s at once, and nothing is left (%j)', async (name, send, code) => {
    const [parameters, when] = LONG[name]!;
    const out = outOf(name, `stopped ${name}`);
    const outcome = await tuningfork([name, ...parameters(), '--out', out, '--json'], { when, send });
    expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
    expect(outcome.stderr).not.toMatch(/\n +at |tuningfork: /);
    expect(unfinished(path(`stopped ${name}`))).toEqual([]);
    if (name !== 'explain') expect(existsSync(out)).toBe(false); // each of its drawings is whole
  });

  it('of a closed terminal has no effect on a command without one', async () => {
    const [parameters, when] = LONG.predict!;
    const out = outOf('predict', 'without terminal');
    const line = ['predict', ...parameters(), '--out', out];
    const outcome = await tuningfork(line, { when, send: ['SIGHUP', 'SIGTERM'] });
    expect(outcome).toMatchObject({ code: 143, signal: null });
    expect(existsSync(out)).toBe(false);
  });

  it('stops a training run with a checkpoint, and prints how to resume it', async () => {
    const [parameters, when] = LONG.train!;
    const out = path('stopped train', 'out');
    const outcome = await tuningfork(['train', ...parameters(), '--out', out], { when, send: TERM });
    expect(outcome).toMatchObject({ code: 75, signal: null });
    expect(outcome.stdout).toMatch(
      /^stopped after \d+ epochs?; continue with: npx tuningfork train --out '.*' --resume\n$/,
    );
    expect(unfinished(out)).toEqual([]);
    expect(readTensors(join(out, 'checkpoint', 'last.safetensors')).metadata.position).toContain('"epoch":');
  });
});

/** Stops at random moments: `SIGNALS=500 npx vitest run test/cli-signals.test.ts` is a campaign. */
const SIGNALS = Number(process.env.SIGNALS ?? 6);

it(`output is whole whenever a signal arrives, ${SIGNALS} times`, {
  timeout: 60_000 + SIGNALS * 10_000,
}, async () => {
  const random = new Random(Date.now() % 2 ** 31, 'view', SIGNALS);
  const lines = rightLines(inputs, path('unused'));
  const tally: Record<string, number> = {};
  for (let kill = 0; kill < SIGNALS; kill++) {
    const name = names[Math.floor(random.uniform(0, names.length))]!;
    const signals = ([['SIGINT'], ['SIGTERM'], ['SIGINT', 'SIGINT'], ['SIGTERM', 'SIGINT']] as const)[
      Math.floor(random.uniform(0, 4))
    ];
    const parameters =
      LONG[name!]?.[0]() ?? lines[name!]!.filter((_, i, all) => ![i, i - 1].some((k) => all[k] === '--out'));
    const out = outOf(name!, `kill ${kill}`);
    const delay = random.uniform(0, SIGNALS > 20 ? 6000 : 500);
    const flags = [
      entry,
      name,
      ...parameters,
      ...(['inspect', 'networks', 'serve', 'surveys'].includes(name) ? [] : ['--out', out]),
    ];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.on('spawn', () =>
      setTimeout(delay).then(() => {
        for (const each of signals!) child.kill(each);
      }),
    );
    const { code, signal, stderr } = await outcomeOf(child);
    const label = `${name} ${parameters.join(' ')}\n${signals} after ${delay} ms: ${code} ${signal}\n${stderr}`;
    expect(signal === null || (signals as readonly string[]).includes(signal), label).toBe(true);
    const isTraining = name === 'train' || name === 'compare';
    if (signal === null) expect(isTraining ? [75, 1] : [0, 130, 143], label).toContain(code);
    expect(stderr, label).not.toMatch(/\n +at |tuningfork: (?!stopped before the training began\n)/);
    expect(unfinished(path(`kill ${kill}`)), label).toEqual([]);
    const writesMany = name === 'explain' || name === 'cutouts'; // each picture is whole
    if (code !== 0 && !isTraining && !writesMany) expect(existsSync(out), label).toBe(false);
    if (code === 75 && name === 'train')
      expect(existsSync(join(out, 'checkpoint', 'last.safetensors')), label).toBe(true);
    rmSync(path(`kill ${kill}`), { recursive: true, force: true });
    const key = `${isTraining ? 'training' : 'other'} ${signal ?? code}`;
    tally[key] = (tally[key] ?? 0) + 1;
  }
  if (SIGNALS > 20) console.log(SIGNALS, 'signals:', tally);
});

/** Runs a line of `sh` in which `$T` is the command. @returns the outcome of the line */
function shell(line: string, environment: Record<string, string> = {}): Promise<Outcome> {
  const script = line.replaceAll('$T', `"${process.execPath}" "${entry}"`);
  return outcomeOf(
    spawn('sh', ['-c', script], {
      cwd: path(),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

it.skipIf(process.platform === 'win32')('reports a deleted working folder', async () => {
  const { code, stderr } = await shell('mkdir gone && cd gone && rmdir ../gone && $T networks');
  expect([code, stderr]).toEqual([
    2,
    'tuningfork: the working folder no longer exists: change to another one\n',
  ]);
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  it.concurrent.each([
    ['networks', 'head -1'],
    ['networks --json', 'head -c 10'],
    ['train --help', 'head -1'],
    ['networks --json', 'true'],
    ['--help', 'true'],
  ])('from %s to %s that is closed early is not a failure', async (command, reader) => {
    const { stdout, stderr } = await shell(`{ $T ${command}; echo code $? >&2; } | ${reader}`);
    expect(stderr).toBe('code 0\n');
    expect(stdout.length > 0).toBe(reader !== 'true');
  });

  it('that nobody reads does not stop a command that writes files', async () => {
    const flags = '--run run --images sky/images_training_rev1 --threads 1';
    const settings = [...SMALL, '--batch', '4', '--epochs', '1', '--validation', '0', '--data', 'sky'];
    const small = lastValues(settings).join(' ');
    const [predicted, trained] = await Promise.all([
      shell(`{ $T predict ${flags} --out unread.csv 2>&1; echo code $? >&2; } | true`),
      shell(`{ $T train ${small} --out unread 2>&1; echo code $? >&2; } | true`),
    ]);
    expect([predicted.stderr, trained.stderr]).toEqual(['code 0\n', 'code 0\n']);
    expect((await readSolutions(GALAXY_ZOO_2, path('unread.csv'))).ids).toHaveLength(10);
    expect(readFileSync(path('unread', 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect(existsSync(path('unread', 'report.html'))).toBe(true);
  });

  it('that is read late receives the whole of a long document', async () => {
    const command =
      '$T explain --run run --image sky/images_training_rev1/99980.jpg --out all.png --answer all --json';
    const { stdout } = await shell(`${command} | { sleep 1; cat; }`);
    expect(stdout.length).toBeGreaterThan(2 ** 17); // more than pipes hold
    expect(JSON.parse(stdout).answers).toHaveLength(37);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'or a file that cannot be written makes the command fail with one line',
    async () => {
      const { stderr } = await shell('$T networks > /dev/full; echo code $? >&2');
      expect(stderr).toMatch(/^tuningfork: stdout: [^\n]*no space left[^\n]*\ncode 1\n$/);
    },
  );
});

/** util-linux's `script`, which makes a terminal, is installed. */
const hasScript = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();

/** Waits until the content of a file matches, and returns it. */
async function appearing(file: string, what: RegExp): Promise<string> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (what.test(text)) return text;
    await setTimeout(50);
  }
}

describe.skipIf(!hasScript)('a terminal (made by util-linux `script`)', () => {
  /**
   * The exit code of a command on a terminal that is closed when the content of a file matches. The session leader, `script`'s
   * own shell, ends with the terminal; another shell survives and records the code.
   */
  const hangUp = async (folder: string, line: string, file: string, atWork: RegExp) => {
    mkdirSync(path(folder));
    writeFileSync(path(folder, 'line'), `trap '' HUP; ${line}; echo $? > code`);
    const child = spawn('script', ['-qfec', 'sh line; true', 'said'], { cwd: path(folder), stdio: 'ignore' });
    await appearing(path(folder, file), atWork);
    child.kill('SIGKILL');
    return Number(await appearing(path(folder, 'code'), /\d/));
  };
  const command = (...parameters: string[]) =>
    [process.execPath, entry, ...parameters].map((each) => `'${each}'`).join(' ');

  it('that is closed stops a training run with a checkpoint', async () => {
    const [parameters, atWork] = LONG.train!;
    const line = command('train', ...parameters(), '--out', 'run');
    expect(await hangUp('closed train', line, 'said', atWork)).toBe(75);
    const out = path('closed train', 'run');
    expect(filesBelow(out).filter((name) => isUnfinished(name) || name.includes('lock'))).toEqual([]);
    expect(readTensors(join(out, 'checkpoint', 'last.safetensors')).metadata.position).toContain('"epoch":');
  });

  it('that is closed stops any other command, which leaves no file', async () => {
    const [parameters, atWork] = LONG.predict!;
    const line = command('predict', ...parameters(), '--out', 'a.csv');
    expect(await hangUp('closed predict', line, 'said', atWork)).toBe(129);
    expect(readdirSync(path('closed predict')).sort()).toEqual(['code', 'line', 'said']);
  });

  it('that is closed has no effect on a command under nohup', async () => {
    const line = `nohup ${command('sky', '--train', '60', '--test', '0', '--workers', '1', '--out', 'sky')}`;
    expect(await hangUp('closed nohup', line, 'nohup.out', /drawing galaxies [1-9]/)).toBe(0);
    expect(readdirSync(path('closed nohup', 'sky'))).toContain('sky.json');
  });

  const onTerminal = async (columns: number, command: string, environment: Record<string, string>) => {
    const line = `stty cols ${columns} rows 24; ${command}`.replaceAll("'", "'\\''");
    const { stdout } = await shell(`script -qec '${line}' /dev/null`, { TERM: 'xterm', ...environment });
    return stdout;
  };

  it.concurrent.each([
    [20, { NO_COLOR: '1' }],
    [80, { TERM: 'dumb' }],
  ] as const)(
    'of %i columns with %o is sent no escape sequence, and progress that fits',
    async (columns, environment) => {
      const out = `drawn ${columns} ${Object.keys(environment)}`;
      const told = await onTerminal(
        columns,
        `$T sky --train 16 --test 0 --out "${out}" > /dev/null`,
        environment,
      );
      expect(told.replace(/[\r\n]/g, '')).not.toMatch(/\p{Cc}/u);
      if ('TERM' in environment) {
        expect(told).toMatch(/^(drawing galaxies \d+\/16, .*\r\n)+$/);
        return;
      }
      const parts = told.split(/[\r\n]+/);
      expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(columns || 80);
      expect(told).toContain('drawing galaxies'.slice(0, (columns || 80) - 1));
      expect(readdirSync(path(out))).toContain('sky.json');
    },
  );
});
