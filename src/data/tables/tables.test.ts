import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { binaryTable, noData } from '../../../test/fixtures/fits.ts';
import { OutOfMemory } from '../../errors.ts';
import { openTable } from './open.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const open = (text: string) => openTable(bytes(text), 'votes.csv');

/** All columns of a table, the named ones as numbers. */
async function readAll(text: string, numbers: readonly string[] = []) {
  const table = await open(text);
  const names = table.columns.map(({ name }) => name);
  const read = await table.read({ texts: names.filter((name) => !numbers.includes(name)), numbers });
  return { table, ...read };
}

describe('a text table', () => {
  it.each([
    ['commas', 'id,smooth\n587739505552785605,0.5\n'],
    ['semicolons', 'id;smooth\n587739505552785605;0.5\n'],
    ['tabs and CRLF', 'id\tsmooth\r\n587739505552785605\t0.5\r\n'],
    ['quotes and a byte-order mark', '\ufeff"id","smooth"\n"587739505552785605","0.5"\n'],
    ['comments and blank lines', '# made by hand\n\nid,smooth\n# a note\n587739505552785605,0.5\n\n'],
    ['an index column of pandas', ',id,smooth\n0,587739505552785605,0.5\n'],
    ['a comma at the end of each line', 'id,smooth,\n587739505552785605,0.5,\n'],
    ['a comma at the end of each row', 'id,smooth\n587739505552785605,0.5,\n'],
  ])('with %s', async (_, text) => {
    const { table, rows, texts, numbers } = await readAll(text, ['smooth']);
    expect(table).toMatchObject({ format: 'CSV', columns: [{ name: 'id' }, { name: 'smooth' }] });
    expect([rows, texts.get('id'), numbers.get('smooth')]).toEqual([
      1,
      ['587739505552785605'],
      Float64Array.of(0.5),
    ]);
  });

  it('has NaN for unknown numbers, and keeps other texts', async () => {
    const { numbers, texts } = await readAll('id,x\na,\nb,NaN\nc,NA\nd,1e-3\n', ['x']);
    expect(numbers.get('x')).toEqual(Float64Array.of(Number.NaN, Number.NaN, Number.NaN, 0.001));
    expect(texts.get('id')).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each([
    [
      '<?xml version="1.0"?>\n<!-- x -->\n<VOTABLE version="1.4">',
      'VOTable (XML); convert it to FITS or CSV',
    ],
    ['<?xml version="1.0"?><svg>', 'SVG'],
    ['<?xml version="1.0"?><table>', 'XML'],
    ['GIF89a', 'GIF; save it as PNG'],
    ['<!DOCTYPE html><html>', 'HTML'],
    ['{"id": 1, "smooth": 0.5}\n{"id": 2, "smooth": 0.25}\n', 'JSON Lines'],
    ['\ufeff["spiral", "smooth"]', 'JSON'],
    ['{\n  "name": "tails" }', 'JSON'],
    ['PK\u0003\u0004xl', 'zip or Excel'],
    ['id,smooth\0', 'binary data'],
  ])('is not %j', async (text, format) => {
    await expect(open(text)).rejects.toThrow(
      `votes.csv: expected a table (CSV, ECSV, FITS or Parquet), got ${format}`,
    );
  });

  it('has cells that are separated, and a header', async () => {
    await expect(open('id smooth\n1 0.5\n')).rejects.toThrow(
      "votes.csv line 1: expected cells separated by commas, semicolons or tabs, got the text 'id smooth'",
    );
    await expect(open('# mine\n7,a/7.JPG\n')).rejects.toThrow(
      "votes.csv line 2: expected the names of columns, got 'a/7.JPG'; a list of paths alone, without a header, is a .txt file",
    );
  });

  it('is refused if it is longer than a string may be', async () => {
    await expect(openTable(new Uint8Array(500_000_001), 'votes.csv')).rejects.toThrow(
      'votes.csv: expected at most 500000000 bytes, got 500000001',
    );
  });

  it('is not called damaged if memory is too small to unpack it', async () => {
    const gunzip = () => {
      throw new RangeError('Array buffer allocation failed');
    };
    await expect(openTable(gzipSync('id\n1\n'), 'votes.csv', gunzip)).rejects.toThrow(OutOfMemory);
  });

  it('is read as far as asked', async () => {
    const table = await open('id,x\na,1\nb,2\nc,wrong\n');
    const { rows, texts, numbers } = await table.read({ texts: ['id'], numbers: ['x'], most: 2 });
    expect([rows, texts.get('id'), numbers.get('x')]).toEqual([2, ['a', 'b'], Float64Array.of(1, 2)]);
    expect((await table.read({ texts: ['id'], most: 9 })).rows).toBe(3);
  });

  it('keeps commas and line ends in quoted cells, and counts their lines', async () => {
    const table = await open('id,name\n1,"a, ""b""\nc"\n2,d\n');
    const { texts, fault } = await table.read({ texts: ['name'] });
    expect(texts.get('name')).toEqual(['a, "b"\nc', 'd']);
    expect([fault(0, 'x').message, fault(1, 'x').message]).toEqual([
      'votes.csv line 2: x',
      'votes.csv line 4: x',
    ]);
  });

  it.each([
    ['', 'votes.csv: is empty'],
    ['# only a comment\n', 'votes.csv: is empty'],
    ['id,smooth\n1\n', 'votes.csv line 2: expected 2 cells, got 1'],
    ['id,smooth\n1,x,3\n', 'votes.csv line 2: expected 2 cells, got 3'],
    [
      'id,smooth\n1,0,5\n',
      'votes.csv line 2: expected 2 cells, got 3; if its numbers have decimal commas, write decimal points',
    ],
    ['# x\nid,smooth,id\n', 'votes.csv line 2: repeated column id'],
    ['id,,smooth\n', 'votes.csv line 1: expected a name for column 2'],
    ['id,smooth\n1,0x10\n', "votes.csv line 2: smooth: expected a number, got '0x10'"],
    [
      'id,smooth\n"1"2,0\n',
      'votes.csv line 2: expected a comma or the end of the line after a closing quote',
    ],
    ['id,smooth\n1,"2\n', 'votes.csv line 2: expected a closing quote, got the end of the file'],
    ['id,smooth\r1,2\r', 'votes.csv line 1: expected lines that end in LF or CRLF, got CR alone'],
  ])('is refused: %j', async (text, message) => {
    await expect(readAll(text, ['smooth'])).rejects.toThrow(message);
  });

  it('is refused in UTF-16', async () => {
    await expect(openTable(Uint8Array.of(0xff, 0xfe, 0x69, 0), 'votes.csv')).rejects.toThrow(
      'votes.csv: expected UTF-8, got UTF-16',
    );
  });
});

describe('ECSV', () => {
  const HEAD = '# %ECSV 1.0\n# ---\n';
  const TYPES =
    '# datatype:\n# - {name: objid, datatype: int64}\n# - {name: "a b", unit: deg, datatype: float32}\n';

  it('has declared types, and cells separated by spaces', async () => {
    const { table, texts, numbers } = await readAll(
      `${HEAD}${TYPES}# schema: astropy-2.0\nobjid "a b"\n587739505552785605 0.25\n12 ""\n`,
      ['a b'],
    );
    expect([table.format, table.columns]).toEqual([
      'ECSV',
      [
        { name: 'objid', type: 'int64' },
        { name: 'a b', type: 'float32' },
      ],
    ]);
    expect(texts.get('objid')).toEqual(['587739505552785605', '12']);
    expect(numbers.get('a b')).toEqual(Float64Array.of(0.25, Number.NaN));
  });

  it('may declare commas', async () => {
    const { texts } = await readAll(`${HEAD}# delimiter: ','\n${TYPES}objid,a b\n1,x y\n`);
    expect(texts.get('a b')).toEqual(['x y']);
  });
});

describe('FITS', () => {
  const cards = {
    ...{ NAXIS1: 34, NAXIS2: 2, TFIELDS: 6 },
    ...{ TTYPE1: 'objid', TFORM1: 'K', TNULL1: -1 },
    ...{ TTYPE2: 'smooth', TFORM2: 'E' },
    ...{ TTYPE3: 'votes', TFORM3: 'I', TSCAL3: 0.5, TZERO3: 10 },
    ...{ TTYPE4: 'name', TFORM4: '4A' },
    ...{ TTYPE5: 'id', TFORM5: 'D' },
    ...{ TTYPE6: 'colours', TFORM6: '2E' },
  };
  const rows = Buffer.alloc(68);
  rows.writeBigInt64BE(587739505552785605n, 0);
  rows.writeFloatBE(0.5, 8);
  rows.writeInt16BE(4, 12);
  rows.write('M 51', 14);
  rows.writeDoubleBE(100001, 18);
  rows.writeBigInt64BE(-1n, 34);
  rows.writeFloatBE(Number.NaN, 42);
  rows.writeInt16BE(-4, 46);
  rows.write('b\0x ', 48);
  rows.writeDoubleBE(1.2e18, 52);
  const file = (change = {}) => Buffer.concat([noData(), binaryTable({ ...cards, ...change }, rows)]);

  it.each([
    ['plain', file()],
    ['gzipped', gzipSync(file())],
  ])('keeps integers of 64 bits, scales numbers and has missing cells, %s', async (_, bytes) => {
    const table = await openTable(bytes, 'votes.fits');
    expect([table.format, table.columns[2]]).toEqual(['FITS', { name: 'votes', type: 'I' }]);
    const { texts, numbers } = await table.read({
      texts: ['objid', 'name', 'id'],
      numbers: ['smooth', 'votes', 'objid'],
    });
    expect([...texts.values()]).toEqual([
      ['587739505552785605', ''],
      ['M 51', 'b'],
      ['100001.0', '1.2e+18'],
    ]);
    expect([...numbers.values()]).toEqual([
      Float64Array.of(0.5, Number.NaN),
      Float64Array.of(12, 8),
      Float64Array.of(Number(587739505552785605n), Number.NaN),
    ]);
    const first = await table.read({ texts: ['name'], numbers: ['votes'], most: 1 });
    expect([first.rows, first.texts.get('name'), first.numbers.get('votes')]).toEqual([
      1,
      ['M 51'],
      Float64Array.of(12),
    ]);
  });

  it('is refused if a cell has no number or several, or a column is repeated', async () => {
    const table = await openTable(file(), 'votes.fits');
    await expect(table.read({ numbers: ['name'] })).rejects.toThrow(
      'votes.fits: column name: expected numbers, got text',
    );
    await expect(table.read({ texts: ['colours'] })).rejects.toThrow(
      'votes.fits: column colours: expected one value in each row, got "2E"',
    );
    const twice = await openTable(file({ TTYPE2: 'objid' }), 'votes.fits');
    await expect(twice.read({ texts: ['objid'] })).rejects.toThrow('votes.fits: repeated column objid');
    await expect(openTable(noData(), 'votes.fits')).rejects.toThrow(
      'votes.fits: expected a binary table, got HDU 0 no data',
    );
  });
});

describe('Parquet', () => {
  /** Written by pyarrow: objid int64 [587739505552785605, null], smooth float32 [0.5, null], name, votes int32 [3, 4]. */
  const FILES = {
    snappy:
      'UEFSMRUEFRAVFEwVAhUAEgAACBzFAPBg9xEoCBUAFRIVFiwVBBUQFQYVBhwAAAAJIAIAAAADAQECABUEFQgVDEwVAhUAEgAABAwA' +
      'AAA/FQAVEhUWLBUEFRAVBhUGHAAAAAkgAgAAAAMBAQIAFQQVFBUYTBUEFQASAAAKJAEAAABhAQAAAGIVABUSFRYsFQQVEBUGFQYc' +
      'AAAACSACAAAABAEBAwIVBBUQFRRMFQQVABIAAAgcAwAAAAQAAAAVABUSFRYsFQQVEBUGFQYcAAAACSACAAAABAEBAwIVBBlcNQAY' +
      'BnNjaGVtYRUIABUEJQIYBW9iamlkABUIJQIYBnNtb290aAAVDCUCGARuYW1lJQBMHAAAABUCJQIYBXZvdGVzABYEGRwZTCYAHBUE' +
      'GTUABhAZGAVvYmppZBUCFgQWZBZsJjgmCCksFQQVABUCABUAFRAVAgA8KQYZJgICAAAAJgAcFQgZNQAGEBkYBnNtb290aBUCFgQW' +
      'XBZkJpwBJnQpLBUEFQAVAgAVABUQFQIAPCkGGSYCAgAAACYAHBUMGTUABhAZGARuYW1lFQIWBBZoFnAmjAIm2AEpLBUEFQAVAgAV' +
      'ABUQFQIAPBYEGQYZJgAEAAAAJgAcFQIZNQAGEBkYBXZvdGVzFQIWBBZkFmwm+AImyAIpLBUEFQAVAgAVABUQFQIAPCkGGSYABAAA' +
      'ABaMAxYEJggWrAMAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRlMHAAAHAAAHAAAHAAAAHABAABQQVIx',
    zstd:
      'UEFSMRUEFRAVIkwVAhUAEgAAKLUv/SAIQQAAxQDwYPcRKAgVABUSFSQsFQQVEBUGFQYcAAAAKLUv/SAJSQAAAgAAAAMBAQIAFQQV' +
      'CBUaTBUCFQASAAAotS/9IAQhAAAAAAA/FQAVEhUkLBUEFRAVBhUGHAAAACi1L/0gCUkAAAIAAAADAQECABUEFRQVJkwVBBUAEgAA' +
      'KLUv/SAKUQAAAQAAAGEBAAAAYhUAFRIVJCwVBBUQFQYVBhwAAAAotS/9IAlJAAACAAAABAEBAwIVBBUQFSJMFQQVABIAACi1L/0g' +
      'CEEAAAMAAAAEAAAAFQAVEhUkLBUEFRAVBhUGHAAAACi1L/0gCUkAAAIAAAAEAQEDAhUEGVw1ABgGc2NoZW1hFQgAFQQlAhgFb2Jq' +
      'aWQAFQglAhgGc21vb3RoABUMJQIYBG5hbWUlAEwcAAAAFQIlAhgFdm90ZXMAFgQZHBlMJgAcFQQZNQAGEBkYBW9iamlkFQwWBBZk' +
      'FogBJkYmCCksFQQVABUCABUAFRAVAgA8KQYZJgICAAAAJgAcFQgZNQAGEBkYBnNtb290aBUMFgQWXBaAASbGASaQASksFQQVABUC' +
      'ABUAFRAVAgA8KQYZJgICAAAAJgAcFQwZNQAGEBkYBG5hbWUVDBYEFmgWjAEm0gImkAIpLBUEFQAVAgAVABUQFQIAPBYEGQYZJgAE' +
      'AAAAJgAcFQIZNQAGEBkYBXZvdGVzFQwWBBZkFogBJtoDJpwDKSwVBBUAFQIAFQAVEBUCADwpBhkmAAQAAAAWjAMWBCYIFpwEACgg' +
      'cGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZTBwAABwAABwAABwAAAB1AQAAUEFSMQ==',
  };
  const file = (compression: keyof typeof FILES) => new Uint8Array(Buffer.from(FILES[compression], 'base64'));

  it.each(Object.keys(FILES) as (keyof typeof FILES)[])(
    'keeps integers of 64 bits, compressed with %s',
    async (name) => {
      const table = await openTable(file(name), 'votes.parquet');
      expect(table).toMatchObject({ format: 'Parquet' });
      expect(table.columns.map(({ name }) => name)).toEqual(['objid', 'smooth', 'name', 'votes']);
      const { rows, texts, numbers } = await table.read({
        texts: ['objid', 'name'],
        numbers: ['smooth', 'votes'],
      });
      expect(rows).toBe(2);
      expect(texts.get('objid')).toEqual(['587739505552785605', '']);
      expect(texts.get('name')).toEqual(['a', 'b']);
      expect(numbers.get('smooth')).toEqual(Float64Array.of(0.5, Number.NaN));
      expect(numbers.get('votes')).toEqual(Float64Array.of(3, 4));
      const first = await table.read({ texts: ['name'], numbers: ['votes'], most: 1 });
      expect([first.rows, first.texts.get('name'), first.numbers.get('votes')]).toEqual([
        1,
        ['a'],
        Float64Array.of(3),
      ]);
    },
  );

  it('is refused if a column of numbers has text, or the file is broken', async () => {
    const table = await openTable(file('snappy'), 'votes.parquet');
    await expect(table.read({ numbers: ['name'] })).rejects.toThrow(
      'votes.parquet row 1: name: expected a number, got a string',
    );
    await expect(openTable(file('snappy').subarray(0, 200), 'votes.parquet')).rejects.toThrow(
      'votes.parquet: cannot be read as Parquet: ',
    );
  });
});
