import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHAPES } from '../../../test/fixtures/shapes.ts';
import { zipFixture } from '../../../test/fixtures/zip.ts';
import { describeCatalogue, describeSource } from '../../data/join.ts';
import type { FileReference } from '../../files/reference.ts';
import { brokenSums } from '../../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../../tree/tree.ts';
import { listSource, readReference } from '../files/source.ts';
import { findKagglePart } from './kaggle.ts';
import { openCatalogue, openImages } from './openCatalogue.ts';
import { readSolutions } from './readSolutions.ts';
import { writeSubmission } from './writeSubmission.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tuningfork-catalogue-'));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]) => join(folder, ...names);
const csv = (...ids: number[]) =>
  [
    ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','),
    ...ids.map((id) => `${id}${`,${id / 1000}`.repeat(37)}`),
  ].join('\n');

async function images(name: string, ...ids: (number | string)[]): Promise<string> {
  await mkdir(at(name), { recursive: true });
  for (const id of ids) await writeFile(at(name, `${id}.jpg`), `picture of ${id}`);
  return at(name);
}

async function solutions(name: string, ...ids: number[]): Promise<string> {
  await writeFile(at(name), csv(...ids));
  return at(name);
}

describe('readSolutions', () => {
  it('reads a .csv and the zip that holds it', async () => {
    const path = await solutions('training_solutions_rev1.csv', 1, 2);
    const zipped = zipFixture({ 'training_solutions_rev1.csv': csv(1, 2), '__MACOSX/._x.csv': 'x' });
    await writeFile(at('s.zip'), zipped);
    const [plain, unzipped] = [
      await readSolutions(GALAXY_ZOO_2, path),
      await readSolutions(GALAXY_ZOO_2, at('s.zip')),
    ];
    expect(unzipped).toEqual({ ...plain, file: `${at('s.zip')}:training_solutions_rev1.csv` });
  });

  it('reads a .csv.gz, and names a damaged one', async () => {
    const gz = at('packed.csv.gz');
    await writeFile(gz, gzipSync(csv(1, 2)));
    expect((await readSolutions(GALAXY_ZOO_2, gz)).ids).toEqual(['1', '2']);
    await writeFile(gz, gzipSync(csv(1, 2)).subarray(0, 40));
    await expect(readSolutions(GALAXY_ZOO_2, gz)).rejects.toThrow(
      'packed.csv.gz: cannot be unpacked: unexpected end of file',
    );
  });

  it('refuses a zip of several tables, and names the file and line of a fault', async () => {
    await writeFile(at('s.zip'), zipFixture({ 'a.csv': csv(1), 'b.csv': csv(2) }));
    await expect(readSolutions(GALAXY_ZOO_2, at('s.zip'))).rejects.toThrow(
      's.zip: expected one table, got 2: a.csv, b.csv',
    );
    await writeFile(at('s.zip'), zipFixture({ 'a.csv': csv(1, 1) }));
    await expect(readSolutions(GALAXY_ZOO_2, at('s.zip'))).rejects.toThrow(
      's.zip:a.csv line 3: GalaxyID 1 is already in line 2',
    );
    await writeFile(at('s.zip'), zipFixture({ 'a.txt': '' }));
    await expect(readSolutions(GALAXY_ZOO_2, at('s.zip'))).rejects.toThrow(
      's.zip: contains no file of type .csv, .csv.gz',
    );
    await expect(readSolutions(GALAXY_ZOO_2, at('none.csv'))).rejects.toThrow(
      'none.csv: no such file or folder',
    );
  });
});

describe('openImages', () => {
  it('names pictures by ID: integers first, then the others by code point', async () => {
    const names = [
      10,
      9,
      '1237649770260463687',
      '000123',
      'J094651.40-010228.5',
      '\u{1f30c}',
      '\uff01',
      'a.png',
    ];
    const ids = (await openImages(await images('i', ...names))).map(({ id }) => id);
    const others = ['000123', '1237649770260463687', 'J094651.40-010228.5', 'a.png', '\uff01', '\u{1f30c}'];
    expect(ids).toEqual(['9', '10', ...others]);
    const upper = join(await images('upper'), 'X.JPG');
    await writeFile(upper, '');
    expect(await openImages(upper)).toMatchObject([{ id: 'X', image: { name: 'X.JPG' } }]);
  });

  it('refuses two pictures with the same ID', async () => {
    await writeFile(at('i.zip'), zipFixture({ 'a/5.jpg': '', 'b/5.png': '' }));
    await expect(openImages(at('i.zip'))).rejects.toThrow(
      'i.zip: two pictures of galaxy 5: a/5.jpg and b/5.png',
    );
  });
});

