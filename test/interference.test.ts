/**
 * Commands that are disturbed when they open a file: the thread dies, no file descriptors are left, or the file is deleted,
 * truncated or replaced. The built command and its threads first load modules that do this.
 */
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  checkpointBytes,
  entry,
  expectSameCheckpoints,
  filesBelow,
  lastValues,
  NAMED,
  type Outcome,
  outcomeOf,
  SMALL,
  succeed,
  temporaryFolder,
} from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const ids = galaxyIds(12);
const { path, remove } = temporaryFolder();
const [sky, run] = [path('sky'), path('run')];
const pictures = path('sky', 'images_training_rev1');
const training = (out: string) => [
  'train',
  '--data',
  sky,
  '--out',
  out,
  ...SMALL,
  ...['--batch', '4', '--validation', '0'],
  '--workers',
  '1',
];

/** Threads read the original pictures in each epoch, for views of 128×128. */
const AUGUST = [...NAMED, '--augmentation', 'august'];

beforeAll(async () => {
  await writeSky(sky, ids);
  mkdirSync(path('deeds'));
  await succeed(...training(run), ...AUGUST, '--quiet');
});
afterAll(remove);

/** Waits until the thread ends. */
const WAIT = 'await new Promise(() => {});';

/** Ways in which a thread dies: an exit code, an uncaught error, a full heap. */
const DEATHS = {
  exits: [`process.exit(9); ${WAIT}`, 'the worker stopped with code 9'],
  crashes: [`setImmediate(() => { throw new Error('out of luck'); }); ${WAIT}`, 'out of luck'],
  'fills its heap': [
    'for (const all = []; ; ) all.push(Array.from({ length: 1e5 }, () => ({})))',
    'Worker terminated due to reaching memory limit: JS heap out of memory',
  ],
} as const;
const [EXIT, EXITED] = DEATHS.exits;
const USE_UP = `try { for (;;) fs.openSync('/dev/null'); } catch {}`;
const USED_UP = 'too many open files; `ulimit -n` shows the limit';

/** JavaScript that runs just before a file whose path ends with `file` is opened for the `time`th time. */
interface Deed {
  deed: string;
  file: string;
  time?: number;
  /** Leaves out what the main thread opens. */
  inWorker?: boolean;
}

/** Writes the two modules. @returns the URL of the command's, which loads the other one into its threads */
function accomplice({ deed, file, time = 1, inWorker = false }: Deed): string {
  const thread = path('deeds', 'thread.mjs');
  writeFileSync(
    thread,
    `import fs from 'node:fs';
    import promises from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads';
    let times = 0;
    const isCounted = (path) => String(path).endsWith(${JSON.stringify(file)}) && !(isMainThread && ${inWorker});
    const isDue = (path) => isCounted(path) && ++times === ${time};
    const { readFile, open } = promises;
    const { openSync } = fs;
    promises.readFile = async (path, ...rest) => {
      if (isDue(path)) { ${deed} }
      return readFile(path, ...rest);
    };
    promises.open = async (path, ...rest) => {
      if (isDue(path)) { ${deed} }
      return open(path, ...rest);
    };
    fs.openSync = (path, ...rest) => {
      if (isDue(path)) { ${deed.replace(WAIT, '')} }
      return openSync(path, ...rest);
    };
    syncBuiltinESMExports();`,
  );
  const command = path('deeds', 'command.mjs');
  const { href } = pathToFileURL(thread);
  writeFileSync(
    command,
    `import ${JSON.stringify(href)};
    import threads from 'node:worker_threads';
    import { syncBuiltinESMExports } from 'node:module';
    const { Worker } = threads;
    threads.Worker = class extends Worker {
      constructor(entry, options) {
        const execArgv = ['--import', ${JSON.stringify(href)}];
        super(entry, { ...options, execArgv, resourceLimits: { maxOldGenerationSizeMb: 48 } });
      }
    };
    syncBuiltinESMExports();`,
  );
  return pathToFileURL(command).href;
}

/** Runs a command and disturbs it; it has only 256 file descriptors. */
function disturbed(deed: Deed, parameters: readonly string[]): Promise<Outcome> {
  const script = 'ulimit -n 256; exec "$0" "$@"';
  const flags = [
    '-c',
    script,
    process.execPath,
    '--import',
    accomplice(deed),
    entry,
    ...lastValues(parameters),
    '--quiet',
  ];
  return outcomeOf(spawn('sh', flags, { timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] }));
}

