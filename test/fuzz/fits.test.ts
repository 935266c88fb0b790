import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { openTable } from '../../src/data/tables/open.ts';
import { product, readFits } from '../../src/files/fits/fits.ts';
import { readFitsImage } from '../../src/files/fits/image.ts';
import { readFitsTable } from '../../src/files/fits/table.ts';
import { gunzip } from '../../src/node/files/gunzip.ts';
import type { Random } from '../../src/random/philox.ts';
import { binaryTable, noData, primary, TILED, tiledFile } from '../fixtures/fits.ts';
import { fuzz, type Sample } from './fuzz.ts';
import { pick, spoil } from './spoil.ts';

const file = 'sky.fits';

/** The values of each HDU: pixels, or columns one after another. */
type Contents = unknown[][];

function drawImage(random: Random): Sample<Buffer, Contents> {
  const axes = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(5));
  const values = Array.from({ length: product(axes) }, () => random.below(256));
  const bytes = Buffer.from(values);
  const BZERO = random.below(3) - 1;
  const [bitpix, data] = pick(random, [
    [8, bytes],
    [16, Buffer.from(Int16Array.from(values).buffer).swap16()],
    [-32, Buffer.from(Float32Array.from(values).buffer).swap32()],
    [-64, Buffer.from(Float64Array.from(values).buffer).swap64()],
  ] as const);
  return {
    input: primary(bitpix, axes, data, BZERO === 0 ? {} : { BZERO }),
    result: [values.map((value) => value + BZERO)],
  };
}

function drawTable(random: Random): Sample<Buffer, Contents> {
  const rows = random.below(5);
  const names = Array.from({ length: rows }, () => 'abc'.slice(random.below(4)));
  const counts = Array.from({ length: rows }, () => random.below(3));
  const fixed = Buffer.alloc(11 * rows);
  let heap = 0;
  for (const [row, name] of names.entries()) {
    fixed.write(name, 11 * row);
    fixed.writeUInt32BE(counts[row]!, 11 * row + 3);
    fixed.writeUInt32BE(heap, 11 * row + 7);
    heap += 8 * counts[row]!;
  }
  const cards = {
    NAXIS1: 11,
    NAXIS2: rows,
    PCOUNT: heap,
    TFIELDS: 2,
    TTYPE1: 'name',
    TFORM1: '3A',
    TFORM2: '1PK',
  };
  const lists = counts.map((count) => Array<bigint>(count).fill(0n));
  return {
    input: Buffer.concat([noData(), binaryTable(cards, Buffer.concat([fixed, Buffer.alloc(heap)]))]),
    result: [[], [names, lists]],
  };
}

function drawTiles(random: Random): Sample<Buffer, Contents> {
  const fixture = pick(random, TILED);
  return { input: tiledFile(fixture), result: [[], Array.from(fixture.pixels)] };
}

function draw(random: Random): Sample<Buffer, Contents> {
  const { input, result } = pick(random, [drawImage, drawTable, drawTiles, drawTiles])(random);
  return { input: random.below(8) === 0 ? gzipSync(input) : input, result };
}

/** Values of a card that are wrong in most places. */
const VALUES = [
  ...[
    '0',
    '1',
    '2',
    '7',
    '8',
    '-32',
    '-1',
    '999',
    '1000',
    '65536',
    '2000000000',
    '4294967296',
    '1E300',
    '1.5',
  ],
  ...[
    '9007199254740993',
    '18446744073709551616',
    '-2147483648',
    'T',
    'F',
    "''",
    "'RICE_1'",
    "'GZIP_2'",
    "'&'",
  ],
  ...["'1PB'", "'1QJ(9)'", "'2PM'", "'999999999A'", "'0A'", "'16X'", "'K'", "'IMAGE'", "'BINTABLE'", ''],
];

/** A file in which the value or the keyword of a card is replaced. */
function spoilCard(random: Random, bytes: Buffer): Buffer {
  const cards: number[] = [];
  for (let at = 0; at + 80 <= bytes.length; at += 80) {
    if (bytes.toString('latin1', at + 8, at + 10) === '= ') cards.push(at);
  }
  if (cards.length === 0) return bytes;
  const result = Buffer.from(bytes);
  const at = pick(random, cards);
  if (random.below(6) === 0) bytes.copy(result, at, pick(random, cards), pick(random, cards) + 8);
  else result.write(pick(random, VALUES).padEnd(70), at + 10);
  return result;
}