describe('openCatalogue', () => {
  it('joins rows and pictures, sorted, and counts the rest', async () => {
    const options = {
      solutions: [await solutions('a.csv', 30, 10, 20)],
      images: [await images('a', 10, 30, 40, 'logo')],
    };
    const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, options);
    expect(galaxies.map(({ id }) => id)).toEqual(['10', '30']);
    expect(Array.from(galaxies[1]!.fractions)).toEqual(Array(37).fill(0.03));
    expect(Buffer.from(await readReference(galaxies[1]!.image as FileReference)).toString()).toBe(
      'picture of 30',
    );
    expect(sources.flatMap(describeSource)).toEqual([
      `${at('a.csv')} with ${at('a')}: 2 galaxies (2 images without row)`,
      `1 of 3 rows of ${at('a.csv')} has no picture in ${at('a')}: 20`,
    ]);
  });

  it('reads the layout of Kaggle, unpacked or zipped, and further pairs', async () => {
    const zip = (...ids: number[]) =>
      zipFixture(Object.fromEntries(ids.map((id) => [`images_training_rev1/${id}.jpg`, `zipped ${id}`])));
    await writeFile(at('images_training_rev1.zip'), zip(1, 2, 3));
    await writeFile(at('training_solutions_rev1.zip'), zipFixture({ 'x.csv': csv(1) }));
    expect((await openCatalogue(GALAXY_ZOO_2, { data: folder })).galaxies).toMatchObject([
      { id: '1', image: { kind: 'zip' } },
    ]);

    await images('images_training_rev1', 1, 2);
    await solutions('training_solutions_rev1.csv', 1);
    const data = { data: folder, solutions: [await solutions('b.csv', 2), await solutions('c.csv', 4)] };
    expect((await openCatalogue(GALAXY_ZOO_2, data)).galaxies).toMatchObject([
      { id: '1', source: 0, image: { kind: 'file', path: at('images_training_rev1', '1.jpg') } },
      { id: '2', source: 1 },
    ]);

    const one = await openCatalogue(GALAXY_ZOO_2, { ...data, images: [await images('more', 2, 4, 5)] });
    expect(one.galaxies.map(({ id, source }) => [id, source])).toEqual([
      ['1', 0],
      ['2', 1],
      ['4', 2],
    ]);
    expect(one.sources.map(({ imagesWithoutRow }) => imagesWithoutRow)).toEqual([1, 1, 1]);

    const each = await openCatalogue(GALAXY_ZOO_2, {
      ...data,
      images: [at('more'), await images('other', 4)],
    });
    expect(each.galaxies.map(({ image }) => image)).toMatchObject([
      { path: at('images_training_rev1', '1.jpg') },
      { path: at('more', '2.jpg') },
      { path: at('other', '4.jpg') },
    ]);
  });

  it('gives galaxies the counts of their table, if it has some', async () => {
    const tree = defineTree(SHAPES);
    const names = tree.columns.map(({ name }) => name).join(',');
    await writeFile(at('counts.csv'), `GalaxyID,${names}\n1,4,2,2,1,1,1,,0\n`);
    await writeFile(at('fractions.csv'), `GalaxyID,${names}\n2,1,0,0,0.5,0.5,0,0,0\n`);
    const { galaxies } = await openCatalogue(tree, {
      solutions: [at('counts.csv'), at('fractions.csv')],
      images: [await images('i', 1, 2)],
    });
    const [first, second] = galaxies;
    expect(first!.counts).toEqual(Float64Array.of(4, 2, 2, 1, 1, 1, Number.NaN, 0));
    expect(first!.fractions.subarray(0, 5)).toEqual(Float64Array.of(0.5, 0.25, 0.25, 0.25, 0.25));
    expect([first!.fractions.subarray(5).every(Number.isNaN), second!.counts]).toEqual([true, undefined]);
  });

  it('reads tables of other columns as the options say, and reports how', async () => {
    const tree = defineTree(SHAPES);
    await writeFile(at('mine.json'), '{"s": "smooth", "f": "1.2", "n": "1.3"}');
    await writeFile(at('mine.csv'), 'objid;asset_id;s;f;n;ra\n2;7;0.5;0.25;0.25;1\n3;8;;;;1\n');
    const options = {
      solutions: [at('mine.csv')],
      images: [await images('i', 2, 3)],
      columns: at('mine.json'),
      labels: 'weighted',
    } as const;
    const catalogue = await openCatalogue(tree, options);
    expect(catalogue.galaxies.map(({ id }) => id)).toEqual(['2', '3']);
    expect(describeCatalogue(catalogue)).toEqual([
      `${at('mine.csv')}: cumulative weighted fractions of 3 answers, IDs from objid; 3 cells unknown; ` +
        '2 other columns ignored: asset_id, ra',
      `${at('mine.csv')} with ${at('i')}: 2 galaxies`,
    ]);
    await images('both', 2, 7);
    await expect(openCatalogue(tree, { ...options, images: [at('both')] })).rejects.toThrow(
      `idColumn: ${at('mine.csv')}: objid and asset_id all have IDs of pictures; choose one of them`,
    );
    await writeFile(at('mine.json'), '{"s": "smooth",\n}');
    await expect(openCatalogue(tree, options)).rejects.toThrow(`${at('mine.json')} line 2: not JSON`);
    await expect(openCatalogue(tree, { data: folder, labels: 'counts' })).rejects.toThrow(
      "labels counts: requires `solutions`: tables of `data` are Kaggle's",
    );
  });

  it('gives galaxies the weight of their table, and reports it', async () => {
    await images('images_training_rev1', 1);
    await solutions('training_solutions_rev1.csv', 1);
    const [teacher, plain] = [await solutions('t.csv', 2, 3), await solutions('p.csv', 4)];
    const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, {
      data: folder,
      solutions: [`${teacher}:0.5`, `${plain}:1.0`],
      images: [await images('more', 2, 4)],
    });
    expect(galaxies.map(({ id, weight }) => [id, weight])).toEqual([
      ['1', 1],
      ['2', 0.5],
      ['4', 1],
    ]);
    expect(sources.map(({ weight }) => weight)).toEqual([1, 0.5, 1]);
    expect(sources.slice(1).flatMap(describeSource)).toEqual([
      `${teacher} with ${at('more')}: 1 galaxies, weight 0.5`,
      `1 of 2 rows of ${teacher} has no picture in ${at('more')}: 3`,
      `${plain} with ${at('more')}: 1 galaxies`,
    ]);
  });

  it('reads a table whose name looks like one with a weight', async () => {
    await mkdir(at('table:0.5'));
    await writeFile(at('table:0.5', 'a.csv'), csv(1));
    const options = { solutions: [at('table:0.5')], images: [await images('i', 1)] };
    expect((await openCatalogue(GALAXY_ZOO_2, options)).galaxies).toMatchObject([{ id: '1', weight: 1 }]);
  });

  it('refuses a bad weight before it reads a table', async () => {
    const weighted = { solutions: [at('missing.csv'), `${at('teacher.csv')}:-1`], images: ['nowhere'] };
    await expect(openCatalogue(GALAXY_ZOO_2, weighted)).rejects.toThrow(
      `solutions ${at('teacher.csv')}:-1: expected a weight greater than 0, got -1`,
    );
    const missing = { solutions: [`${at('missing.csv')}:0.5`], images: [await images('i', 1)] };
    await expect(openCatalogue(GALAXY_ZOO_2, missing)).rejects.toThrow('missing.csv: no such file or folder');
  });

  it('reports a source without a match if others have some', async () => {
    const tables = [await solutions('a.csv', 1), await solutions('b.csv', 8, 9)];
    const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, {
      solutions: tables,
      images: [await images('i', 1)],
    });
    expect(galaxies.map(({ id }) => id)).toEqual(['1']);
    expect(describeSource(sources[1]!)).toEqual([
      `${tables[1]} with ${at('i')}: 0 galaxies`,
      `2 of 2 rows of ${tables[1]} have no picture in ${at('i')}: 8, 9`,
    ]);
  });

  it('refuses a galaxy that two sources label, and a join without a match', async () => {
    const pictures = await images('i', 1, 2);
    const [a, b, c] = [
      await solutions('a.csv', 1),
      await solutions('b.csv', 2, 1),
      await solutions('c.csv', 9),
    ];
    await expect(openCatalogue(GALAXY_ZOO_2, { solutions: [a, b], images: [pictures] })).rejects.toThrow(
      `galaxy 1 is labelled twice: by ${a} and by ${b}`,
    );
    await expect(openCatalogue(GALAXY_ZOO_2, { solutions: [c], images: [pictures] })).rejects.toThrow(
      `no row of the solutions has its picture: ${c} with ${pictures}`,
    );
  });

  it('refuses options that do not pair up', async () => {
    await expect(openCatalogue(GALAXY_ZOO_2, {})).rejects.toThrow(
      'data: expected a folder, or `solutions` with `images`; got neither',
    );
    await expect(openCatalogue(GALAXY_ZOO_2, { images: ['i'] })).rejects.toThrow(
      'images: requires `solutions`',
    );
    await expect(openCatalogue(GALAXY_ZOO_2, { solutions: ['a.csv'] })).rejects.toThrow(
      'solutions: requires `images` or `data`',
    );
    await expect(
      openCatalogue(GALAXY_ZOO_2, { solutions: ['a', 'b', 'c'], images: ['i', 'j'] }),
    ).rejects.toThrow('images: expected one for all, or one for each of the 3 `solutions`, got 2');
  });
});

