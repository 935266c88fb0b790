import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise, png } from '../../../test/fixtures/pictures.ts';
import { zipFixture } from '../../../test/fixtures/zip.ts';
import { augmentation, augustAugmentation, testViews } from '../../picture/augmentation.ts';
import { augustPixels } from '../../picture/august.ts';
import type { BatchItem, ImageReference } from '../../picture/batch.ts';
import { blurRecord } from '../../picture/blur.ts';
import { adjustColour } from '../../picture/colour.ts';
import { drawPixels, drawViews } from '../../picture/draw.ts';
import { fillBatch } from '../../picture/fillBatch.ts';
import { toFrame, toRecord } from '../../picture/record.ts';
import { NEUTRAL_VIEW, toAffine } from '../../picture/view.ts';
import { listSource } from '../files/source.ts';
import { PictureLoader } from './loader.ts';
import { encodeStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'batch-'));
afterAll(() => rmSync(folder, { recursive: true }));

const frames = [noise(424, 424, 1), noise(424, 424, 2)];
const pack = join(folder, 'two.pack');
const file = (name: string) => ({ kind: 'file', name, path: join(folder, name) }) as const;
const record = (index: number): ImageReference => ({ kind: 'record', path: pack, index });

beforeAll(async () => {
  for (const [i, frame] of frames.entries())
    writeFileSync(join(folder, `${i}.png`), await png(frame, 424, 424));
  writeFileSync(join(folder, 'bad.jpg'), '<html>');
  const [header, tail] = encodeStore([{ id: 'a' }, { id: 'b' }], undefined, 0);
  writeFileSync(pack, Buffer.concat([header, ...frames.map(toRecord), tail]));
});

async function fill(items: BatchItem[], size: number, capacity: number) {
  const data = new Float32Array(size * size * 3 * capacity).fill(9);
  const loader = new PictureLoader();
  const { failures } = await fillBatch({ items, size, capacity }, data, (image) =>
    loader.load(image),
  ).finally(() => loader.close());
  const column = (n: number) => data.filter((_, at) => at % capacity === n);
  return { failures, column };
}

