import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { zipFixture } from '../../test/fixtures/zip.ts';
import { describeWithShared, sharedPath } from '../../test/goldens.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { type InspectedPicture, type InspectedTable, type InspectOptions, inspect } from './inspect.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** A FITS file with one image of 64-bit floats. */
function fitsFile(values: readonly number[], width: number): Uint8Array {
  const cards = [
    'SIMPLE  =                    T',
    'BITPIX  =                  -64',
    'NAXIS   =                    2',
    `NAXIS1  = ${width}`,
    `NAXIS2  = ${values.length / width}`,
    "CTYPE1  = 'RA---TAN'",
    "CTYPE2  = 'DEC--TAN'",
    'CDELT1  = -1.1E-4',
    'CDELT2  = 1.1E-4',
    'END',
  ];
  const data = Buffer.alloc(2880);
  values.forEach((value, i) => {
    data.writeDoubleBE(value, 8 * i);
  });
  return Buffer.concat([
    Buffer.from(
      cards
        .map((card) => card.padEnd(80))
        .join('')
        .padEnd(2880),
    ),
    data,
  ]);
}

describe('a picture', () => {
  it('is described with the statistics of its raw values', async () => {
    const file = write('a.fits', fitsFile([1, Number.NaN, -3, 4.5, 0, 2], 3));
    expect(await inspect({ files: [file], pixels: [0, 1, 3] })).toEqual([
      {
        ...{ file, format: 'FITS', hdu: 0, shape: [2, 3], bands: 1, bitpix: -64 },
        pixelScale: expect.closeTo(0.396, 10),
        ...{ min: -3, max: 4.5, sum: 4.5, nan: 1, pixels: [1, null, 4.5] },
        flags: ['missing-pixels', 'tiny', 'sides-cut'],
        hdus: [{ index: 0, name: '', kind: 'image', shape: [2, 3], bitpix: -64 }],
      },
    ]);
  });

  it('keeps 16 bits and alpha', async () => {
    const grey = Uint16Array.from({ length: 64 * 64 }, (_, i) => 16 * i);
    const deep = await sharp(grey, { raw: { width: 64, height: 64, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const colours = Uint8Array.from({ length: 4 * 64 * 64 }, (_, i) => (i % 4 === 3 ? 100 : i % 200));
    const clear = await sharp(colours, { raw: { width: 64, height: 64, channels: 4 } })
      .png()
      .toBuffer();
    const veiled =
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR42mPm/H/kKQAFogK1UaCIZAAAAABJRU5ErkJggg==';
    const files = [
      write('deep.png', deep),
      write('clear.png', clear),
      write('veiled.png', Buffer.from(veiled, 'base64')),
    ];
    const [first, second, third] = (await inspect({ files, pixels: [3] })) as InspectedPicture[];
    expect(first).toMatchObject({
      ...{ format: 'PNG', hdu: null, shape: [64, 64], bitpix: 16, max: 16 * 4095 },
      ...{ pixels: [16 * 3], flags: [] },
    });
    expect(second).toMatchObject({ shape: [64, 64, 4], bands: 3, bitpix: 8, flags: ['flattened'] });
    expect(third).toMatchObject({ shape: [1, 2, 2], bands: 1, pixels: [100], sum: 9 + 255 + 200 + 100 });
  });
});

describe('a table', () => {
  it('is described with the types and roles of its columns', async () => {
    const text = [
      'dr7objid,ra,smooth-or-featured_smooth,name,whole',
      '587722981736120347,1.5,0.2,a,7',
      '587722981736120999,NaN,0.25,b,',
    ].join('\n');
    const file = write('a.csv.gz', gzipSync(text));
    expect(await inspect({ files: [file] })).toEqual([
      {
        ...{ file, format: 'CSV', rows: 2, idColumn: 'dr7objid', idColumns: ['dr7objid'] },
        ...{ survey: null, reading: null, problems: [] },
        columns: [
          {
            ...{ name: 'dr7objid', type: 'int64', role: 'id', missing: 0 },
            ...{ min: '587722981736120347', max: '587722981736120999' },
          },
          { name: 'ra', type: 'float64', role: 'ignored', missing: 1, min: 1.5, max: 1.5 },
          {
            ...{ name: 'smooth-or-featured_smooth', type: 'float64', role: 'ignored' },
            ...{ missing: 0, min: 0.2, max: 0.25 },
          },
          { name: 'name', type: 'text', role: 'ignored', missing: 0, min: null, max: null },
          { name: 'whole', type: 'int64', role: 'ignored', missing: 1, min: 7, max: 7 },
        ],
      },
    ]);
  });

  it('has infinities, times, padded numbers and short integers', async () => {
    const infinite = write(
      'infinite.csv',
      'mag,zero,gap,dec,plate\ninf,-Infinity,<NA>,+05.5,0266\n21.5,0,NULL,-00.25,0267\n',
    );
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'seen', type: 'TIMESTAMP', data: [new Date('2020-01-02'), null] },
        { name: 'mag', type: 'DOUBLE', data: [Number.POSITIVE_INFINITY, 21.5] },
      ],
    });
    const stored = write('times.parquet', new Uint8Array(parquet));
    const integer = { type: 'INTEGER', bitWidth: 16, isSigned: false } as const;
    const plates = parquetWriteBuffer({
      columnData: [{ name: 'plate', data: [266, 267] }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'plate', type: 'INT32', repetition_type: 'REQUIRED', logical_type: integer },
      ],
    });
    const short = write('plates.parquet', new Uint8Array(plates));
    const described = (await inspect({ files: [infinite, stored, short] })) as InspectedTable[];
    expect(described.map(({ columns }) => columns)).toMatchObject([
      [
        { name: 'mag', type: 'float64', missing: 0, min: 21.5, max: 'Infinity' },
        { name: 'zero', type: 'float64', min: '-Infinity', max: 0 },
        { name: 'gap', missing: 2, min: null },
        { name: 'dec', type: 'float64', min: -0.25, max: 5.5 },
        { name: 'plate', type: 'text', min: null },
      ],
      [
        { name: 'seen', missing: 1, min: null },
        { name: 'mag', type: 'double', min: 21.5, max: 'Infinity' },
      ],
      [{ name: 'plate', type: 'uint16', min: 266, max: 267 }],
    ]);
  });

  it('shows its votes by survey and kind', async () => {
    const names = ['Class1.1', 'Class1.2', 'Class1.3'];
    const tree = write('tree.json', JSON.stringify(names));
    const fractions = write('fractions.csv', `GalaxyID,${names}\n1,0.5,0.25,0.25\n`);
    const counts = write('counts.csv', `GalaxyID,${names}\n1,5,2,3\n`);
    const tables = (await inspect({ files: [fractions, counts], tree })) as InspectedTable[];
    expect(tables.map(({ columns }) => columns.map(({ role }) => role))).toEqual([
      ['id', 'fractions', 'fractions', 'fractions'],
      ['id', 'counts', 'counts', 'counts'],
    ]);
  });

  it('shows classes, numbers of people, and names of pictures that are its IDs', async () => {
    const classes = write(
      'classes.csv',
      'file,type,kind,z\na.jpg,merging,Merging Galaxies,1\nb.jpg,,Disturbed Galaxies,2\n',
    );
    const people = write('people.csv', 'total_classifications,iauname,file\n40,J1,a.jpg\n');
    const tables = (await inspect({ files: [classes, people] })) as InspectedTable[];
    expect(
      tables.map(({ idColumn, survey, columns }) => [idColumn, survey, ...columns.map(({ role }) => role)]),
    ).toEqual([
      ['file', 'galaxy10-decals', 'id', 'class', 'class', 'ignored'],
      ['iauname', null, 'people', 'id', 'path'],
    ]);
    const tree = write('own.json', '["merging", "lonely"]');
    const [own] = (await inspect({ files: [classes], tree })) as InspectedTable[];
    expect(own!.columns.map(({ role }) => role)).toEqual(['id', 'class', 'ignored', 'ignored']);
  });
});

