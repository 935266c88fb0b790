import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parquetWriteBuffer, schemaFromColumnData } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { zipFixture } from '../../../test/fixtures/zip.ts';
import { describeSkipped, type PictureOptions } from '../../data/images.ts';
import type { TaskEvent } from '../../events.ts';
import type { FileReference } from '../../files/reference.ts';
import { DEFAULT_PREPROCESSING } from '../../picture/preprocessing.ts';
import { readReference } from '../files/source.ts';
import { keepColumns } from './listPictures.ts';
import { openImages } from './openCatalogue.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pictures-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);

/** Writes files that contain their own names. */
function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), name);
  }
}

async function open(path: string, options: PictureOptions = {}) {
  const notes: string[] = [];
  const onEvent = (event: TaskEvent) => {
    if (event.kind === 'note') notes.push(event.message);
  };
  const galaxies = await openImages(path, options, onEvent);
  const contents = await Promise.all(
    galaxies.map(async ({ image }) => new TextDecoder().decode(await readReference(image as FileReference))),
  );
  const scales = galaxies.map(({ image }) => (image as FileReference).pixelScale);
  return { ids: galaxies.map(({ id }) => id), contents, notes, scales };
}

type ColumnData = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

/** A Parquet file; a column `image` has groups { bytes, path }. */
function parquet(columnData: ColumnData): Uint8Array {
  const own = schemaFromColumnData({ columnData });
  const schema = own.flatMap((element) =>
    element.name === 'image'
      ? [
          { name: 'image', repetition_type: 'OPTIONAL' as const, num_children: 2 },
          { name: 'bytes', type: 'BYTE_ARRAY' as const, repetition_type: 'OPTIONAL' as const },
          {
            ...{ name: 'path', type: 'BYTE_ARRAY' as const, repetition_type: 'OPTIONAL' as const },
            converted_type: 'UTF8' as const,
          },
        ]
      : [element],
  );
  const untyped = columnData.map(({ name, data }) => ({ name, data }));
  return new Uint8Array(parquetWriteBuffer({ columnData: untyped, schema, rowGroupSize: 2 }));
}

/** A column of groups { bytes, path }. */
const pictures = (...names: (string | null)[]) => ({
  name: 'image',
  data: names.map((name, i) => ({ bytes: new TextEncoder().encode(`bytes of ${i}`), path: name })),
});

describe('the pictures of a folder', () => {
  it('lie in its folders too; other files are counted by kind', async () => {
    write(
      'a/7.jpg',
      'a/b/c/3.PNG',
      '5.jpg',
      'a/x.svg',
      'y.svg',
      'm.fits.Z',
      'README',
      '.hidden/9.jpg',
      '.DS_Store',
    );
    symlinkSync(folder, at('a', 'loop'));
    expect(await open(folder)).toEqual({
      ids: ['3', '5', '7'],
      contents: ['a/b/c/3.PNG', '5.jpg', 'a/7.jpg'],
      scales: [undefined, undefined, undefined],
      notes: [`${folder}: 4 files skipped: 1 .fits.Z, 2 .svg, 1 without extension`],
    });
    expect(describeSkipped(['a.txt'])).toBe('1 file skipped: 1 .txt');
  });

  it('are raw values with a stretch, else of 8 bits; the others are skipped', async () => {
    write('5.jpg', '7.fits', '8.fits.gz');
    expect(await open(folder)).toMatchObject({
      ids: ['5'],
      notes: [`${folder}: 2 files skipped: 1 .fits, 1 .fits.gz`],
    });
    const frames = { ...DEFAULT_PREPROCESSING, bands: ['r'], stretch: 'asinh' };
    expect(await open(folder, { frames })).toMatchObject({
      ids: ['7', '8'],
      notes: [`${folder}: 1 file skipped: 1 .jpg`],
    });
  });

  it('have one name each', async () => {
    write('a/7.jpg', 'b/7.jpg');
    await expect(openImages(folder)).rejects.toThrow(
      `${folder}: two pictures of galaxy 7: a/7.jpg and b/7.jpg`,
    );
  });

  it('are counted by kind in a zip too', async () => {
    writeFileSync(at('i.zip'), zipFixture({ 'a/5.jpg': '', 'votes.csv': '', '__MACOSX/5.jpg': '' }));
    expect((await open(at('i.zip'))).notes).toEqual([`${at('i.zip')}: 1 file skipped: 1 .csv`]);
  });
});

