import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ZipFixture, zipFixture } from '../../../test/fixtures/zip.ts';
import { UserError } from '../../errors.ts';
import { referenceLabel, type ZippedFile } from '../../files/reference.ts';
import { listSource, readReference } from './source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tuningfork-source-'));
});
afterAll(() => rm(folder, { recursive: true }));

const text = async (reference: Parameters<typeof readReference>[0]) =>
  Buffer.from(await readReference(reference)).toString();

async function writeZip(name: string, files: Record<string, string>, options?: ZipFixture): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, zipFixture(files, options));
  return path;
}

describe('a folder', () => {
  it('lists its pictures, sorted, links included', async () => {
    const path = join(folder, 'pictures');
    await mkdir(join(path, 'folder.jpg'), { recursive: true });
    for (const name of ['2.jpg', '10.JPEG', '1.png', '.3.jpg', 'notes.txt']) {
      await writeFile(join(path, name), `content of ${name}`);
    }
    await symlink('2.jpg', join(path, '4.jpg'));
    await symlink('nowhere.jpg', join(path, '5.jpg'));
    await symlink('folder.jpg', join(path, '6.jpg'));
    const files = await listSource(path);
    expect(files.map(({ name }) => name)).toEqual(['1.png', '10.JPEG', '2.jpg', '4.jpg']);
    expect(await text(files[3]!)).toBe('content of 2.jpg');
  });

  it('is refused if it has no pictures or is missing', async () => {
    await mkdir(join(folder, 'empty'));
    await expect(listSource(join(folder, 'empty'))).rejects.toThrow(
      `${join(folder, 'empty')}: contains no file of type .jpg, .jpeg, .png`,
    );
    await expect(listSource(join(folder, 'none'))).rejects.toThrow('none: no such file or folder');
  });
});

describe('a single file', () => {
  it('is a source', async () => {
    const path = join(folder, 'one.jpg');
    await writeFile(path, 'one');
    expect(await listSource(path)).toEqual([{ kind: 'file', name: 'one.jpg', path }]);
    await expect(listSource(path, ['.csv'])).rejects.toThrow(
      'expected a folder, a .zip or a file of type .csv',
    );
  });

  it('is named in the error if it is missing', async () => {
    const gone = { kind: 'file', name: '1.jpg', path: join(folder, '1.jpg') } as const;
    await expect(readReference(gone)).rejects.toThrow(`${gone.path}: no such file or folder`);
    await expect(readReference({ ...gone, path: folder })).rejects.toThrow('expected a file, got a folder');
  });
});

describe('a zip', () => {
  const kaggle = {
    'images_training_rev1/': '',
    'images_training_rev1/100023.jpg': 'b'.repeat(1000),
    'images_training_rev1/100008.jpg': 'a',
    'images_training_rev1/empty.jpg': '',
    'images_training_rev1/.DS_Store.jpg': 'x',
    '__MACOSX/images_training_rev1/._100008.jpg': 'x',
    'readme.txt': 'x',
  };

  it('may have names that begin with ./, as bsdtar writes them', async () => {
    const path = await writeZip('dots.zip', { './': '', './pics/1.jpg': 'a', './.pics/2.jpg': 'b' });
    const files = await listSource(path);
    expect(files.map(referenceLabel)).toEqual([`${path}:./pics/1.jpg`]);
    expect(await text(files[0]!)).toBe('a');
  });

  it.each<ZipFixture>([
    {},
    { method: 0 },
    { zip64: true },
    { sizesFollow: true },
    { zip64: true, sizesFollow: true, method: 0 },
  ])('is read in place: %j', async (options) => {
    const path = await writeZip('kaggle.zip', kaggle, options);
    const files = await listSource(path);
    expect(files.map(({ name }) => name)).toEqual([
      'images_training_rev1/100008.jpg',
      'images_training_rev1/100023.jpg',
      'images_training_rev1/empty.jpg',
    ]);
    expect(await Promise.all(structuredClone(files).map(text))).toEqual(['a', 'b'.repeat(1000), '']);
    expect(referenceLabel(files[0]!)).toBe(`${path}:images_training_rev1/100008.jpg`);
  });

  it('is refused if it is not a zip, or has only hidden files', async () => {
    const path = join(folder, 'text.zip');
    await writeFile(path, 'not a zip at all');
    await expect(listSource(path)).rejects.toThrow(UserError);
    await expect(listSource(path)).rejects.toThrow(/^.*text\.zip: End of central directory/);

    const zip = zipFixture({ '1.jpg': 'a' });
    const directory = zip.indexOf('PK\x01\x02');
    zip.writeUInt16LE(0x801, directory + 8);
    await writeFile(path, zip);
    await expect(listSource(path)).rejects.toThrow('text.zip:1.jpg: is encrypted');
    zip.writeUInt16LE(0x800, directory + 8);
    zip.writeUInt16LE(12, directory + 10);
    await writeFile(path, zip);
    await expect(listSource(path)).rejects.toThrow('method 0 (stored) or 8 (deflate), got 12');
  });

  it('is named in the error together with the damaged file', async () => {
    const path = await writeZip('damaged.zip', { '1.jpg': 'a'.repeat(500), '2.jpg': 'b' });
    const [file] = (await listSource(path)) as ZippedFile[];
    const refused = (change: Partial<ZippedFile>) => expect(readReference({ ...file!, ...change })).rejects;
    await refused({ offset: 3 }).toThrow('damaged.zip:1.jpg: damaged zip: no local header at byte 3');
    await refused({ offset: 1e6 }).toThrow('is it truncated?');
    await refused({ compressedBytes: 1e8 }).toThrow('compressed bytes, the local header');
    await refused({ method: 0 }).toThrow('the directory says method 0, the local header 8');
    await refused({ bytes: 499 }).toThrow(
      'damaged.zip:1.jpg: damaged zip: Cannot create a Buffer larger than',
    );
    await refused({ bytes: 501 }).toThrow('expected 501 bytes, got 500');
    await refused({ crc32: 1 }).toThrow('its checksum is wrong');

    const zip = zipFixture({ '1.jpg': 'a'.repeat(500) });
    zip.fill(0xff, 36, 40);
    await writeFile(path, zip);
    await expect(readReference(file!)).rejects.toThrow(/damaged\.zip:1\.jpg: damaged zip: /);
    await writeFile(path, zip.subarray(0, 38));
    await expect(readReference(file!)).rejects.toThrow('are beyond its end at 38: is it truncated?');
  });
  it('is refused if its directory lies beyond the end of the file', async () => {
    const zip = zipFixture({ '1.jpg': 'a' }, { zip64: true });
    const locator = zip.indexOf('PK\x06\x07');
    zip[locator + 8 + 7] = 0xff; // the high byte of a 64-bit offset
    await writeFile(join(folder, 'far.zip'), zip);
    await expect(listSource(join(folder, 'far.zip'))).rejects.toThrow('far.zip: ');
    const far = zipFixture({ '1.jpg': 'a' }, { zip64: true });
    far[far.indexOf('PK\x06\x06') + 48 + 6] = 0xff;
    await writeFile(join(folder, 'far.zip'), far);
    await expect(listSource(join(folder, 'far.zip'))).rejects.toThrow('unexpected end of the archive');
  });
});