describe('fillBatch', () => {
  it('draws the same from files, from a store and from memory: items × views, then zeros', async () => {
    const views = testViews(10);
    const one = await fill(
      [0, 1].map((i) => ({ image: file(`${i}.png`), views })),
      32,
      24,
    );
    const other = await fill(
      [0, 1].map((i) => ({ image: record(i), views })),
      32,
      24,
    );
    const memory = await fill(
      frames.map((pixels, i) => ({ image: { kind: 'pixels', name: `${i}`, pixels }, views })),
      32,
      24,
    );
    for (let n = 0; n < 20; n++) {
      const expected = new Float32Array(32 * 32 * 3);
      const affine = toAffine(views[n % 10]!, 32);
      drawViews([{ column: 0, record: toRecord(frames[Math.floor(n / 10)]!), affine }], expected, 32, 1);
      expect(one.column(n)).toEqual(expected);
      expect(other.column(n)).toEqual(expected);
      expect(memory.column(n)).toEqual(expected);
    }
    for (const n of [20, 23]) expect(one.column(n).every((value) => value === 0)).toBe(true);
    expect([...one.failures, ...other.failures]).toEqual([]);
  });

  it('reports pictures that cannot be read and leaves their columns zero', async () => {
    const items = ['0.png', 'bad.jpg', 'missing.jpg', '1.png'].map((name) => ({
      image: file(name),
      views: testViews(2),
    }));
    const { failures, column } = await fill(items, 32, 8);
    expect(failures).toEqual([
      {
        item: 1,
        name: 'bad.jpg',
        reason: expect.stringContaining('not a JPEG, PNG, TIFF, WebP or FITS file'),
      },
      { item: 2, name: 'missing.jpg', reason: expect.stringContaining('no such file') },
    ]);
    const isZero = Array.from({ length: 8 }, (_, n) => column(n).every((value) => value === 0));
    expect(isZero).toEqual([false, false, true, true, true, true, false, false]);
  });

  it('reads from zips', async () => {
    const path = join(folder, 'images.zip');
    writeFileSync(
      path,
      zipFixture({ 'images/0.png': await png(frames[0]!, 424, 424), 'images/1.png': 'no picture' }),
    );
    const items = (await listSource(path)).map((image) => ({ image, views: [NEUTRAL_VIEW] }));
    const { failures, column } = await fill(items, 32, 2);
    const plain = await fill([{ image: file('0.png'), views: [NEUTRAL_VIEW] }], 32, 1);
    expect(column(0)).toEqual(plain.column(0));
    expect(failures).toMatchObject([{ item: 1, name: 'images/1.png' }]);
  });

  it('draws August views from files, together with other views', async () => {
    const august = { pipeline: 'august', angle: 50, flip: true } as const;
    const { column } = await fill([{ image: file('1.png'), views: [NEUTRAL_VIEW, august] }], 128, 2);
    const expected = new Float32Array(128 * 128 * 3);
    drawPixels(augustPixels(frames[1]!, 50, true), 0, expected, 128, 1);
    expect(column(1)).toEqual(expected);
    expect(column(0)).not.toEqual(expected);
  });

  it('draws August views of other sizes from the picture at 424×424 pixels', async () => {
    const small = noise(100, 100);
    writeFileSync(join(folder, 'small.png'), await png(small, 100, 100));
    const august = { pipeline: 'august', angle: 50, flip: true } as const;
    const { column } = await fill([{ image: file('small.png'), views: [august] }], 128, 1);
    const expected = new Float32Array(128 * 128 * 3);
    drawPixels(augustPixels(toFrame(small), 50, true), 0, expected, 128, 1);
    expect(column(0)).toEqual(expected);
  });

  it('changes colours, then blurs', async () => {
    const colour = { brightness: 1.9, contrast: 0.6, saturation: 1.4 };
    const view = { ...NEUTRAL_VIEW, colour, blur: 0.7 };
    const { column } = await fill([{ image: record(0), views: [view] }], 32, 1);
    const expected = new Float32Array(32 * 32 * 3);
    const changed = blurRecord(adjustColour(toRecord(frames[0]!), colour), 0.7);
    drawViews([{ column: 0, record: changed, affine: toAffine(NEUTRAL_VIEW, 32) }], expected, 32, 1);
    expect(column(0)).toEqual(expected);
  });

  it('draws the views of augustAugmentation', async () => {
    const view = augustAugmentation(1, 2, 100008);
    const { column } = await fill([{ image: file('0.png'), views: [view] }], 128, 1);
    const expected = new Float32Array(128 * 128 * 3);
    drawPixels(augustPixels(frames[0]!, view.angle, view.flip), 0, expected, 128, 1);
    expect(column(0)).toEqual(expected);
  });

  it('changes colours before it draws, only in views with colours, from files and from a store', async () => {
    const colour = { brightness: 1.2, contrast: 0.8, saturation: 0.5 };
    const same = { brightness: 1, contrast: 1, saturation: 1 };
    const plain = augmentation(1, 2, 100008);
    const views = [plain, { ...plain, colour }, plain, { ...plain, colour: same }];
    for (const image of [file('0.png'), record(0)]) {
      const { column } = await fill([{ image, views }], 32, 4);
      const expected = new Float32Array(32 * 32 * 3 * 2);
      const own = toRecord(frames[0]!);
      const affine = toAffine(plain, 32);
      const drawings = [own, adjustColour(own, colour)].map((record, column) => ({ column, record, affine }));
      drawViews(drawings, expected, 32, 2);
      const drawn = (n: number) => expected.filter((_, at) => at % 2 === n);
      for (const n of [0, 2, 3]) expect(column(n)).toEqual(drawn(0));
      expect(column(1)).toEqual(drawn(1));
      expect(drawn(1)).not.toEqual(drawn(0));
    }
  });

  it('refuses invalid colours', async () => {
    const colour = { brightness: -1, contrast: 1, saturation: 1 };
    const items = [{ image: record(0), views: [{ ...NEUTRAL_VIEW, colour }] }];
    await expect(fill(items, 8, 1)).rejects.toThrow(
      'brightness: expected a finite factor of 0 or more, got -1',
    );
  });

  it('refuses August views of a record, or with another size', async () => {
    const views = [{ pipeline: 'august', angle: 0, flip: false }] as const;
    await expect(fill([{ image: record(0), views }], 128, 1)).rejects.toThrow('a store does not hold it');
    await expect(fill([{ image: file('0.png'), views }], 64, 1)).rejects.toThrow('[64, 64, 3] expected');
  });

  it('refuses more views than columns', async () => {
    const items = [{ image: record(0), views: testViews(3) }];
    await expect(fill(items, 8, 2)).rejects.toThrow('3 views do not fit 2 columns');
  });

  it('throws if a store cannot be read', async () => {
    const views = [NEUTRAL_VIEW];
    await expect(fill([{ image: record(2), views }], 8, 1)).rejects.toThrow('no record 2 among 2');
    const nowhere = { kind: 'record', path: '/nowhere.pack', index: 0 } as const;
    await expect(fill([{ image: nowhere, views }], 8, 1)).rejects.toThrow(
      '/nowhere.pack: no such file or folder',
    );
  });
});
