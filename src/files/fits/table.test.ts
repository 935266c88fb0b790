import { expect, it } from 'vitest';
import { binaryTable, type Cards, noData } from '../../../test/fixtures/fits.ts';
import { readFits } from './fits.ts';
import { readFitsTable } from './table.ts';

// A table of all types of columns, written by astropy 8.0.
const cards = {
  NAXIS1: 171,
  NAXIS2: 3,
  PCOUNT: 46,
  TFIELDS: 20,
  TTYPE1: 'ID',
  TFORM1: 'K',
  TTYPE2: 'UID',
  TFORM2: 'K',
  TZERO2: 9223372036854775808n,
  TTYPE3: 'L',
  TFORM3: 'L',
  TTYPE4: 'bits',
  TFORM4: '11X',
  TTYPE5: 'b',
  TFORM5: 'B',
  TNULL5: 128,
  TTYPE6: 'sb',
  TFORM6: 'B',
  TZERO6: -128,
  TTYPE7: 'i',
  TFORM7: 'I',
  TNULL7: 6,
  TTYPE8: 'ui',
  TFORM8: 'I',
  TZERO8: 32768,
  TTYPE9: 'j',
  TFORM9: '2J',
  TTYPE10: 'uj',
  TFORM10: 'J',
  TZERO10: 2147483648,
  TTYPE11: 'e',
  TFORM11: 'E',
  TUNIT11: 'mag',
  TTYPE12: 'd',
  TFORM12: '6D',
  TDIM12: '(3,2)',
  TTYPE13: 'c',
  TFORM13: 'C',
  TTYPE14: 'm',
  TFORM14: 'M',
  TTYPE15: 'name',
  TFORM15: '12A',
  TTYPE16: 'names',
  TFORM16: '12A',
  TDIM16: '(4,3)',
  TTYPE17: 'pj',
  TFORM17: 'PJ(3)',
  TTYPE18: 'qd',
  TFORM18: 'QD(2)',
  TTYPE19: 'pa',
  TFORM19: 'PA(5)',
  TTYPE20: 'sc',
  TFORM20: 'I',
  EXTNAME: 'CAT',
  TNULL1: 7,
  TSCAL20: 0.5,
  TZERO20: 10,
};

const data = Buffer.from(
  'CCgC8CC3ABt//////////1SqwAAA//uAAAAAAAEAAAACgAAAAD3MzM0AAAAAAAAAAD/CSSSSSSSSP9JJJJJJJJI/222222222z/iSSSSSSSSP+bbbbbbbbc/gAAAQAAAAD/wAAAAAAAAQAAAAAAAAABOR0MgMQAAAAAAAABhAAAAYmIAAGNjYwAAAAADAAAAAAAAAAAAAAABAAAAAAAAABAAAAAFAAAAKP/ugAAAAAAAAACAAAAAAAAAAEYAAICAAAYcQAAAAAMAAAAEbmsoAH/AAAA/622222222z/wAAAAAAAAP/JJJJJJJJI/9JJJJJJJJT/222222223P/kkkkkkkklAQAAAwIAAAEAIAAAAAAAAwBAAAAAAAAAAAAAAAAAAAAAAAABkAAAAAAAAAGYAAAAAAAAAAAAADAAAAAAAAAACAAAAAAAAABgAAAAAAAAALQADAAAAAAAAAAeAAAAAAAAABVT/4P//AAd//4AAAAAAAAAGf////0BAAAA/+22222222z/9tttttttuQAAAAAAAAABAASSSSSSSSUACSSSSSSSSQANtttttttsAAAAAAAAAAAAAAAAAAAAAP+AAAAAAAAB4IHkAAAAAAAAAAABnZ2dnaAAAAGkAAAAAAAABAAAADAAAAAAAAAAAAAAAAAAAACgAAAABAAAALQAoAAAAAQAAAAIAAAAD////+T/gAAAAAAAAP/gAAAAAAABABAAAAAAAAGhlbGxveg==',
  'base64',
);

const open = async (change: Cards = {}) =>
  readFitsTable(
    await readFits(Buffer.concat([noData(), binaryTable({ ...cards, ...change }, data)]), {
      file: 'cat.fits',
    }),
  );