function spoilFits(random: Random, sound: (random: Random) => { input: Buffer } = draw): Uint8Array {
  let { input } = sound(random);
  if (random.below(4) === 0) return spoil(random, input, [sound(random).input]);
  for (let edits = 1 + random.below(3); edits > 0; edits--) input = spoilCard(random, input);
  if (random.below(4) > 0) return input;
  // Within the data, whose place stays.
  const start = Math.max(0, input.length - 2880);
  const data = spoil(random, input.subarray(start));
  return Buffer.concat([input.subarray(0, start), data, Buffer.alloc(2880)]).subarray(0, input.length);
}

const plain = (values: ArrayLike<unknown>): unknown[] =>
  Array.from(values, (value) => (ArrayBuffer.isView(value) ? plain(value as unknown as number[]) : value));

fuzz<Uint8Array, Contents>({
  name: 'FITS',
  file,
  growth: 300,
  sound: draw,
  spoilt: (random) => spoilFits(random),
  async read(bytes) {
    // The DecompressionStream is slow in Node, so that only some inputs use it.
    const fits = await readFits(bytes, { file, most: 1e7, ...(bytes.length % 8 === 1 ? {} : { gunzip }) });
    const contents: Contents = [];
    for (const { index, kind, shape } of fits.hdus) {
      if (kind === 'image') {
        const { pixels } = await readFitsImage(fits, index);
        expect(pixels.length).toBe(product(shape));
        contents.push(Array.from(pixels));
      } else if (kind === 'table') {
        const { rows, columns } = readFitsTable(fits, index);
        contents.push(
          columns.map(({ read, shape }) => {
            const values = read();
            expect(values.length).toBe(rows * product(shape));
            return plain(values);
          }),
        );
      } else contents.push([]);
    }
    return contents;
  },
  check(contents) {
    expect(contents.length).toBeGreaterThan(0);
  },
});

/** The cells of a table, by column. */
interface Cells {
  rows: number;
  texts: [name: string, cells: readonly string[]][];
  numbers: [name: string, cells: number[]][];
}

/** A table of votes: an ID of 64 bits, a text, a float and an integer; numbers may be missing. */
function drawVotes(random: Random): Sample<Buffer, Cells> {
  const rows = random.below(4);
  const draws = <Value>(value: () => Value) => Array.from({ length: rows }, value);
  const ids = draws(() => 9_007_199_254_740_993n * BigInt(random.below(1000)));
  const names = draws(() => 'J0946'.slice(0, random.below(6)));
  const shares = draws(() => pick(random, [Number.NaN, 0.5, random.uniform()]));
  const counts = draws(() => random.below(50) - 1);
  const data = Buffer.alloc(25 * rows);
  for (let row = 0; row < rows; row++) {
    data.writeBigInt64BE(ids[row]!, 25 * row);
    data.write(names[row]!, 25 * row + 8);
    data.writeDoubleBE(shares[row]!, 25 * row + 13);
    data.writeInt32BE(counts[row]!, 25 * row + 21);
  }
  const types = ['1K', '5A', 'D', 'J'].map((type, i) => [`TFORM${i + 1}`, type]);
  const columns = ['id', 'name', 'share', 'count'].map((name, i) => [`TTYPE${i + 1}`, name]);
  const cards = {
    ...{ NAXIS1: 25, NAXIS2: rows, TFIELDS: 4, TNULL4: -1 },
    ...Object.fromEntries([...types, ...columns]),
  };
  const textOf = (value: number) => (Number.isNaN(value) ? '' : String(value));
  const known = counts.map((count) => (count < 0 ? Number.NaN : count));
  return {
    input: Buffer.concat([noData(), binaryTable(cards, data)]),
    result: {
      rows,
      texts: [
        ['id', ids.map(String)],
        ['name', names],
        ['share', shares.map(textOf)],
        ['count', known.map(textOf)],
      ],
      numbers: [
        ['share', shares],
        ['count', known],
      ],
    },
  };
}

fuzz<Uint8Array, Cells>({
  name: 'FITS table of votes',
  file,
  growth: 150,
  sound: drawVotes,
  spoilt: (random) => spoilFits(random, drawVotes),
  async read(bytes) {
    const table = await openTable(bytes, file);
    const texts = table.columns.map(({ name }) => name);
    const numbers = texts.filter((name) => ['share', 'count'].includes(name));
    const columns = await table.read({ texts, numbers });
    return {
      rows: columns.rows,
      texts: [...columns.texts],
      numbers: Array.from(columns.numbers, ([name, cells]) => [name, Array.from(cells)]),
    };
  },
  check({ rows, texts, numbers }) {
    for (const [, cells] of texts) {
      expect(cells.length).toBe(rows);
      expect(cells.every((cell) => typeof cell === 'string')).toBe(true);
    }
    for (const [, cells] of numbers) expect(cells.length).toBe(rows);
  },
});
