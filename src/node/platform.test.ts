import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { nodePlatform } from './platform.ts';

describe('nodePlatform', () => {
  const { files } = nodePlatform;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'platform-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reports cores and memory of the machine', () => {
    expect(nodePlatform.memory()).toBeGreaterThan(0);
    expect(nodePlatform.memory()).toBeLessThanOrEqual(totalmem());
    expect(nodePlatform.cores).toBeGreaterThan(0);
  });

  it('writes, extends, reads, lists and removes files', async () => {
    const path = join(folder, 'new', 'a.txt');
    expect(await files.exists(path)).toBe(false);
    expect(await files.list(join(folder, 'new'))).toEqual([]);
    await files.write(path, 'one');
    await files.append(path, new TextEncoder().encode('two'));
    expect(await readFile(path, 'utf8')).toBe('onetwo');
    expect(await files.list(join(folder, 'new'))).toEqual(['a.txt']);
    const part = await files.open(path, async (file) => [file.bytes, await file.read(2, 3)]);
    expect(part).toEqual([6, Uint8Array.from(Buffer.from('etw'))]);
    await files.remove(path);
    await files.remove(path);
    expect(await files.exists(path)).toBe(false);
  });

  it('names the file in its errors', async () => {
    const path = join(folder, 'missing');
    const error = await files.open(path, async () => 0).catch((cause) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(`${path}: no such file or folder`);
    await expect(files.append(join(path, 'a'), new Uint8Array(1))).rejects.toThrow(
      `${path}/a: cannot be written`,
    );
    await files.write(join(folder, 'short'), 'abc');
    const beyond = files.open(join(folder, 'short'), (file) => file.read(1, 3));
    await expect(beyond).rejects.toThrow(`${join(folder, 'short')}: ends at byte 3: truncated`);
  });

  it('locks a folder', async () => {
    const outcome = files.lock(folder, () => files.lock(folder, async () => 'both'));
    await expect(outcome).rejects.toThrow(/another process is using it/);
    expect(await files.lock(folder, async () => 'one')).toBe('one');
  });
});
