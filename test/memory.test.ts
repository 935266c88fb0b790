/** The memory of a command: estimated to within a quarter, and refused if the machine has less. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  entry,
  expectSameCheckpoints,
  lastValues,
  type Outcome,
  outcomeOf,
  runHere,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const [sky, run] = [path('sky'), path('run')];
const pictures = path('sky', 'images_training_rev1');
beforeAll(() => writeSky(sky, galaxyIds(36)));
afterAll(remove);

const hasPrlimit = (() => {
  try {
    execFileSync('prlimit', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

/** A network with large maps and little arithmetic. */
const WIDE = [
  '--kernels',
  '1,1,3,3',
  '--channels',
  '96,8,8,8',
  '--seed',
  '1',
  '--threads',
  '2',
  '--workers',
  '1',
];
const training = (out: string, ...flags: string[]) => [
  ...['train', '--data', sky, '--out', out, '--epochs', '1', '--validation', '0.1', '--batch', '32'],
  ...WIDE,
  ...flags,
];

/** Runs the command through a shell, which uses little memory: a process inherits the peak of its parent. */
function inShell(script: string, parameters: readonly string[]): Promise<Outcome> {
  const flags = ['-c', `${script}; exit $?`, process.execPath, entry, ...lastValues(parameters)];
  return outcomeOf(spawn('sh', flags, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** The memory that a command estimates and uses, in gigabytes. */
async function toldAndTaken(parameters: readonly string[]): Promise<[number, number]> {
  const peak = path('peak');
  const tell = path('tell.mjs');
  writeFileSync(
    tell,
    `import { writeFileSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread) {
      process.on('exit', () => writeFileSync(${JSON.stringify(peak)}, String(process.resourceUsage().maxRSS)));
    }`,
  );
  const outcome = await inShell(`"$0" --import "${tell}" "$@"`, parameters);
  expect(outcome.code, outcome.stderr).toBe(0);
  const [, told] = /^memory: about ([\d.]+) GB of /m.exec(outcome.stderr) ?? [];
  return [Number(told), (Number(readFileSync(peak, 'utf8')) * 1024) / 1e9];
}

describe('the memory that a command prints before it runs', () => {
  it('equals the memory that it uses, to within a quarter', async () => {
    for (const parameters of [
      training(run),
      ['predict', '--run', run, '--images', pictures, '--views', '4', '--out', path('a.csv')],
    ]) {
      const [told, taken] = await toldAndTaken([...parameters, '--workers', '1']);
      expect(told, parameters[0]).toBeGreaterThan(0.75 * taken);
      expect(told, parameters[0]).toBeLessThan(1.25 * taken);
    }
  });
});

describe('a command that would take more memory than the machine has', () => {
  const out = path('refused');

  const train = ['train', '--data', sky, '--out', out, '--batch', '1000000'];

  it('is refused immediately, with a batch that would fit', async () => {
    const { code, stdout, stderr } = await runHere(train);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^tuningfork: --batch 1000000: [^\n]* GB of memory, and the machine has [^\n]* GB; a batch of [^\n]*\n$/,
    );
    expect(existsSync(out)).toBe(false);
  });

  it('is refused as a variant of a comparison before the first one is trained', async () => {
    const variants = [{ name: 'small' }, { name: 'large', batch: 1_000_000 }];
    const plan = { seeds: [1], settings: { data: sky, epochs: 1 }, variants };
    writeFileSync(path('plan.json'), JSON.stringify(plan));
    const { code, stderr } = await runHere(['compare', '--config', path('plan.json'), '--out', out]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^tuningfork: variant 'large': --batch 1000000: .* --force runs it anyway\n$/);
    expect(existsSync(out)).toBe(false);
  });

  it('continues with --force, up to the next mistake', async () => {
    const { code, stderr } = await runHere([...train, '--force', '--quiet']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--batch 1000000: there are only ')]);
    expect(existsSync(out)).toBe(false);
  });

  it('does not save --force with the settings', async () => {
    const forced = path('forced');
    await runHere(training(forced, '--force'), { when: /epoch 1\/1 step 1/, send: ['SIGINT'] });
    expect(JSON.parse(readFileSync(path('forced', 'config.json'), 'utf8')).training).not.toHaveProperty(
      'force',
    );
  });
});

describe('a command that is given less memory than it takes', () => {
  /** Runs a command with `megabytes` for its data. */
  const limited = (megabytes: number, ...parameters: string[]) =>
    inShell(`prlimit --data=${megabytes * 1e6} "$0" "$@"`, parameters);

  it('fails with one line; a training run resumes from its checkpoint with bit-identical results', async (test) => {
    if (!hasPrlimit) return test.skip('there is no prlimit');
    const out = path('limited');
    const { code, stderr } = await limited(450, ...training(out, '--quiet'));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /^tuningfork: out of memory: (?:\d+ MB more were requested|ONNX Runtime could not allocate more); a smaller batch needs less; the last good checkpoint is .*last\.safetensors\n$/,
      ),
    ]);
    const resumed = await runHere(['train', '--out', out, '--resume', '--quiet']);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expectSameCheckpoints(out, run);
  });

  it('leaves no partial predictions', async (test) => {
    if (!hasPrlimit) return test.skip('there is no prlimit');
    const out = path('limited.csv');
    const flags = ['--run', run, '--images', pictures, '--views', '4', '--out', out, '--quiet'];
    flags.push('--threads', '1', '--workers', '1');
    const { code, stderr } = await limited(450, 'predict', ...flags);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^tuningfork: out of memory: .*\n$/)]);
    expect(existsSync(out)).toBe(false);
  });
});