describe('findKagglePart', () => {
  it('lists the expected and the present files', async () => {
    await expect(findKagglePart(folder, 'testImages')).rejects.toThrow(
      `${folder}: expected images_test_rev1 or images_test_rev1.zip; found nothing`,
    );
    for (let i = 0; i < 12; i++) await writeFile(at(`${i}.txt`), '');
    await expect(findKagglePart(folder, 'testImages')).rejects.toThrow('found 0.txt, 1.txt, 10.txt, 11.txt');
    await expect(findKagglePart(folder, 'testImages')).rejects.toThrow('7.txt and 2 more');
    await expect(findKagglePart(at('none'), 'testImages')).rejects.toThrow(
      'none: no such folder; expected one in the layout',
    );
  });
});

describe('writeSubmission', () => {
  it('writes what readSolutions reads', async () => {
    async function* predictions() {
      for (const id of [2, 1]) yield { id: String(id), fractions: new Float32Array(37).fill(id / 3) };
    }
    expect(await writeSubmission(GALAXY_ZOO_2, at('deep', 's.csv'), predictions())).toBe(2);
    const text = await readFile(at('deep', 's.csv'), 'latin1');
    expect(text.split('\r\n').map((line) => line.slice(0, 12))).toEqual([
      'GalaxyID,Cla',
      '2,0.6666667,',
      '1,0.33333334',
      '',
    ]);
    expect((await readSolutions(GALAXY_ZOO_2, at('deep', 's.csv'))).ids).toEqual(['2', '1']);
  });

  it('writes many rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => ({
      id: String(i + 1),
      fractions: Array(37).fill(1 / 3),
    }));
    expect(await writeSubmission(GALAXY_ZOO_2, at('s.csv'), rows)).toBe(5000);
    expect((await readSolutions(GALAXY_ZOO_2, at('s.csv'))).ids.length).toBe(5000);
  });

  it('leaves nothing behind if a row is wrong', async () => {
    const good = { id: '1', fractions: Array(37).fill(0.5) };
    await expect(writeSubmission(GALAXY_ZOO_2, at('s.csv'), [good, good])).rejects.toThrow(
      'galaxy 1 is predicted twice',
    );
    const bad = { id: '2', fractions: Array(37).fill(Number.NaN) };
    await expect(writeSubmission(GALAXY_ZOO_2, at('s.csv'), [good, bad])).rejects.toThrow(
      'galaxy 2: Class1.1: expected 0…1',
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

const DATA = new URL('../../../shared/data/galaxy-zoo/', import.meta.url);
const hasData = existsSync(DATA);
const skipped = hasData ? '' : ' (skipped: ../shared is not here)';

describe.skipIf(!hasData)(`the challenge's own files${skipped}`, () => {
  const data = fileURLToPath(DATA);

  it('are joined, with the teacher’s rows beside them', async () => {
    const { galaxies, sources } = await openCatalogue(GALAXY_ZOO_2, {
      data,
      solutions: [join(data, 'teacher_solutions.csv')],
      images: [join(data, 'images_test_rev1')],
    });
    expect(sources).toMatchObject([
      { galaxies: 150, rowsWithoutImage: { length: 696 }, imagesWithoutRow: 2558 },
      { galaxies: 1003, rowsWithoutImage: [], imagesWithoutRow: 609 },
    ]);
    expect(galaxies.length).toBe(1153);
  });

  it('obey the sums of the tree', async () => {
    const { fractions } = await readSolutions(GALAXY_ZOO_2, join(data, 'training_solutions_rev1.csv'));
    expect(brokenSums(GALAXY_ZOO_2, fractions, 2e-6)).toEqual([]);
  });

  it('have the header and line ends of our submissions', async () => {
    const path = join(data, 'central_pixel_benchmark.zip');
    const { ids, fractions } = await readSolutions(GALAXY_ZOO_2, path);
    expect(ids.length).toBe(79_975);
    const [reference] = await listSource(path, ['.csv']);
    const original = Buffer.from(await readReference(reference!));
    const rows = ids
      .slice(0, 3)
      .map((id, i) => ({ id, fractions: fractions.subarray(i * 37, (i + 1) * 37) }));
    await writeSubmission(GALAXY_ZOO_2, at('s.csv'), rows);
    const ours = await readFile(at('s.csv'), 'latin1');
    const header = original.subarray(0, original.indexOf('\n') + 1).toString('latin1');
    expect(ours.startsWith(header)).toBe(true);
    expect(original.toString('latin1').split('\r\n').length).toBe(79_977);
    const written = await readSolutions(GALAXY_ZOO_2, at('s.csv'));
    expect(written.fractions.map(Math.fround)).toEqual(fractions.slice(0, 3 * 37).map(Math.fround));
  });
});