/** The classes of one question, and a table of three galaxies with IDs in two columns. */
const CLASSES = ['spiral', 'smooth'];
const cells =
  'objid,asset_id,spiral,smooth\n587722981736120347,12,1,0\n587722981736120999,13,0.5,0.5\n7,14,,\n';

describe('a table of labels', () => {
  const tree = write('classes.json', JSON.stringify(CLASSES));
  const one = async (content: string, options: Partial<InspectOptions> = {}, name = 'votes.csv') => {
    const [table] = (await inspect({ files: [write(name, content)], tree, ...options })) as InspectedTable[];
    return table!;
  };
  const problemsOf = ({ problems }: InspectedTable) =>
    problems.map(({ message }) => message.replaceAll(`${folder}/`, ''));
  const rows = (...lines: string[]) => ['objid,spiral,smooth', ...lines].join('\n');

  it.each([
    [rows('1.2e18,1,0', '3,1,0'), ['line 2: objid: expected all digits of an ID, got 1.2e18 (save']],
    [rows('1,1,0', '1,0,1'), ['line 3: objid 1 is already in line 2']],
    [rows(',1,0'), ['line 2: objid: expected an ID, got an empty cell']],
    [
      rows('1,93.8,6.2'),
      ['line 2: spiral: expected 0…1, got 93.8; 1 more cell is outside; divide percentages'],
    ],
    [rows('1,-99,0'), ['line 2: spiral: expected 0…1, got -99; if -99 means unknown, name it']],
    [rows('1,-,0'), ["line 2: spiral: expected a number, got '-'"]],
    [rows('1,"0,9","0,1"'), ["line 2: spiral: expected a decimal point, got the decimal comma of '0,9'"]],
    [rows(), ['has a header but no rows']],
    [rows('1,0.5,0.5', '1,2.5,0'), ['line 3: objid 1 is', 'line 3: spiral: expected 0…1, got 2.5']],
    [
      'spiral,smooth\n1,x\n',
      ['no column of IDs with a usual name', "line 2: smooth: expected a number, got 'x'"],
    ],
    ['OBJID,SPIRAL,smooth\n1,1,0\n', ['SPIRAL in place of spiral, which differ', 'is it OBJID?']],
    ['objid,spiral_count,smooth_count,spiral_debiased,smooth_debiased\n1,1,0,1,0\n', ['labels: ']],
  ])('is described with the problems that training would report: %j', async (content, expected) => {
    const table = await one(content);
    expect(table.columns).toHaveLength(content.split('\n', 1)[0]!.split(',').length);
    const [problems, whole] = [problemsOf(table), [...expected].map((each) => expect.stringContaining(each))];
    expect(problems.toSorted()).toEqual(expect.arrayContaining(whole));
    expect([problems.length, table.reading]).toEqual([expected.length, null]);
  });

  it('is described by its columns alone if a later row is broken', async () => {
    const table = await one(rows('1,1,0', '2,1'));
    expect([table.rows, table.idColumn, table.columns[1], problemsOf(table)]).toEqual([
      null,
      'objid',
      { name: 'spiral', type: 'unknown', role: 'fractions', missing: null, min: null, max: null },
      ['votes.csv line 3: expected 3 cells, got 2'],
    ]);
  });

  it('has the column of IDs that its pictures match', async () => {
    const both = ['objid', 'asset_id'];
    expect(await one(cells)).toMatchObject({ idColumn: 'objid', idColumns: both, problems: [] });
    const images = join(folder, 'images');
    mkdirSync(images);
    for (const name of ['13.fits', '14.fits', '99.fits']) writeFileSync(join(images, name), '');
    const table = await one(cells, { images });
    expect(table).toMatchObject({
      ...{ idColumn: 'asset_id', idColumns: ['asset_id'], problems: [] },
      pictures: { rowsWithImage: 2, rowsWithoutImage: 1, imagesWithoutRow: 1 },
    });
    expect(table.columns.map(({ role }) => role)).toEqual(['ignored', 'id', 'fractions', 'fractions']);
    const bands = { bandFiles: '1{name}{band}.fits', bands: ['3', '4'] };
    await expect(one(cells, { images, ...bands })).rejects.toThrow('matches no file');
    const joined = await one(cells.replace(',13,', ',1,'), {
      images,
      ...bands,
      bandFiles: '{name}{band}.fits',
    });
    expect(joined.pictures).toEqual({ rowsWithImage: 1, rowsWithoutImage: 2, imagesWithoutRow: 0 });
    const named = await one(cells, { images, idColumn: 'objid' });
    expect([named.idColumn, named.pictures, problemsOf(named)]).toEqual([
      'objid',
      undefined,
      [expect.stringMatching(/^no row of the solutions has its picture: .* IDs such as 587722981736120347/)],
    ]);
    // A fault in one column of IDs is none while another column may have the pictures' names.
    const lost = cells.replace('587722981736120347', '5.877e+17');
    expect(await one(lost)).toMatchObject({ idColumn: 'asset_id', problems: [] });
  });

  it('is understood as the options say', async () => {
    const columns = write('columns.json', '{"p": "spiral", "q": "smooth"}');
    const named = await one('id,p,q,n\n1,-99,0.5,3\n', { columns, idColumn: 'id', missing: ['-99'] });
    expect(named).toMatchObject({ survey: 'classes', problems: [] });
    expect(named.reading).toMatchObject({ answers: ['p', 'q'], unknown: 1, missing: { '-99': 1 } });
    expect(named.columns.map(({ role }) => role)).toEqual(['id', 'fractions', 'fractions', 'ignored']);
    const several = 'objid,spiral_count,smooth_count,spiral_debiased,smooth_debiased\n1,1,0,1,0\n';
    expect((await one(several, { labels: 'counts' })).reading).toMatchObject({ kind: 'counts' });
    await expect(one(several, { labels: 'weighted' })).rejects.toThrow(
      'has counts and debiased fractions only',
    );
    await expect(one(cells, { idColumn: 'none' })).rejects.toThrow('idColumn none: ');
    await expect(
      inspect({ files: [write('c.fits', fitsFile([1, 2], 2))], labels: 'counts' }),
    ).rejects.toThrow('labels counts: has no effect: none of the files is a table');
    await expect(one(cells, { images: join(folder, 'nowhere') })).rejects.toThrow('nowhere: no such file');
  });

  it('has a problem if a training would not open a file of its name', async () => {
    expect(problemsOf(await one(cells, {}, 'votes.txt'))).toEqual([
      expect.stringContaining('votes.txt: expected a folder, a .zip or a file of type .csv'),
    ]);
    const zip = join(folder, 'votes.zip');
    writeFileSync(zip, zipFixture({ 'votes.csv': cells }));
    const [zipped] = (await inspect({ files: [zip], tree })) as InspectedTable[];
    expect([zipped!.rows, zipped!.problems]).toEqual([3, []]);
  });
});

