import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { describeWithShared, sharedPath } from '../../test/goldens.ts';
import { type InspectedPicture, type InspectedTable, inspect } from './inspect.ts';

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
    const files = [write('deep.png', deep), write('clear.png', clear)];
    const [first, second] = (await inspect({ files, pixels: [4095] })) as InspectedPicture[];
    expect(first).toMatchObject({
      ...{ format: 'PNG', hdu: null, shape: [64, 64], bitpix: 16, max: 16 * 4095 },
      ...{ pixels: [16 * 4095], flags: [] },
    });
    expect(second).toMatchObject({ shape: [64, 64, 4], bands: 3, bitpix: 8, flags: ['flattened'] });
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
        ...{ file, format: 'CSV', rows: 2, idColumn: 'dr7objid', survey: null },
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

  it('has infinities and times', async () => {
    const infinite = write('infinite.csv', 'mag,zero,gap\ninf,-Infinity,<NA>\n21.5,0,NULL\n');
    const parquet = parquetWriteBuffer({
      columnData: [
        { name: 'seen', type: 'TIMESTAMP', data: [new Date('2020-01-02'), null] },
        { name: 'mag', type: 'DOUBLE', data: [Number.POSITIVE_INFINITY, 21.5] },
      ],
    });
    const stored = write('times.parquet', new Uint8Array(parquet));
    const described = (await inspect({ files: [infinite, stored] })) as InspectedTable[];
    expect(described.map(({ columns }) => columns)).toMatchObject([
      [
        { name: 'mag', type: 'float64', missing: 0, min: 21.5, max: 'Infinity' },
        { name: 'zero', type: 'float64', min: '-Infinity', max: 0 },
        { name: 'gap', missing: 2, min: null },
      ],
      [
        { name: 'seen', missing: 1, min: null },
        { name: 'mag', type: 'double', min: 21.5, max: 'Infinity' },
      ],
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
      ['iauname', null, 'people', 'id', 'ignored'],
    ]);
    const tree = write('own.json', '["merging", "lonely"]');
    const [own] = (await inspect({ files: [classes], tree })) as InspectedTable[];
    expect(own!.columns.map(({ role }) => role)).toEqual(['id', 'class', 'ignored', 'ignored']);
  });
});

it('describes the others if a file cannot be read', async () => {
  const bad = write('bad.bin', Buffer.from([1, 0, 2, 0]));
  const cut = write('cut.fits', fitsFile([1, 2], 2).subarray(0, 2885));
  const good = write('b.fits', fitsFile([1, 2], 2));
  const [first, second, third, fourth] = await inspect({ files: [bad, cut, good, join(folder, 'none')] });
  expect(first).toEqual({ file: bad, error: expect.stringContaining('neither a picture nor a table') });
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
