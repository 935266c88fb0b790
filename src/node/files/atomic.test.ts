import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  checkWritable,
  makeFolder,
  temporaryName,
  writeAtomically,
  writeFileAtomically,
  writeFolderAtomically,
} from './atomic.ts';
import { ownMark } from './owner.ts';

const root = mkdtempSync(join(tmpdir(), 'tuningfork-atomic-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The longest name of a file. */
const longest = (character: string) => {
  const bytes = Buffer.byteLength(character);
  return 'a'.repeat(255 % bytes) + character.repeat(Math.floor(255 / bytes));
};

describe('a file', () => {
  it.each(['x', 'é', '星', '🌌'])('may have the longest possible name, of %s', async (character) => {
    const folder = join(root, `of ${character}`);
    const path = join(folder, longest(character));
    await checkWritable(path);
    await writeFileAtomically(path, 'content');
    expect(readdirSync(folder)).toEqual([longest(character)]);
    expect(temporaryName(path)).not.toContain('\ufffd');
  });

  it('removes the leftovers of a killed process, even for a long name', async () => {
    const folder = join(root, 'left');
    mkdirSync(folder);
    const left = temporaryName(join(folder, longest('é')));
    writeFileSync(left.replace(ownMark(), ownMark().replace(/\d+$/, '99999999')), 'half');
    await writeFileAtomically(join(folder, 'a'), 'whole');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('removes the folders made for it if it fails', async () => {
    const path = join(root, 'new', 'newer', 'a');
    await checkWritable(path);
    expect(readdirSync(root)).not.toContain('new');
    const failing = writeAtomically(path, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow(/^no$/);
    expect(readdirSync(root)).not.toContain('new');
    const folder = join(root, 'new', 'x'.repeat(256));
    await expect(writeFileAtomically(join(folder, 'a'), '')).rejects.toThrow(
      'a: cannot be written: the name is too long',
    );
    expect(readdirSync(root)).not.toContain('new');
  });

  it('keeps a folder that contains another file', async () => {
    const folder = join(root, 'shared');
    const failing = writeAtomically(join(folder, 'a'), async () => {
      await writeFileAtomically(join(folder, 'b'), 'whole');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('whole');
    expect(readdirSync(folder)).toEqual(['b']);
  });
});

describe('a folder', () => {
  const fill = (folder: string) => writeFileAtomically(join(folder, 'a'), 'content');

  it('leaves nothing if it fails, and no folder made for it', async () => {
    const failing = writeFolderAtomically(join(root, 'above', 'folder'), async (folder) => {
      await fill(folder);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow(/^no$/);
    expect(readdirSync(root)).not.toContain('above');
  });

  it('replaces an empty folder, but no other', async () => {
    const path = join(root, 'beside', 'folder');
    mkdirSync(path, { recursive: true });
    const left = temporaryName(path).replace(ownMark(), ownMark().replace(/\d+$/, '99999999'));
    mkdirSync(left);
    writeFileSync(join(left, 'a'), 'half');
    await writeFolderAtomically(path, fill);
    expect(readdirSync(path)).toEqual(['a']);
    await expect(writeFolderAtomically(path, fill)).rejects.toThrow(
      'folder: cannot be replaced: it is not empty',
    );
    expect(readdirSync(join(root, 'beside'))).toEqual(['folder']);
  });
});

it('may be made by several at the same time', async () => {
  const folder = join(root, 'a', 'b', 'c');
  const made = await Promise.all(Array.from({ length: 8 }, () => makeFolder(folder)));
  expect(made).toContain(join(root, 'a'));
  expect(readdirSync(join(root, 'a', 'b'))).toEqual(['c']);
});