describe('a list of pictures', () => {
  it('is a table with a column of paths, and IDs if it has them', async () => {
    write('pictures/a.jpg', 'pictures/b.jpg');
    writeFileSync(
      at('list.csv'),
      'objid,ra,path\n587722981736120347,1.5,pictures/b.jpg\n12,NaN,pictures/a.jpg\n',
    );
    expect(await open(at('list.csv'))).toEqual({
      ids: ['587722981736120347', '12'],
      contents: ['pictures/b.jpg', 'pictures/a.jpg'],
      scales: [undefined, undefined],
      notes: [`${at('list.csv')}: paths from path, IDs from objid`],
    });
    const kept = await keepColumns(at('list.csv'), ['.jpg'], {}, ['ra', 'path'], 'keep');
    expect(kept.columns).toEqual([
      { name: 'ra', type: 'float64' },
      { name: 'path', type: 'text' },
    ]);
    expect(['12', '587722981736120347'].map((id) => kept.cells({ id }))).toEqual([
      [null, 'pictures/a.jpg'],
      ['1.5', 'pictures/b.jpg'],
    ]);
    await expect(keepColumns(at('list.csv'), [], {}, ['dec'], 'keep')).rejects.toThrow(
      `keep dec: ${at('list.csv')} has no column dec`,
    );
  });

  it('keeps its order, and may have any column of paths, or be a text with a path in each line', async () => {
    write('a.jpg', 'sub/b.png');
    writeFileSync(at('list.csv'), 'cutout,z\nsub/b.png,1\na.jpg,2\n');
    writeFileSync(at('list.txt'), `# mine\nsub/b.png\r\n\n${at('a.jpg')}\n`);
    const data = ['sub/b.png', 'a.jpg'];
    writeFileSync(at('list.parquet'), parquet([{ name: 'file_loc', type: 'STRING', data }]));
    for (const name of ['list.csv', 'list.txt', 'list.parquet']) {
      expect(await open(at(name)), name).toMatchObject({ ids: ['b', 'a'], contents: data });
    }
    const [{ image } = {}] = await openImages(at('list.csv'));
    expect(image).toMatchObject({ name: 'sub/b.png', path: at('sub/b.png') });
  });

  it('may have IDs that pandas wrote as floats, in a column that is named', async () => {
    write('a.jpg', 'b.jpg');
    writeFileSync(at('list.csv'), 'path,objid,mine\na.jpg,b,7.0\nb.jpg,a,100001.0\n');
    expect(await open(at('list.csv'), { idColumn: 'mine' })).toMatchObject({
      ids: ['7', '100001'],
      notes: [`${at('list.csv')}: paths from path, IDs from mine`],
    });
    const labelled = { idColumn: 'of the labels', hasLabels: true };
    expect((await open(at('list.csv'), labelled)).ids).toEqual(['b', 'a']);
    const kept = await keepColumns(at('list.csv'), [], { idColumn: 'mine' }, ['objid'], 'keep');
    expect(kept.cells({ id: '7' })).toEqual(['b']);
    writeFileSync(at('list.csv'), 'path,mine\na.jpg,1.2e18\nb.jpg,7.0\n');
    await expect(openImages(at('list.csv'), { idColumn: 'mine' })).rejects.toThrow(
      'list.csv line 2: mine: expected all digits of an ID, got 1.2e18',
    );
    await expect(openImages(at('list.csv'), { idColumn: 'none' })).rejects.toThrow(
      `idColumn none: ${at('list.csv')} has no such column, only path, mine`,
    );
    await expect(openImages(folder, { idColumn: 'mine' })).rejects.toThrow(
      `idColumn mine: has no effect: ${folder} is not a table that lists pictures`,
    );
  });

  it('has a pixel scale for each picture where frames have a field', async () => {
    write('a.jpg', 'b.jpg', 'c.jpg');
    writeFileSync(at('list.csv'), 'path,PixScale\na.jpg,0.396\nb.jpg,\nc.jpg,2\n');
    const frames = { ...DEFAULT_PREPROCESSING, field: 60 };
    expect(await open(at('list.csv'), { frames })).toMatchObject({
      scales: [0.396, undefined, 2],
      notes: [`${at('list.csv')}: paths from path, pixel scales from PixScale`],
    });
    expect((await open(at('list.csv'), { frames, pixelScale: 1 })).scales).toEqual([1, 1, 1]);
    const stored = [
      pictures('a.jpg', 'b.jpg'),
      { name: 'pixel_scale', type: 'DOUBLE' as const, data: [0.5, null] },
    ];
    writeFileSync(at('a.parquet'), parquet(stored));
    expect((await open(at('a.parquet'), { frames })).scales).toEqual([0.5, undefined]);
    for (const bad of ['0', '-1', 'wide']) {
      writeFileSync(at('list.csv'), `path,pixel_scale\na.jpg,0.4\nb.jpg,${bad}\n`);
      expect((await open(at('list.csv'))).scales).toEqual([undefined, undefined]); // not read without a field
      await expect(openImages(at('list.csv'), { frames })).rejects.toThrow(
        /list.csv line 3: pixel_scale: expected/,
      );
    }
  });

  it('is refused without paths, with an empty one, or with one ID twice', async () => {
    writeFileSync(at('list.csv'), 'a,b\n1,2\n');
    await expect(openImages(at('list.csv'))).rejects.toThrow("expected a column of pictures' paths");
    writeFileSync(at('list.csv'), 'path,id\na.jpg,1\n,2\n');
    await expect(openImages(at('list.csv'))).rejects.toThrow(
      'line 3: path: expected a path, got an empty cell',
    );
    writeFileSync(at('list.csv'), 'path,id\na.jpg,1\nb.jpg,1\n');
    await expect(openImages(at('list.csv'))).rejects.toThrow('list.csv line 3: id 1 is already in line 2');
    writeFileSync(at('list.txt'), '\na.jpg\nb.doc\n');
    await expect(openImages(at('list.txt'))).rejects.toThrow(
      'list.txt line 3: expected the path of a picture',
    );
    writeFileSync(at('list.txt'), '\n');
    await expect(openImages(at('list.txt'))).rejects.toThrow('lists no picture');
  });
});