it('reads all types of columns', async () => {
  const { hdu, rows, columns } = await open();
  expect([hdu.index, hdu.name, rows]).toEqual([1, 'CAT', 3]);
  const [nan, none] = [Number.NaN, null];
  const expected: [name: string, type: string, shape: number[], values: unknown[]][] = [
    ['ID', 'integer64', [], [587722981736120347n, -(2n ** 63n), none]],
    ['UID', 'integer64', [], [2n ** 64n - 1n, 0n, 5n]],
    ['L', 'logical', [], [true, false, true]],
    [
      'bits',
      'number',
      [11],
      [...[1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 0], ...Array(11).fill(0), ...Array(11).fill(1)],
    ],
    ['b', 'number', [], [0, nan, 255]],
    ['sb', 'number', [], [-128, 0, 127]],
    ['i', 'number', [], [-5, nan, 7]],
    ['ui', 'number', [], [0, 40000, 65535]],
    ['j', 'number', [2], [1, 2, 3, 4, -(2 ** 31), 6]],
    ['uj', 'number', [], [0, 4e9, 2 ** 32 - 1]],
    ['e', 'number', [], [Math.fround(0.1), nan, 3]],
    ['d', 'number', [2, 3], Array.from({ length: 18 }, (_, i) => i / 7)],
    ['c', 'number', [2], [1, 2, 3, -4, 0, 0]],
    ['m', 'number', [2], [1, 2, 3, -4, 0, 0.5]],
    ['name', 'text', [], ['NGC 1', '', 'x y']],
    ['names', 'text', [3], ['a', 'bb', 'ccc', 'd', '', 'f', 'gggg', 'h', 'i']],
    ['pj', 'list', [], [[1, 2, 3], [], [-7]]],
    ['qd', 'list', [], [[0.5], [1.5, 2.5], []]],
    ['pa', 'list', [], [['hello'], [''], ['z']]],
    ['sc', 'number', [], [1, 11.5, 30]],
  ];
  const plain = (values: ArrayLike<unknown>): unknown[] =>
    Array.from(values, (value) => (ArrayBuffer.isView(value) ? plain(value as unknown as number[]) : value));
  const got = columns.map(({ name, type, shape, read }) => [name, type, shape, plain(read())]);
  expect(got).toEqual(expected);
  expect(columns.map(({ unit }) => unit).filter(Boolean)).toEqual(['mag']);
  expect(columns[10]!.read()).toBeInstanceOf(Float32Array);
});

it('ignores TNULL of columns other than integers', async () => {
  const { columns } = await open({ TNULL11: 'NaN', TNULL15: '-' });
  expect(columns[10]!.read()[1]).toBeNaN();
});

it('splits texts of equal width, as in 12A4', async () => {
  const { columns } = await open({ TFORM16: '12A4', TDIM16: '' });
  expect(columns[15]).toMatchObject({ type: 'text', shape: [3] });
  expect(columns[15]!.read().slice(0, 3)).toEqual(['a', 'bb', 'ccc']);
});

it('refuses what contradicts itself', async () => {
  const refusals: [Cards, string][] = [
    [{ NAXIS1: 170 }, 'HDU 1 (CAT): column "sc": ends at byte 171 of a row of NAXIS1 170 bytes'],
    [{ TFORM9: '99999999999J' }, 'HDU 1 (CAT): column "j": ends at byte 400'],
    [{ TFORM3: 'Z' }, 'HDU 1 (CAT): column "L": TFORM3: expected a format such as 1J, 20A or 1PE, got "Z"'],
    [
      { TFORM17: 'P' },
      'HDU 1 (CAT): column "pj": TFORM17: expected a format such as 1J, 20A or 1PE, got "P"',
    ],
    [{ TSCAL20: 'x' }, 'HDU 1 (CAT): column "sc": TSCAL20: expected a number, got "x"'],
    [{ TFIELDS: 1000 }, 'HDU 1 (CAT): TFIELDS: expected at most 999, got 1000'],
    [{ THEAP: 9 }, 'HDU 1 (CAT): THEAP: expected 513 to 559, got 9'],
    [{ NAXIS1: 0 }, 'HDU 1 (CAT): 3 rows of 0 bytes'],
    [{ ZTABLE: true }, 'HDU 1 (CAT): a compressed table (ZTABLE); uncompress it first: funpack'],
  ];
  for (const [change, message] of refusals) {
    await expect(open(change), message).rejects.toThrow(`cat.fits: ${message}`);
  }
});

it('refuses lists outside the heap, and lists that overlap', async () => {
  const column = async (change: Cards) => (await open(change)).columns.find(({ name }) => name === 'pj')!;
  expect((await column({ PCOUNT: 10 })).read).toThrow(
    'cat.fits: HDU 1 (CAT): column "pj": row 0: bytes 0 to 12 lie outside the heap of 10 bytes',
  );
  expect((await column({ TFORM17: 'PM(3)' })).read).toThrow(/ lie outside the heap | overlap in the heap /);
});
