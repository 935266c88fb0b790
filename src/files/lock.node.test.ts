import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withLock } from './lock.node.ts';
import { thisProcess } from './owner.node.ts';

const root = mkdtempSync(join(tmpdir(), 'tuningfork-lock-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with a lock in it that says this. */
function lockedFolder(name: string, content: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'lock'), content);
  return folder;
}

const lockOf = (owner: object) => JSON.stringify({ ...thisProcess(), ...owner });

/** The number of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('close', resolve));
  return child.pid!;
}

describe('withLock', () => {
  it('keeps others out for as long as the work takes, and gives its result', async () => {
    const folder = join(root, 'a', 'b');
    const result = await withLock(folder, async () => {
      const { process, host } = thisProcess();
      await expect(withLock(folder, async () => 2)).rejects.toThrow(
        `${folder}: another process is at work in it (process ${process} on ${host}); if that is not so, remove ${folder}/lock`,
      );
      writeFileSync(join(folder, 'result'), '');
      return 1;
    });
    expect(result).toBe(1);
    expect(await withLock(folder, async () => 3)).toBe(3);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    expect(existsSync(join(folder, 'result'))).toBe(true);
  });

  it('takes away the folders that were made for it, where nothing was put into them', async () => {
    mkdirSync(join(root, 'there'));
    const failing = withLock(join(root, 'there', 'new', 'newer'), () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(join(root, 'there'))).toBe(true);
    expect(existsSync(join(root, 'there', 'new'))).toBe(false);
  });

  it.each([
    ['a process that has ended', async () => lockOf({ process: await endedProcess(), started: undefined })],
    ['an earlier process of the same number', async () => lockOf({ started: '1' })],
    ['nobody, long ago', async () => ''],
    ['something else, long ago', async () => '{"process": -1}'],
    ['another machine, long ago', async () => lockOf({ host: `not-${hostname()}` })],
    ['another container, long ago', async () => lockOf({ space: 'pid:[0]' })],
  ])('passes over a lock of %s', async (name, content) => {
    const folder = lockedFolder(name, await content());
    if (name.endsWith('long ago'))
      utimesSync(join(folder, 'lock'), Date.now() / 1000, Date.now() / 1000 - 301);
    expect(await withLock(folder, async () => readFileSync(join(folder, 'lock'), 'utf8'))).toBe(
      `${JSON.stringify(thisProcess())}\n`,
    );
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it.each([
    ['another machine', async () => lockOf({ process: await endedProcess(), host: `not-${hostname()}` })],
    ['another container', async () => lockOf({ process: await endedProcess(), space: 'pid:[0]' })],
    ['nobody', async () => ''],
  ])('keeps to the lock of %s that was touched lately', async (name, content) => {
    const folder = lockedFolder(name, await content());
    await expect(withLock(folder, async () => 0)).rejects.toThrow('; if that is not so, remove ');
    expect(existsSync(join(folder, 'lock'))).toBe(true);
  });

  it('leaves alone what took its place', async () => {
    const folder = join(root, 'replaced');
    await withLock(folder, async () => writeFileSync(join(folder, 'lock'), 'another'));
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe('another');
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('is given to one of several that find the lock of a dead process at the same time', async () => {
    const folder = lockedFolder('contended', lockOf({ process: await endedProcess(), started: undefined }));
    const module = new URL('../../dist/files/lock.node.js', import.meta.url);
    // The winner works until all the others have given up.
    const script = `const { withLock } = await import(${JSON.stringify(module)});
      console.log('ready');
      await new Promise((start) => process.stdin.once('data', start));
      await withLock(${JSON.stringify(folder)}, () => new Promise((done) => process.stdin.on('end', done).resume()));`;
    const rivals = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'ignore'] }),
    );
    const ready = rivals.map(({ stdout }) => new Promise((resolve) => stdout.once('data', resolve)));
    await Promise.all(ready);
    for (const { stdin } of rivals) stdin.write('start');
    const codes: (number | null)[] = [];
    await new Promise<void>((resolve) => {
      for (const rival of rivals) {
        rival.on('close', (code) => {
          if (codes.push(code) === rivals.length - 1) for (const { stdin } of rivals) stdin.end();
          if (codes.length === rivals.length) resolve();
        });
      }
    });
    expect(codes).toEqual([1, 1, 1, 0]);
  });
});
