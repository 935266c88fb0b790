import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { writeFileAtomically } from './atomic.ts';
import { withLock } from './lock.ts';
import { thisProcess } from './owner.ts';

const built = new URL('../../../dist/node/files/lock.js', import.meta.url);
const root = mkdtempSync(join(tmpdir(), 'tuningfork-lock-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with a lock of the given content. */
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
  it('excludes other processes during the work, and returns its result', async () => {
    const folder = join(root, 'a', 'b');
    const result = await withLock(folder, async () => {
      const { process, host } = thisProcess();
      await expect(withLock(folder, async () => 2)).rejects.toThrow(
        `${folder}: another process is using it (process ${process} on ${host}); if that is wrong, remove ${folder}/lock`,
      );
      writeFileSync(join(folder, 'result'), '');
      return 1;
    });
    expect(result).toBe(1);
    expect(await withLock(folder, async () => 3)).toBe(3);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
    expect(existsSync(join(folder, 'result'))).toBe(true);
  });

  it('removes the folders made for it if they stay empty', async () => {
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
    ['another machine of this name, long ago', async () => lockOf({ machine: 'another' })],
    ['another container, long ago', async () => lockOf({ space: 'pid:[0]' })],
  ])('takes over a lock of %s', async (name, content) => {
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
    [
      'another machine of this name',
      async () => lockOf({ process: await endedProcess(), machine: 'another' }),
    ],
    ['another container', async () => lockOf({ process: await endedProcess(), space: 'pid:[0]' })],
    ['nobody', async () => ''],
  ])('respects the lock of %s that was renewed recently', async (name, content) => {
    const folder = lockedFolder(name, await content());
    await expect(withLock(folder, async () => 0)).rejects.toThrow('; if that is wrong, remove ');
    expect(existsSync(join(folder, 'lock'))).toBe(true);
  });

  it('does not touch a lock that replaced it, and writes no more files', async () => {
    const folder = join(root, 'replaced');
    await withLock(folder, async () => {
      await writeFileAtomically(join(folder, 'before'), '');
      writeFileSync(join(folder, 'lock'), 'another');
      await expect(writeFileAtomically(join(folder, 'after'), '')).rejects.toThrow(
        `${folder}: another process may be using it: this process no longer holds ${folder}/lock`,
      );
      await writeFileAtomically(`${folder} beside`, '');
    });
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe('another');
    expect(readdirSync(folder).sort()).toEqual(['before', 'lock']);
    await writeFileAtomically(join(folder, 'after'), '');
  });

  it('renews its time by the clock of the file system while it holds the lock', async () => {
    const folder = join(root, 'touched');
    const path = join(folder, 'lock');
    const long = 1e9; // seconds since 1970
    vi.useFakeTimers({ now: Date.now() + 1e9 });
    try {
      await withLock(folder, async () => {
        writeFileSync(join(root, 'now'), '');
        utimesSync(path, long, long);
        vi.advanceTimersByTime(30_000);
        expect(statSync(path).mtimeMs / 1000).toBeCloseTo(statSync(join(root, 'now')).mtimeMs / 1000, -1);
        writeFileSync(path, 'another');
        utimesSync(path, long, long);
        vi.advanceTimersByTime(30_000);
        expect(statSync(path).mtimeMs).toBe(1000 * long);
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('is taken over by the first rival, even if that is killed halfway', async () => {
    const left = lockOf({ process: await endedProcess(), started: undefined });
    const folder = lockedFolder('tried', left);
    for (const name of ['lock.next', 'lock.next.next']) writeFileSync(join(folder, name), left);
    await withLock(folder, async () => expect(readdirSync(folder)).toEqual(['lock']));
    writeFileSync(join(folder, 'lock.next'), left);
    await withLock(folder, async () => expect(readdirSync(folder)).toEqual(['lock']));

    writeFileSync(join(folder, 'lock'), left);
    writeFileSync(join(folder, 'lock.next'), lockOf({ process: process.ppid, started: undefined }));
    await expect(withLock(folder, async () => 0)).rejects.toThrow(`(process ${process.ppid} on `);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(left);
    expect(readdirSync(folder).sort()).toEqual(['lock', 'lock.next']);
  });

  it('is kept if a rival acts on an earlier, stale lock', async () => {
    const folder = lockedFolder('late', lockOf({ process: await endedProcess(), started: undefined }));
    // Waits after reading the lock for the first time, and after each rename.
    const script = `import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      const { readFileSync, renameSync } = fs;
      let isFirst = true;
      const wait = (what) => {
        fs.writeSync(1, what);
        fs.readSync(0, Buffer.alloc(1));
      };
      fs.readFileSync = (path, ...rest) => {
        const text = readFileSync(path, ...rest);
        if (isFirst && path === ${JSON.stringify(join(folder, 'lock'))}) {
          isFirst = false;
          wait('read');
        }
        return text;
      };
      fs.renameSync = (...paths) => {
        renameSync(...paths);
        wait('moved');
      };
      syncBuiltinESMExports();
      const { withLock } = await import(${JSON.stringify(built)});
      await withLock(${JSON.stringify(folder)}, async () => {});`;
    const late = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const told = () =>
      new Promise((resolve) => {
        late.stdout.once('data', (text) => resolve(String(text)));
        late.once('close', resolve);
      });
    expect(await told()).toBe('read');
    await withLock(folder, async () => {
      const next = told();
      late.stdin.write('.');
      expect(await next).toBe(1);
      await expect(withLock(folder, async () => 0)).rejects.toThrow('another process is using it');
    });
  });

  it('goes to one of several processes that find a stale lock at the same time', async () => {
    const folder = lockedFolder('contended', lockOf({ process: await endedProcess(), started: undefined }));
    // The winner works until all others have given up.
    const script = `const { withLock } = await import(${JSON.stringify(built)});
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
