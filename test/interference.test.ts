/**
 * Threads that die while they read or write a picture: the command ends, names the picture, and leaves nothing half-written.
 * The command is as it is built; a module that is loaded before it gives its threads another one to load, which waits for a file.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  expectSameCheckpoints,
  filesBelow,
  type Outcome,
  SMALL,
  succeed,
  temporaryFolder,
  tuningfork,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const ids = galaxyIds(12);
const { path, remove } = temporaryFolder();
const [sky, run] = [path('sky'), path('run')];
const pictures = path('sky', 'images_training_rev1');
const entry = fileURLToPath(new URL('../dist/cli/main.node.js', import.meta.url));
const training = (out: string) => [
  'train',
  '--data',
  sky,
  '--out',
  out,
  ...SMALL,
  ...['--batch', '4', '--epochs', '1'],
  '--workers',
  '1',
];

/** How a thread dies: with a code, of an error that nobody catches, or of too large a heap. */
const WAYS = {
  exits: ['process.exit(9)', 'the worker stopped with code 9'],
  crashes: [`setImmediate(() => { throw new Error('out of luck'); })`, 'out of luck'],
  'fills its heap': [
    'for (const all = []; ; ) all.push(Array.from({ length: 1e5 }, () => ({})))',
    'Worker terminated due to reaching memory limit: JS heap out of memory',
  ],
} as const;
type Way = keyof typeof WAYS;

beforeAll(async () => {
  await writeSky(sky, ids);
  mkdirSync(path('deaths'));
  await succeed(...training(run), '--augmentation', 'august', '--quiet');
});
afterAll(remove);

/** The modules to be loaded: by the command, which hands the other to its threads. */
function murderer(way: Way, name: string, time: number): string {
  const [death] = WAYS[way];
  const thread = path('deaths', 'thread.mjs');
  writeFileSync(
    thread,
    `import promises from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    let times = 0;
    for (const call of ['readFile', 'open']) {
      const original = promises[call];
      promises[call] = async (path, ...rest) => {
        if (String(path).endsWith(${JSON.stringify(name)}) && ++times === ${time}) { ${death}; await new Promise(() => {}); }
        return original(path, ...rest);
      };
    }
    syncBuiltinESMExports();`,
  );
  const command = path('deaths', 'command.mjs');
  writeFileSync(
    command,
    `import threads from 'node:worker_threads';
    import { syncBuiltinESMExports } from 'node:module';
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(entry, options) {
        const execArgv = ['--import', ${JSON.stringify(pathToFileURL(thread).href)}];
        super(entry, { ...options, execArgv, resourceLimits: { maxOldGenerationSizeMb: 48 } });
      }
    };
    syncBuiltinESMExports();`,
  );
  return pathToFileURL(command).href;
}

/** Runs a command one of whose threads dies at a picture, when it comes to it for the given time. */
function dying(way: Way, name: string, parameters: readonly string[], time = 1): Promise<Outcome> {
  const flags = ['--import', murderer(way, name, time), entry, ...parameters, '--quiet'];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, flags, { timeout: 60_000 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
}

/** Expects it to end with the picture's name and to leave nothing. */
async function expectDeath(way: Way, name: string, label: string, parameters: readonly string[]) {
  const before = filesBelow(path());
  const outcome = await dying(way, name, parameters);
  const files = filesBelow(path()).filter((file) => !file.startsWith('deaths'));
  expect(outcome).toEqual({
    code: 1,
    signal: null,
    stdout: '',
    stderr: `tuningfork: ${label}: ${WAYS[way][1]}\n`,
  });
  expect(files).toEqual(before.filter((file) => !file.startsWith('deaths')));
}

describe('a thread that dies at a picture', () => {
  const name = `${ids[7]}.jpg`;

  it.each(Object.keys(WAYS) as Way[])('and %s ends `pack`, which names it', (way) =>
    expectDeath(way, name, name, ['pack', '--data', sky, '--out', path('sky.pack')]),
  );

  it('ends `predict`, which names it', () =>
    expectDeath('exits', name, name, [
      'predict',
      '--run',
      run,
      '--images',
      pictures,
      '--out',
      path('a.csv'),
    ]));

  it('ends `sky`, which names the galaxy', () =>
    expectDeath('exits', '100003.jpg', 'galaxy 100003', [
      'sky',
      '--out',
      path('new'),
      '--train',
      '4',
      '--workers',
      '1',
    ]));

  it('ends the decoding before a training, of which nothing is left', async () => {
    await expectDeath('exits', name, name, training(path('never')));
    expect(existsSync(path('never'))).toBe(false);
  });

  it('ends a training, which goes on from its checkpoint to the same bits', async () => {
    const out = path('again');
    // Read for the first time to be decoded, for the second in the first epoch.
    const { code, stderr } = await dying('exits', name, [...training(out), '--augmentation', 'august'], 2);
    expect([code, stderr]).toEqual([1, `tuningfork: ${name}: the worker stopped with code 9\n`]);
    expect(filesBelow(out)).toContain('checkpoint/last.safetensors');
    expect(readFileSync(path('again', 'config.json')).length).toBeGreaterThan(0);
    expect(await tuningfork(['train', '--out', out, '--resume', '--quiet'])).toMatchObject({
      code: 0,
      stderr: '',
    });
    expectSameCheckpoints(out, run);
  });
});