it('recognises a survey by half of its columns, in any case', async () => {
  const names = GALAXY_ZOO_2.columns.map(({ name }) => name);
  const values = names.map(() => '0');
  const files = [
    write('short.csv', `GalaxyID,${names.slice(1)}\n1,${values.slice(1)}\n`),
    write('upper.csv', `GalaxyID,${names.map((name) => name.toUpperCase())}\n1,${values}\n`),
  ];
  const tables = (await inspect({ files })) as InspectedTable[];
  expect(tables.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
    [`${files[0]}: missing column Class1.1`],
    [
      expect.stringContaining(
        'upper.csv has CLASS1.1 in place of Class1.1, CLASS1.2 in place of Class1.2 and 35 more',
      ),
    ],
  ]);
});

describe('a list of pictures', () => {
  it('is a table with paths, or a text with a path in each line', async () => {
    const text = write('list.txt', '# mine\np/a.jpg\np/b.jpg\n');
    const table = write('list.csv', 'objid,file,z\n1,p/a.jpg,0.1\n2,p/b.jpg,\n');
    const twice = write('twice.csv', 'objid,thumbnail\n1,p/a.jpg\n1,p/b.jpg\n');
    const same = write('same.txt', 'p/a.jpg\nq/a.jpg\n');
    const lists = (await inspect({ files: [text, table, twice, same] })) as InspectedTable[];
    const about = lists.map(({ format, rows, columns, problems }) => [
      ...[format, rows, columns.map(({ role }) => role).join(' ')],
      ...problems.map(({ message }) => message),
    ]);
    expect(about).toEqual([
      ['text', 2, 'path'],
      ['CSV', 2, 'id path ignored'],
      ['CSV', 2, 'id path', `${twice} line 3: objid 1 is already in line 2`],
      ['text', 2, 'path', `${same}: two pictures of galaxy a: p/a.jpg and q/a.jpg`],
    ]);
  });
});

