import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { primary, TILED, tiledFile } from '../../test/fixtures/fits.ts';
import { noise, png } from '../../test/fixtures/pictures.ts';
import { fetchFiles } from '../../test/fixtures/wasm.ts';
import { type ZipFixture, zipFixture } from '../../test/fixtures/zip.ts';
import { describeSkipped } from '../data/images.ts';
import type { FileReference, ZippedFile } from '../files/reference.ts';
import { listSource, readReference } from '../node/files/source.ts';
import { nodePlatform } from '../node/platform.ts';
import type { ImageReference } from '../picture/batch.ts';
import { NEUTRAL_VIEW } from '../picture/view.ts';
import { webDecoder } from './decoder.ts';
import { filesOfDrop } from './filesOfDrop.ts';
import { listFiles } from './listFiles.ts';
import { webPlatform } from './platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'listFiles-'));
beforeAll(fetchFiles);
afterAll(() => {
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string | Uint8Array = '') =>
  ({ kind: 'blob', name, blob: new Blob([new Uint8Array(Buffer.from(content))]) }) as const;

const content = async (image: ImageReference) =>
  Buffer.from(await webDecoder.read(image as FileReference, 1e6)).toString();

describe('the files of a page', () => {
  it('are pictures by ID, failures and skipped files', async () => {
    const zip = zipFixture({ 'z/5.jpg': 'five', 'z/7.jpg': 'other', 'z/a.txt': '', '__MACOSX/9.jpg': '' });
    const picked = Object.assign(new File(['eleven'], '11.jpg'), { webkitRelativePath: 'f/11.jpg' });
    const { galaxies, failures, skipped } = await listFiles([
      ...[file('f/7.JPG', 'seven'), file('z.ZIP', zip), picked, file('f/.DS_Store'), file('8.fits')],
      ...[file('votes.csv'), file('bad.zip', 'no zip')],
    ]);
    expect(galaxies.map(({ id }) => id)).toEqual(['5', '7', '11']);
    expect(await Promise.all(galaxies.map(({ image }) => content(image)))).toEqual([
      'five',
      'seven',
      'eleven',
    ]);
    expect(failures).toEqual([
      {
        name: '8.fits',
        reason: 'expected a picture of 8 bits; raw values need a stretch',
        options: ['stretch'],
      },
      { name: 'bad.zip', reason: expect.stringContaining('cannot be read as a zip: ') },
      { name: 'z.ZIP:z/7.jpg', reason: 'two pictures of galaxy 7: f/7.JPG and z/7.jpg' },
    ]);
    expect(describeSkipped(skipped)).toBe('2 files skipped: 1 .csv, 1 .txt');
  });

  it('are raw values with a stretch, one file for each band on demand', async () => {
    const frames = { bands: ['g', 'r'], stretch: 'asinh' };
    const files = ['a_g.fits', 'a_r.fits.gz', 'x/a_g.fits', 'b_r.fits', 'c.fits', 'd.jpg'].map((name) =>
      file(name),
    );
    const { galaxies, failures, skipped } = await listFiles(files, {
      frames,
      bandFiles: '{name}_{band}.fits',
    });
    expect(galaxies.map(({ id, image }) => [id, image.kind])).toEqual([
      ['a', 'bands'],
      ['b', 'bands'],
    ]);
    expect(failures.map(({ name }) => name)).toEqual(['d.jpg', 'x/a_g.fits']);
    expect(skipped).toEqual(['a_r.fits.gz', 'c.fits']);
    expect((await listFiles(files.slice(0, 2), { frames, hdu: '1' })).galaxies[0]!.image).toMatchObject({
      hdu: '1',
    });
  });

  it('are found in dropped folders', async () => {
    const entry = (name: string) => ({
      ...{ isFile: true, fullPath: `/${name}` },
      file: (done: (blob: Blob) => void, failed: (error: Error) => void) =>
        name.includes('gone') ? failed(new Error('not found')) : done(new Blob([name])),
    });
    const names = [['f/1.jpg'], ['f/2.jpg', 'f/gone.jpg'], []];
    const readEntries = (done: (entries: unknown[]) => void) => done(names.shift()!.map(entry));
    const directory = { isFile: false, fullPath: '/f', createReader: () => ({ readEntries }) };
    const items = [entry('3.jpg'), null, directory].map((each) => ({
      webkitGetAsEntry: () => each,
      getAsFile: () => null,
    }));
    const fileOnly = { webkitGetAsEntry: () => null, getAsFile: () => new File(['4'], '4.jpg') };
    const { files, failures } = await filesOfDrop({ items: [...items, fileOnly] });
    expect(files.map(({ name }) => name)).toEqual(['3.jpg', 'f/1.jpg', 'f/2.jpg', '4.jpg']);
    expect(failures).toEqual([{ name: 'f/gone.jpg', reason: 'cannot be read: not found' }]);
  });
});

describe('a zip', () => {
  const files = { 'b/2.jpg': 'two'.repeat(400), '1.jpg': 'one', '3.jpg': '', '.4.jpg': 'hidden' };
  const path = join(folder, 'a.zip');

  /** The same archive for a page and for Node. */
  async function list(zip: Uint8Array) {
    writeFileSync(path, zip);
    const [page, node] = await Promise.all([
      listFiles([file(path, zip)]),
      listSource(path).catch(({ message }) => message as string),
    ]);
    return { ...page, node };
  }

  it.each<ZipFixture>([
    { method: 8 },
    { method: 0 },
    { zip64: true },
    { sizesFollow: true },
    { zip64: true, sizesFollow: true, method: 0 },
  ])('is listed and read as in Node: %j', async (options) => {
    const { galaxies, failures, node } = await list(zipFixture(files, options));
    expect(failures).toEqual([]);
    const own = galaxies.map(({ image }) => {
      const { archive: _, ...entry } = image as ZippedFile;
      return entry;
    });
    const byName = new Map((node as FileReference[]).map((each) => [each.name, each]));
    expect(own).toHaveLength(byName.size);
    expect(own).toEqual(own.map(({ name }) => byName.get(name)));
    expect(await Promise.all(galaxies.map(({ image }) => content(image)))).toEqual([
      'one',
      'two'.repeat(400),
      '',
    ]);
  });

  it('loses no other file by an encrypted one', async () => {
    const zip = zipFixture({ '1.jpg': 'one', '2.jpg': 'two' });
    const directory = zip.indexOf('PK\x01\x02');
    zip.writeUInt16LE(0x801, directory + 8);
    const { galaxies, failures, node } = await list(zip);
    expect(galaxies.map(({ id }) => id)).toEqual(['2']);
    expect(failures).toEqual([{ name: `${path}:1.jpg`, reason: 'is encrypted' }]);
    expect(node).toBe(`${path}:1.jpg: is encrypted`);
    zip.writeUInt16LE(0x800, directory + 8);
    zip.writeUInt16LE(12, directory + 10);
    expect((await list(zip)).failures[0]!.reason).toContain('(stored) or 8 (deflate), got 12');
  });

  it('is refused for the same reasons if it is damaged', async () => {
    const zip = zipFixture({ '1.jpg': 'a'.repeat(500) });
    const [entry] = (await list(zip)).galaxies;
    const refusals: Partial<ZippedFile>[] = [
      ...[{ offset: 3 }, { offset: 1e6 }, { compressedBytes: 1e5 }, { method: 0 }],
      ...[{ bytes: 501 }, { crc32: 1 }, { bytes: 1e9 }],
    ];
    for (const change of refusals) {
      const image = { ...(entry!.image as ZippedFile), ...change };
      const [web, node] = await Promise.all(
        [webDecoder.read, readReference].map((read) => read(image, 1e6).catch(({ message }) => message)),
      );
      expect(web).toBe(node);
    }
    const image = { ...(entry!.image as ZippedFile), bytes: 499 };
    await expect(content(image)).rejects.toThrow('1.jpg: damaged zip: longer than 499 bytes');
  });
});

describe('pictures of blobs', () => {
  const frames = { bands: ['r'], stretch: 'linear:low=0,high=99' };
  const values = Buffer.from(Uint8Array.from({ length: 70 * 80 }, (_, i) => (i * i) % 100));
  const fits = primary(8, [80, 70], values);

  it('are read as in Node: FITS, plain, gzipped and in tiles', async () => {
    for (const bytes of [fits, gzipSync(fits), tiledFile(TILED[0]!), Buffer.from('none')]) {
      const image = file('a.fits', bytes);
      const [web, node] = await Promise.all(
        [webPlatform(), nodePlatform].map((each) =>
          each.readPicture(image, frames).then(
            ({ record, ...more }) => ({ ...more, record: String(record) }),
            ({ message }: Error) => message,
          ),
        ),
      );
      expect(web).toEqual(node);
    }
  });

  it('fill batches; flags, HDUs and failures are reported', async () => {
    const images = [
      file('wide.png', await png(noise(70, 60), 70, 60)),
      file('black.png', await png(new Uint8Array(70 * 70 * 3), 70, 70)),
      file('page.jpg', '<html>'),
    ];
    const items = images.map((image) => ({ image, views: [NEUTRAL_VIEW] }));
    const reader = webPlatform().pictures();
    for await (const { failures, flagged, filled } of reader.batches([{ items, size: 8, capacity: 3 }])) {
      expect(filled).toBe(3);
      expect(flagged).toEqual([
        { item: 0, name: 'wide.png', flags: ['tiny', 'sides-cut'] },
        { item: 1, name: 'black.png', flags: ['constant', 'black'] },
      ]);
      expect(failures).toEqual([
        { item: 2, name: 'page.jpg', reason: expect.stringContaining('it begins with "<html>"') },
      ]);
    }
    const job = { items: [{ image: file('a.fits', fits), views: [NEUTRAL_VIEW] }], size: 8, capacity: 1 };
    const preprocessing = { ...frames, crop: 1, size: 8, normalisation: { scale: 1, offset: 0 } };
    for await (const { hdus } of reader.batches([{ ...job, preprocessing }]))
      expect(hdus).toEqual([{ label: 'HDU 0', isOnly: true }]);
    await reader.close();
  });
});