const filesBeside = () => filesBelow(path()).filter((file) => !file.startsWith('deeds'));

/** Expects the command to fail with one line that names the file, and to leave no file. */
async function expectEnd(deed: Deed, parameters: readonly string[], message: string): Promise<void> {
  const before = filesBeside();
  const stderr = `tuningfork: ${message}\n`;
  expect(await disturbed(deed, parameters)).toEqual({ code: 1, signal: null, stdout: '', stderr });
  expect(filesBeside()).toEqual(before);
}

const file = `${ids[7]}.jpg`;
const packing = ['pack', '--data', sky, '--out', path('sky.pack'), '--workers', '1'];
const predicting = ['predict', '--run', run, '--images', pictures, '--out', path('a.csv')];
const drawing = ['sky', '--out', path('new'), '--train', '4', '--workers', '1'];

describe('a thread that dies at a picture', () => {
  it.each(Object.entries(DEATHS))('with %s stops `pack`, which names it', (_, [deed, message]) =>
    expectEnd({ deed, file }, packing, `${file}: ${message}`),
  );

  it('stops `predict`, which names it', () =>
    expectEnd({ deed: EXIT, file }, predicting, `${file}: ${EXITED}`));

  it('stops `sky`, which names the galaxy', () =>
    expectEnd({ deed: EXIT, file: '100003.jpg' }, drawing, `galaxy 100003: ${EXITED}`));

  it('stops the decoding before training, which leaves nothing', () =>
    expectEnd({ deed: EXIT, file }, training(path('never')), `${file}: ${EXITED}`));

  it('stops a training run, which resumes from its checkpoint with bit-identical results', async () => {
    const out = path('again');
    // The threads that decode are not those that fill batches: the latter read it for the second time in the second epoch.
    const deed = { deed: EXIT, file, time: 2 };
    const { code, stderr } = await disturbed(deed, [...training(out), ...AUGUST]);
    expect([code, stderr]).toEqual([1, `tuningfork: ${file}: ${EXITED}\n`]);
    const resumed = await succeed('train', '--out', out, '--resume', '--quiet');
    expect(resumed.stderr).toBe('');
    expect(checkpointBytes(out).equals(checkpointBytes(run))).toBe(true);
  });
});

describe('without free file descriptors', () => {
  // The first picture, because drawing earlier ones would take file descriptors too.
  const file = `${ids[0]}.jpg`;
  const told = `${path('sky', 'images_training_rev1', file)}: ${USED_UP}`;

  it.each([
    ['pack', packing, `${file}: ${told}`],
    ['predict', predicting, `${file}: ${told}`],
    [
      'explain',
      ['explain', '--run', run, '--image', pictures, '--layer', 'conv5', '--out', path('maps')],
      told,
    ],
  ])('`%s` stops, and skips no picture', async (_, parameters, message) => {
    await expectEnd({ deed: USE_UP, file }, [...parameters, '--max-bad', '1'], message);
  });
});

describe('without memory', () => {
  const refuse = `globalThis.Uint8Array = function () { throw new RangeError('Array buffer allocation failed'); }`;
  const told = (name: string, label: string) =>
    `out of memory: ${name}: ${label}: Array buffer allocation failed`;

  it('`pack` stops, and skips no picture', async () => {
    const message = told(file, join(pictures, file));
    await expectEnd({ deed: refuse, file }, [...packing, '--max-bad', '1'], message);
  });

  it('`predict` of a zip stops, and does not report damage', async () => {
    const zip = path('deeds', 'pictures.zip');
    const named = ids.map((id) => [`${id}.jpg`, readFileSync(join(pictures, `${id}.jpg`))]);
    writeFileSync(zip, zipFixture(Object.fromEntries(named)));
    const parameters = ['predict', '--run', run, '--images', zip, '--out', path('zipped.csv')];
    parameters.push('--workers', '1', '--max-bad', '1');
    const second = `${ids[1]}.jpg`; // the first time, its thread reads the first
    const deed = { deed: refuse, file: 'pictures.zip', time: 2 };
    await expectEnd(deed, parameters, told(second, zip));
  });
});