it('says what a file is that is no table', async () => {
  const files = {
    'tree.json': '["spiral", "smooth"]',
    'votes.vot': '<?xml version="1.0"?><VOTABLE>',
    'notes.txt': 'Dear Anna,\nthe votes are in the attachment\n',
    'space.dat': 'objid spiral smooth\n1 0 1\n',
  };
  const described = await inspect({ files: Object.entries(files).map(([name, text]) => write(name, text)) });
  expect(
    described.map((each) => ('error' in each ? [each.format, each.error.split(': ').slice(1).join()] : each)),
  ).toEqual([
    ['JSON', 'expected a picture or a table (CSV, ECSV, FITS or Parquet), got JSON'],
    ['VOTable (XML)', expect.stringContaining('got VOTable (XML); convert it to FITS or CSV')],
    ['text', "expected cells separated by commas, semicolons or tabs, got the text 'Dear Anna,'"],
    [
      'text',
      expect.stringContaining(
        "expected cells separated by commas, semicolons or tabs, got the text 'objid spiral",
      ),
    ],
  ]);
});

it('describes the others if a file cannot be read', async () => {
  const bad = write('bad.bin', Buffer.from([1, 0, 2, 0]));
  const cut = write('cut.fits', fitsFile([1, 2], 2).subarray(0, 2885));
  const good = write('b.fits', fitsFile([1, 2], 2));
  const [first, second, third, fourth] = await inspect({ files: [bad, cut, good, join(folder, 'none')] });
  expect(first).toEqual({
    file: bad,
    format: 'binary data',
    error: expect.stringContaining('got binary data'),
  });
  expect(second).toEqual({ file: cut, error: expect.stringContaining('is it truncated?') });
  expect(third).toMatchObject({ file: good, sum: 3 });
  expect(fourth).toEqual({ file: join(folder, 'none'), error: expect.stringContaining('no such file') });
  await expect(inspect({ files: [] })).rejects.toThrow('files: expected one or more');
});

