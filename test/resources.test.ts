/** Machines without space or permissions: the error names the file and the reason, and nothing is lost. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointBytes,
  entry,
  expectSameCheckpoints,
  filesBelow,
  isUnfinished,
  lastValues,
  NAMED,
  runHere,
  SMALL,
  succeed,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const sky = path('sky');
const pictures = path('sky', 'images_training_rev1');
const run = path('run');
const train = (out: string, ...flags: string[]) =>
  lastValues(['train', '--data', sky, '--out', out, ...SMALL, ...NAMED, '--validation', '0.2', ...flags]);

beforeAll(async () => {
  await writeSky(sky, galaxyIds(20));
  await succeed(...train(run), '--quiet');
});

const mounted: string[] = [];
afterAll(() => {
  for (const folder of mounted) spawnSync('umount', ['--lazy', folder]);
  remove();
});

/** A disk of `bytes`, in memory; undefined if mounting is not allowed. */
function smallDisk(name: string, bytes: number): string | undefined {
  const folder = path(name);
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tuningfork', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  mounted.push(folder);
  return folder;
}

const canMount = smallDisk('trial', 1 << 20) !== undefined;
if (!canMount) console.warn('skipped: a small disk cannot be mounted here (it takes root)');

/** Expects a command to fail in one line, and to leave nothing half-written. */
async function expectFailure(
  parameters: readonly string[],
  folder: string,
  message: RegExp,
  expectedCode = 1,
): Promise<void> {
  const before = filesBelow(folder);
  const { code, stdout, stderr } = await runHere([...parameters, '--quiet']);
  expect([code, stdout]).toEqual([expectedCode, '']);
  expect(stderr).toMatch(/^tuningfork: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect(filesBelow(folder)).toEqual(expect.arrayContaining(before));
  expect(filesBelow(folder).filter((name) => isUnfinished(name) || /lock$/.test(name))).toEqual([]);
}

describe.skipIf(!canMount)('on a full disk', () => {
  it.each([
    ['pack', 'pack', 1 << 20, ['--data', sky]],
    ['predict', 'csv', 1 << 12, ['--run', run, '--images', pictures]],
    ['average', 'csv', 1 << 12, ['--run', run, '--images', pictures]],
    ['export', 'onnx', 1 << 16, ['--run', run]],
  ])('%s keeps the old output', async (name, ending, bytes, parameters) => {
    const disk = smallDisk(name, bytes)!;
    const out = `${disk}/${name}.${ending}`;
    writeFileSync(out, 'as before');
    const message = new RegExp(`${name}\\.${ending}: cannot be written: no space left on the disk`);
    await expectFailure([name, ...parameters, '--out', out], disk, message);
    expect(readFileSync(out, 'utf8')).toBe('as before');
  });

  it('sky leaves nothing', async () => {
    const disk = smallDisk('sky disk', 1 << 17)!;
    const sky = ['sky', '--out', `${disk}/sky`, '--train', '40'];
    await expectFailure(sky, disk, /cannot be written: no space left on the disk/);
  });

  it('a training run keeps its last checkpoint, and resumes once there is space', async () => {
    const disk = smallDisk('training', 40 << 20)!;
    const folder = `${disk}/run`;
    const store = path('packed');
    await succeed('pack', '--data', sky, '--out', store, '--quiet');
    const flags = ['--data', store, '--epochs', '2'];
    await succeed(...train(path('whole'), ...flags), '--quiet');
    const stopped = await runHere(train(folder, ...flags), {
      when: /epoch 1\/2 step 1\//,
      send: ['SIGINT'],
    });
    expect(stopped.code).toBe(75);
    const checkpoint = checkpointBytes(folder);
    // Too little space for another checkpoint.
    const { bavail, bsize } = statfsSync(disk);
    const filler = `${disk}/filler`;
    writeFileSync(filler, new Uint8Array(bavail * bsize - checkpoint.length / 2));
    await expectFailure(
      ['train', '--out', folder, '--resume'],
      disk,
      /(best|last)\.safetensors: cannot be written: no space left on the disk$/m,
    );
    expect(checkpointBytes(folder).equals(checkpoint)).toBe(true);
    rmSync(filler);
    await succeed('train', '--out', folder, '--resume', '--quiet');
    expectSameCheckpoints(folder, path('whole'));
  });
});

describe.skipIf(!canMount)('on a disk that is read-only', () => {
  it('runs can be read, and nothing is written', async () => {
    const disk = smallDisk('read-only', 40 << 20)!;
    cpSync(run, `${disk}/run`, { recursive: true });
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    await succeed(
      'predict',
      '--run',
      `${disk}/run`,
      '--images',
      pictures,
      '--out',
      path('ro.csv'),
      '--quiet',
    );
    const predict = ['predict', '--run', `${disk}/run`, '--images', pictures, '--out', `${disk}/a.csv`];
    await expectFailure(predict, disk, /a\.csv: cannot be written: the disk is read-only$/m, 2);
    await expectFailure(
      train(`${disk}/new`),
      disk,
      /new: nothing can be written in .*: the disk is read-only$/m,
      2,
    );
    const resume = ['train', '--out', `${disk}/run`, '--resume'];
    await expectFailure(resume, disk, /run: nothing can be written in .*: the disk is read-only$/m, 2);
    const sky = ['sky', '--out', `${disk}/sky`, '--train', '2'];
    await expectFailure(sky, disk, /sky: .*: the disk is read-only$/m, 2);
  });
});

/** Root has all permissions, so commands run as the user nobody. */
const uid = process.getuid?.() === 0 ? 65_534 : undefined;
const asNobody = (parameters: readonly string[]) =>
  spawnSync(process.execPath, [entry, ...parameters], { uid, gid: uid, encoding: 'utf8' });
const mayRun = process.platform !== 'win32' && asNobody(['--version']).status === 0;
if (!mayRun) console.warn('skipped: the command cannot be run here as a user without permissions');

describe.skipIf(!mayRun)('without permission', () => {
  const made = path('forbidden');
  const images = `${made}/images`;
  beforeAll(() => {
    chmodSync(path(), 0o755);
    cpSync(pictures, images, { recursive: true });
    chmodSync(`${images}/99980.jpg`, 0);
    cpSync(path('sky', 'training_solutions_rev1.csv'), `${made}/table.csv`);
    chmodSync(`${made}/table.csv`, 0);
    cpSync(run, `${made}/run`, { recursive: true });
    chmodSync(`${made}/run/checkpoint/best.safetensors`, 0);
    mkdirSync(`${made}/open`);
    chmodSync(`${made}/open`, 0o777);
    mkdirSync(`${made}/closed`, 0o000);
    mkdirSync(`${made}/blind`);
    chmodSync(`${made}/blind`, 0o333);
    chmodSync(made, 0o555);
  });

  it.each([
    ['a table', ['average', '--predictions', `${made}/table.csv`, '--out', `${made}/open/a.csv`]],
    ['weights', ['predict', '--run', `${made}/run`, '--images', images, '--out', `${made}/open/a.csv`]],
    ['the folder of a result', ['predict', '--run', run, '--images', images, '--out', `${made}/a.csv`]],
    ['the folder of a run', train(`${made}/a`)],
    ['a folder of data', ['pack', '--data', `${made}/closed`, '--out', `${made}/open/a.pack`]],
    ['a run that is used', ['export', '--run', `${made}/closed/run`, '--out', `${made}/open/a.onnx`]],
  ])('%s is reported', (_, parameters) => {
    const before = filesBelow(made);
    const { status, stdout, stderr } = asNobody([...parameters, '--quiet']);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^tuningfork: .*forbidden[^\n]*: permission denied\n$/);
    expect(filesBelow(made)).toEqual(before);
  });

  it('a file is written into a folder that can be neither listed nor flushed', () => {
    const diagram = ['networks', '--network', 'cnn', '--diagram', `${made}/blind/a.svg`];
    const { status, stderr } = asNobody([...diagram, '--quiet']);
    expect([status, stderr]).toEqual([0, '']);
    expect(filesBelow(`${made}/blind`)).toEqual(['a.svg']);
  });

  it('pictures are reported and skipped', () => {
    const predict = ['predict', '--run', run, '--images', images, '--out', `${made}/open/b.csv`];
    const refused = asNobody(predict);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(
      /--max-bad 0\.01: 1 of 20 pictures cannot be read: 99980\.jpg: permission denied\n$/,
    );
    const { status, stderr } = asNobody([...predict, '--max-bad', '0.1']);
    expect([status, stderr]).toEqual([0, expect.stringContaining('99980.jpg: skipped: permission denied\n')]);
    expect(readFileSync(`${made}/open/b.csv`, 'utf8').split('\r\n')).toHaveLength(1 + 19 + 1);
  });
});