describe('a file that is changed while it is used', () => {
  const restoring = async (run: () => Promise<Outcome>) => {
    const spare = path('deeds', 'spare.jpg');
    const picture = join(pictures, file);
    copyFileSync(picture, spare);
    try {
      return await run();
    } finally {
      copyFileSync(spare, picture);
    }
  };
  const packed = (deed: string) =>
    restoring(() => disturbed({ deed, file }, [...packing, '--max-bad', '0.1', '--json'])).finally(() =>
      rmSync(path('sky.pack'), { force: true }),
    );

  it.each([
    ['deleted', 'fs.unlinkSync(path)', 'no such file or folder'],
    ['cut', 'fs.truncateSync(path, 700)', 'premature end of JPEG image'],
    ['emptied', 'fs.truncateSync(path)', 'the file is empty'],
  ])('is reported and skipped if it is a picture that is %s', async (_, deed, reason) => {
    const { code, stdout } = await packed(deed);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).leftOut).toEqual([{ name: file, reason: expect.stringContaining(reason) }]);
  });

  it('does not lose the predictions if it is a picture that is deleted before it is read again', async () => {
    const [table, out] = [path('sky', 'training_solutions_rev1.csv'), path('scores')];
    // The pictures are predicted by another thread.
    const deed = `if (process.getBuiltinModule('worker_threads').isMainThread) fs.unlinkSync(path);`;
    const evaluating = ['evaluate', '--run', run, '--solutions', table, '--images', pictures, '--out', out];
    const outcome = await restoring(() => disturbed({ deed, file }, evaluating));
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    expect(outcome.stderr).toMatch(`${file}: no such file or folder\n`);
    expect((await readSolutions(GALAXY_ZOO_2, join(out, 'predictions.csv'))).ids).toEqual(ids.map(String));
  });

  const [pack, whole] = [path('packed'), path('whole')];
  const from = (out: string) => [
    ...['train', '--data', pack, '--out', out, ...SMALL],
    ...['--batch', '4', '--workers', '1'],
  ];
  beforeAll(async () => {
    await succeed('pack', '--data', sky, '--out', pack, '--quiet');
    await succeed(...from(whole), '--quiet');
  });

  it.each([
    ['deleted', `fs.renameSync('${pack}', '${pack}.kept')`, /: .*packed: no such file or folder$/m],
    [
      'cut',
      `fs.copyFileSync('${pack}', '${pack}.kept'); fs.truncateSync('${pack}', 500000)`,
      /: .*packed: .* 500000/,
    ],
    [
      'replaced',
      `fs.copyFileSync('${pack}', '${pack}.new'); fs.renameSync('${pack}', '${pack}.kept'); fs.renameSync('${pack}.new', '${pack}')`,
      /: .*packed: has been replaced or changed since it was opened$/m,
    ],
  ])(
    "is named if it is a run's store that is %s; the run resumes with bit-identical results",
    async (how, deed, message) => {
      const out = path(`run ${how}`);
      // The third time a thread opens it is the validation of the first epoch, the fourth is in the second epoch.
      const outcome = await disturbed({ deed, file: 'packed', time: 4, inWorker: true }, from(out));
      expect([outcome.code, outcome.stdout]).toEqual([2, '']);
      expect(outcome.stderr).toMatch(message);
      expect(outcome.stderr.split('\n')).toHaveLength(2);
      renameSync(`${pack}.kept`, pack);
      const resumed = await succeed('train', '--out', out, '--resume', '--quiet');
      expect(resumed.stderr).toBe('');
      expectSameCheckpoints(out, whole);
    },
  );

  it("is named if the disk of a run's store fails", async () => {
    const deed = `fs.readSync = () => { throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }); };
      syncBuiltinESMExports();`;
    const outcome = await disturbed({ deed, file: 'packed', time: 2 }, from(path('run on a bad disk')));
    expect([outcome.code, outcome.stdout]).toEqual([1, '']);
    expect(outcome.stderr).toMatch(/^tuningfork: [^\n]*packed: the disk failed \(EIO\)\n$/);
  });

  it('is not recreated if it is the folder of a run', async () => {
    const out = path('gone');
    const deed = `fs.rmSync('${out}', { recursive: true })`;
    expect(await disturbed({ deed, file: 'packed', time: 4, inWorker: true }, from(out))).toMatchObject({
      code: 1,
      stderr: `tuningfork: ${out}: was deleted or renamed during the training\n`,
    });
    expect(existsSync(out)).toBe(false);
  });
});