describe('Parquet files with pictures', () => {
  it('are read row by row, in their order, named by their IDs or paths', async () => {
    const ids = [30n, 1n, 587722981736120347n];
    const named = [
      pictures('x/30.jpg', null, 'c.jpg'),
      { name: 'id_str', type: 'INT64' as const, data: ids },
      { name: 'ra', type: 'DOUBLE' as const, data: [1, 2, 3.5] },
    ];
    writeFileSync(at('a.parquet'), parquet(named));
    expect(await open(at('a.parquet'))).toMatchObject({
      ids: ids.map(String),
      contents: ['bytes of 0', 'bytes of 1', 'bytes of 2'],
    });
    const kept = await keepColumns(at('a.parquet'), [], {}, ['ra'], 'keep');
    expect(kept.cells({ id: '587722981736120347' })).toEqual(['3.5']);
    writeFileSync(at('b.parquet'), parquet([pictures('x/30.jpg', 'b.jpg', 'c.jpg')]));
    expect((await open(at('b.parquet'))).ids).toEqual(['30', 'b', 'c']);
  });

  it('may be shards in a folder', async () => {
    mkdirSync(at('data'));
    writeFileSync(at('data', 'train-00001-of-00002.parquet'), parquet([pictures('b.jpg')]));
    writeFileSync(at('data', 'train-00000-of-00002.parquet'), parquet([pictures('c.jpg', 'a.jpg')]));
    expect((await open(folder)).ids).toEqual(['c', 'a', 'b']);
  });

  it('are refused without pictures, IDs or a whole footer', async () => {
    mkdirSync(at('d'));
    const path = at('d', 'a.parquet');
    writeFileSync(path, parquet([{ name: 'x', type: 'INT64', data: [1n] }]));
    await expect(openImages(at('d'))).rejects.toThrow(`${path}: expected a column of pictures`);
    writeFileSync(path, parquet([pictures('a.jpg', null)]));
    await expect(openImages(path)).rejects.toThrow(
      `${path} row 2: expected an ID column (GalaxyID, id_str, objid, …) or a path of the picture, got neither`,
    );
    writeFileSync(path, parquet([pictures('a.jpg')]).subarray(0, 50));
    await expect(openImages(path)).rejects.toThrow(`${path}: cannot be read as Parquet`);
  });
});