/** A command's system calls on files and folders, in order, one line each; undefined if they cannot be traced. */
function systemCalls(parameters: readonly string[]): string[] | undefined {
  const log = path('system calls');
  const calls = 'trace=write,pwrite64,pwritev,writev,ftruncate,fsync,rename,renameat,renameat2';
  try {
    execFileSync('strace', [
      '-f',
      '-y',
      '-s',
      '0',
      '-o',
      log,
      '-e',
      calls,
      process.execPath,
      entry,
      ...parameters,
    ]);
  } catch {
    return undefined;
  }
  return readFileSync(log, 'utf8').split('\n');
}

const canTrace = systemCalls(['--version']) !== undefined;
if (!canTrace) console.warn('skipped: there is no strace, or it is not allowed: apt-get install strace');

describe.skipIf(!canTrace)('a loss of power', () => {
  it.each([
    ['train', train(path('traced')), 20],
    ['predict', ['predict', '--run', run, '--images', pictures, '--out', path('traced.csv')], 1],
    ['pack', ['pack', '--data', sky, '--out', path('traced.pack')], 1],
  ])('%s never gives a file its name before its content is on the disk', (_, parameters, atLeast) => {
    const calls = systemCalls([...parameters, '--quiet'])!;
    const renames = calls.flatMap((line, at) => {
      const [, from, to] = /rename\("([^"]+)", "([^"]+)"/.exec(line) ?? [];
      return from === undefined ? [] : [{ at, from, to }];
    });
    expect(renames.length).toBeGreaterThanOrEqual(atLeast);
    for (const { at, from, to } of renames) {
      const ofFile = calls.slice(0, at).filter((line) => line.includes(`<${from}>`));
      expect(ofFile.at(-1), from).toMatch(/ fsync\(/);
      expect(
        ofFile.some((line) => line.includes('write')),
        from,
      ).toBe(true);
      const flushed = calls
        .slice(at)
        .some((line) => line.includes(`fsync(`) && line.includes(`<${dirname(to!)}>`));
      expect(flushed, `the folder of ${to}`).toBe(true);
    }
  });
});
