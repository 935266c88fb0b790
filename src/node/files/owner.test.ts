import { spawn, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isAlive, isMarkOfDead, ownMark, thisProcess } from './owner.ts';

describe('a process', () => {
  it('differs from other processes', () => {
    const own = thisProcess();
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, started: undefined })).toBe(true);
    expect(isAlive({ ...own, host: 'another' })).toBeUndefined();
    expect(isAlive({ ...own, machine: 'another' })).toBeUndefined();
    expect(isAlive({ ...own, space: 'another' })).toBeUndefined();
    expect(isMarkOfDead(ownMark())).toBe(false);
    expect(isMarkOfDead(ownMark().replace(/\d+$/, '99999999'))).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is a different process if its start time differs', () => {
    expect(isAlive({ ...thisProcess(), started: '1' })).toBe(false);
  });

  it('is not alive after it has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('close', resolve));
    expect(isAlive({ ...thisProcess(), process: child.pid!, started: undefined })).toBe(false);
  });

  it('is alive even if it belongs to a user whose processes are hidden', (test) => {
    const module = new URL('../../../dist/node/files/owner.js', import.meta.url);
    const script = `const { isAlive } = await import(${JSON.stringify(module)});
      process.setgroups([]);
      process.setgid(65534);
      process.setuid(65534);
      console.log(isAlive(${JSON.stringify(thisProcess())}));`;
    const hidden = 'mount -t proc -o hidepid=2 tuningfork /proc && exec "$0" --input-type=module -e "$1"';
    const { status, stdout } = spawnSync('unshare', ['-m', 'sh', '-c', hidden, process.execPath, script], {
      encoding: 'utf8',
    });
    if (status !== 0) return test.skip('processes cannot be hidden here (it takes root)');
    expect(stdout).toBe('true\n');
  });
});