type Expected = { shape: number[]; sum: number; nan: number; pixels: Record<string, number | null> } | null;

describeWithShared('real FITS files', () => {
  const data = sharedPath('data/fits/');

  it('are described as astropy reads them', async () => {
    const all: Record<string, Expected[] | object> = JSON.parse(readFileSync(`${data}expected.json`, 'utf8'));
    let [agreeing, refused] = [0, 0];
    for (const [name, hdus] of Object.entries(all)) {
      // expected.json is of a reader that ignores ZBLANK.
      if (!Array.isArray(hdus) || name === 'compressed_with_nan.fits') continue;
      for (const [hdu, expected] of (hdus as Expected[]).entries()) {
        if (expected === null) continue;
        const pixels = Object.keys(expected.pixels).map(Number);
        const [read] = await inspect({ files: [data + name], hdu: String(hdu), pixels });
        if ('error' in read!) {
          expect(read.error).toMatch(/PLIO|HCOMPRESS/);
          refused++;
          continue;
        }
        const { shape, nan, sum, pixels: values } = read as InspectedPicture;
        expect([name, hdu, shape, nan]).toEqual([name, hdu, expected.shape, expected.nan]);
        expect(Math.abs(sum - expected.sum), name).toBeLessThanOrEqual(1e-8 * (1 + Math.abs(expected.sum)));
        for (const [i, value] of Object.values(expected.pixels).entries()) {
          if (value === null) expect(values![i]).toBeNull();
          else expect(values![i], name).toBeCloseTo(value, 4);
        }
        agreeing++;
      }
    }
    expect([agreeing, refused]).toEqual([37, 2]);
  });
});
