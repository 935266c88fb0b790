import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import type { OutputColumn, OutputRow } from './output.ts';
import { outputFormat } from './outputs.ts';

const columns: readonly OutputColumn[] = [
  { name: 'id', type: 'text', required: true },
  { name: 'smooth', type: 'float32' },
  { name: 'objid', type: 'int64' },
  { name: 'ra', type: 'float64' },
  { name: 'flags', type: 'words' },
];
const rows: readonly OutputRow[] = [
  ['000123', 0.1, '587722981736120347', '184.9511', []],
  ['M51, "A"', null, null, null, ['black', 'tiny']],
  ['7', 1, '12', '1.50', ['tiny']],
];

/** The file of a table that is encoded in pieces. */
function encoded(path: string, pieces: readonly (readonly OutputRow[])[]): Uint8Array {
  const encoder = outputFormat(path).encoder(columns, { model: 'abc' });
  return Buffer.concat([...pieces.map((piece) => encoder.rows(piece)), encoder.end()]);
}

const text = (path: string, ...pieces: (readonly OutputRow[])[]) =>
  new TextDecoder().decode(encoded(path, pieces));

describe('a table', () => {
  it('is written as CSV', () => {
    const lines = [
      'id,smooth,objid,ra,flags',
      '000123,0.1,587722981736120347,184.9511,',
      '"M51, ""A""",,,,black tiny',
      '7,1,12,1.50,tiny',
      '',
    ].join('\r\n');
    expect(text('a.csv', rows)).toBe(lines);
    expect(text('a.CSV', rows.slice(0, 1), rows.slice(1))).toBe(lines);
    expect(text('a.csv')).toBe('id,smooth,objid,ra,flags\r\n');
  });

  it('is written as JSON Lines, with all digits', () => {
    const lines = text('a.jsonl', rows).split('\n');
    expect(lines[0]).toBe(
      '{"id":"000123","smooth":0.1,"objid":"587722981736120347","ra":184.9511,"flags":[]}',
    );
    expect(lines.slice(1, 3).map((line) => JSON.parse(line))).toEqual([
      { id: 'M51, "A"', smooth: null, objid: null, ra: null, flags: ['black', 'tiny'] },
      { id: '7', smooth: 1, objid: 12, ra: 1.5, flags: ['tiny'] },
    ]);
    expect(lines[3]).toBe('');
  });

  it('is written as Parquet, with metadata and a row group for each piece', async () => {
    const bytes = encoded('a.parquet', [rows.slice(0, 1), rows.slice(1)]);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    expect(metadata.key_value_metadata).toEqual([{ key: 'model', value: 'abc' }]);
    expect(metadata.row_groups.map(({ num_rows }) => num_rows)).toEqual([1n, 2n]);
    expect(await parquetReadObjects({ file })).toEqual([
      { id: '000123', smooth: Math.fround(0.1), objid: 587722981736120347n, ra: 184.9511, flags: '' },
      { id: 'M51, "A"', smooth: null, objid: null, ra: null, flags: 'black tiny' },
      { id: '7', smooth: 1, objid: 12n, ra: 1.5, flags: 'tiny' },
    ]);
    const empty = encoded('a.parquet', []);
    expect(await parquetReadObjects({ file: new Uint8Array(empty).buffer })).toEqual([]);
  });
});

it('keeps infinities of a list', async () => {
  const row: OutputRow = ['a', 0, null, '-inf', []];
  expect(JSON.parse(text('a.jsonl', [row]))).toMatchObject({ ra: '-inf' });
  const file = new Uint8Array(encoded('a.parquet', [[row]])).buffer;
  expect(await parquetReadObjects({ file })).toMatchObject([{ ra: Number.NEGATIVE_INFINITY }]);
});

it('has a known format', () => {
  expect(() => outputFormat('a.txt')).toThrow(
    'out a.txt: expected a name that ends in .csv, .parquet or .jsonl',
  );
  expect(() => outputFormat('a', 'uncertainty')).toThrow('uncertainty a: expected a name');
});
