import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { binaryTable, fitsHeader, noData, primary, TILED, tiledFile } from '../../../test/fixtures/fits.ts';
import { describeWithShared, sharedPath } from '../../../test/goldens.ts';
import { gunzip } from '../../node/files/gunzip.ts';
import { readFits } from './fits.ts';
import { readFitsImage } from './image.ts';
import { readFitsTable } from './table.ts';

const file = 'sky.fits';
const read = (bytes: Uint8Array) => readFits(bytes, { file, gunzip });
const image = async (bytes: Uint8Array, hdu?: number | string) => readFitsImage(await read(bytes), hdu);
const values = async (bytes: Uint8Array) => Array.from((await image(bytes)).pixels);
/** The bytes of numbers, the highest first. */
const bigEndian = (numbers: Int16Array | Int32Array | Float32Array | Float64Array) =>
  Buffer.from(numbers.buffer)[
    numbers.BYTES_PER_ELEMENT === 2 ? 'swap16' : numbers.BYTES_PER_ELEMENT === 4 ? 'swap32' : 'swap64'
  ]();
const int64 = (...numbers: bigint[]) => {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeBigInt64BE(number, 8 * i);
  return bytes;
};
const shorts = bigEndian(Int16Array.of(-32768, 0, 32767));

interface Expected {
  shape: number[];
  bitpix: number;
  nan: number;
  sum: number;
  pixels: Record<string, number | null>;
}

describeWithShared('real files, as astropy reads them', () => {
  const folder = sharedPath('data/fits/');
  const expected: Record<string, (Expected | null)[]> = JSON.parse(
    readFileSync(`${folder}expected.json`, 'utf8'),
  );
  const refused: Record<string, string> = {
    'm13_hcomp.fits': 'compressed with "HCOMPRESS_1"',
    'm13_plio.fits': 'compressed with "PLIO_1"',
  };
  // ZBLANK makes pixel 13 NaN, in astropy 8 too; expected.json is of a reader that ignores it.
  const nan: Record<string, number> = { 'compressed_with_nan.fits': 13 };
  // astropy reports BITPIX after scaling.
  const bitpix: Record<string, number> = { 'scale.fits': 16 };

  it.each(Object.keys(expected).filter((name) => Array.isArray(expected[name])))('%s', async (name) => {
    const fits = await readFits(readFileSync(folder + name), { file: name, gunzip });
    expect(fits.hdus.length).toBe(expected[name]!.length);
    for (const [index, wanted] of expected[name]!.entries()) {
      if (wanted === null || refused[name] !== undefined) {
        const reason = wanted === null ? 'expected an image, got ' : refused[name]!;
        await expect(readFitsImage(fits, index)).rejects.toThrow(reason);
        continue;
      }
      const { hdu, pixels } = await readFitsImage(fits, index);
      expect(hdu).toMatchObject({ index, shape: wanted.shape, bitpix: bitpix[name] ?? wanted.bitpix });
      const known = pixels.filter((value) => !Number.isNaN(value));
      const extra = nan[name] === undefined ? 0 : 1;
      expect(pixels.length - known.length).toBe(wanted.nan + extra);
      if (nan[name] === undefined) {
        const sum = Float64Array.from(known).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - wanted.sum)).toBeLessThanOrEqual(1e-6 * Math.abs(wanted.sum));
      } else expect(pixels[nan[name]]).toBeNaN();
      for (const [at, value] of Object.entries(wanted.pixels)) {
        const pixel = pixels[Number(at)]!;
        if (value === null) expect(pixel).toBeNaN();
        else expect(Math.abs(pixel - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value));
      }
    }
  });

  it('an LZW file is refused by name', async () => {
    const bytes = readFileSync(`${folder}lzw.fits.Z`);
    await expect(readFits(bytes, { file: 'lzw.fits.Z' })).rejects.toThrow(
      'lzw.fits.Z: compressed by compress (LZW, .Z), which is not read; unpack it first: gzip -d',
    );
  });

  it('the catalogue of Hart et al. 2016 equals its CSV', async () => {
    const name = sharedPath('data/gz2-counts/gz2_hart16');
    const { rows, columns } = readFitsTable(
      await readFits(readFileSync(`${name}.fits`), { file: 'gz2_hart16.fits' }),
    );
    const [head, ...lines] = readFileSync(`${name}.csv`, 'utf8').trim().split(/\r?\n/);
    const names = head!.split(',');
    const cells = lines.map((line) => line.split(','));
    expect([rows, columns.length]).toEqual([990, 89]);
    expect(rows).toBe(lines.length);
    for (const { name: column, type, read } of columns) {
      const c = names.indexOf(column);
      const values = read();
      const isSame = (value: unknown, cell: string) => {
        if (type !== 'number') return String(value) === cell;
        if (cell === '') return Number.isNaN(value);
        return value === (values instanceof Float32Array ? Math.fround(Number(cell)) : Number(cell));
      };
      const wrong = cells.filter((row, i) => !isSame(values[i], row[c]!));
      expect(wrong.map((row) => row[c])).toEqual([]);
    }
  });
});

describe('values', () => {
  it('reads the six BITPIX; integers are exact', async () => {
    expect(await values(primary(8, [3], Buffer.of(0, 127, 255)))).toEqual([0, 127, 255]);
    expect(await values(primary(16, [3], shorts))).toEqual([-32768, 0, 32767]);
    const ints = Int32Array.of(-(2 ** 31), 0, 2 ** 31 - 1);
    expect(await values(primary(32, [3], bigEndian(ints.slice())))).toEqual([...ints]);
    const big = 2n ** 53n - 1n;
    expect(await values(primary(64, [2], int64(big, -big)))).toEqual([Number(big), -Number(big)]);
    const floats = Float32Array.of(0.1, Number.NaN, Number.POSITIVE_INFINITY);
    const single = await image(primary(-32, [3], bigEndian(floats.slice())));
    expect(single.pixels).toEqual(floats);
    const doubles = Float64Array.of(0.1, Number.NaN, 1e300);
    expect((await image(primary(-64, [3], bigEndian(doubles.slice())))).pixels).toEqual(doubles);
  });

  it('applies BSCALE, BZERO and BLANK; BZERO makes integers unsigned', async () => {
    expect(await values(primary(16, [3], shorts, { BZERO: 32768 }))).toEqual([0, 32768, 65535]);
    expect(await values(primary(8, [2], Buffer.of(0, 255), { BZERO: -128 }))).toEqual([-128, 127]);
    const scaled = { BSCALE: 0.5, BZERO: 10, BLANK: 0 };
    expect(await values(primary(16, [3], shorts, scaled))).toEqual([-16374, Number.NaN, 16393.5]);
    const unsigned = { BZERO: 2n ** 63n, BLANK: -1 };
    expect(await values(primary(64, [2], int64(-(2n ** 63n) + 5n, -1n), unsigned))).toEqual([5, Number.NaN]);
    expect(await values(primary(-32, [1], bigEndian(Float32Array.of(3)), { BSCALE: 2 }))).toEqual([6]);
  });

  it('refuses integers that float64 cannot hold, but not scaled ones', async () => {
    await expect(values(primary(64, [2], int64(1n, 2n ** 53n)))).rejects.toThrow(
      'sky.fits: HDU 0: pixel 1: expected an integer within ±2^53, got 9007199254740992',
    );
    expect(await values(primary(64, [1], int64(2n ** 60n), { BSCALE: 0.5 }))).toEqual([2 ** 59]);
  });
});

describe('structure', () => {
  it('has axes with the slowest first, and needs no padding after the last data', async () => {
    const bytes = primary(8, [4, 3, 2], Buffer.alloc(24, 7)).subarray(0, 2880 + 24);
    const { hdu, pixels } = await image(bytes);
    expect(hdu).toMatchObject({ index: 0, name: '', kind: 'image', shape: [2, 3, 4], bitpix: 8 });
    expect(pixels).toEqual(new Float32Array(24).fill(7));
  });

  it('finds an HDU by index, EXTNAME, or EXTNAME and EXTVER; else the first image of two axes', async () => {
    const extension = (EXTNAME: string, EXTVER: number, value: number, axes: number[]) => {
      const sides = Object.fromEntries(axes.map((side, i) => [`NAXIS${i + 1}`, side]));
      const cards = { XTENSION: 'IMAGE', BITPIX: 8, NAXIS: axes.length, ...sides, PCOUNT: 0, GCOUNT: 1 };
      return [fitsHeader({ ...cards, EXTNAME, EXTVER }), Buffer.alloc(2880, value)];
    };
    const bytes = Buffer.concat([
      noData(),
      ...extension('line', 1, 1, [4]),
      ...extension('Sci', 1, 2, [2, 2]),
      ...extension('SCI', 2, 3, [2, 2]),
      ...extension('1', 1, 4, [2, 2]),
      Buffer.from('no HDU'),
    ]);
    const fits = await read(bytes);
    expect(fits.ignored).toBe(6);
    expect(fits.hdus.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      ...['none ', 'image line', 'image Sci', 'image SCI', 'image 1'],
    ]);
    for (const [hdu, index] of [
      [undefined, 2],
      [1, 1],
      ['1', 4],
      ['sci', 2],
      ['SCI,2', 3],
      ['3', 3],
    ] as const) {
      const { hdu: found, pixels } = await readFitsImage(fits, hdu);
      expect([found.index, pixels[0]]).toEqual([index, index]);
    }
    await expect(readFitsImage(fits, 'ERR')).rejects.toThrow(
      'sky.fits: there is no HDU "ERR", only HDU 0 no data, HDU 1 (line) an image, HDU 2 (Sci) an image',
    );
  });

  it('reads strings with quotes, long strings, exponents with D, big integers and logicals', async () => {
    const lines = [
      "TEXT    = 'O''Hara  '           / a comment",
      "LONG    = 'one, &'",
      "CONTINUE  'two, &'              / more",
      "CONTINUE  'three'",
      "AND     = 'not continued &'",
      'REAL    = 1.5D-3 / a comment',
      'BIG     =  9223372036854775808',
      'YES     =                    T',
      'EMPTY   =',
      'TWICE   = 1',
      'TWICE   = 2',
      'COMMENT = 7',
      'HIERARCH ESO TEL = 3',
    ];
    const [hdu] = (await read(fitsHeader({ SIMPLE: true, BITPIX: 8, NAXIS: 0 }, lines))).hdus;
    expect(Object.fromEntries(hdu!.header)).toMatchObject({
      ...{ TEXT: "O'Hara", LONG: 'one, two, three', AND: 'not continued &', REAL: 0.0015 },
      ...{ BIG: 9223372036854775808n, YES: true, TWICE: 1 },
    });
    expect(hdu!.header.has('EMPTY')).toBe(false);
  });

  it('unpacks gzip, whatever the name, with zlib and with DecompressionStream', async () => {
    const packed = gzipSync(primary(16, [3], shorts));
    expect(await values(packed)).toEqual([-32768, 0, 32767]);
    expect((await readFitsImage(await readFits(packed, { file }))).pixels).toHaveLength(3);
    for (const options of [{ gunzip }, {}]) {
      await expect(readFits(packed, { file, most: 5759, ...options })).rejects.toThrow(
        'sky.fits: cannot be unpacked: longer than 5759 bytes',
      );
      await expect(readFits(packed.subarray(0, 60), { file, ...options })).rejects.toThrow(
        /^sky\.fits: cannot be unpacked: /,
      );
    }
  });
});

describe('refuses with the reason', () => {
  const picture = primary(8, [3, 2], Buffer.alloc(6));
  const header = { SIMPLE: true, BITPIX: 8, NAXIS: 2, NAXIS1: 3, NAXIS2: 2 };
  const table = binaryTable({ NAXIS1: 1, NAXIS2: 1, TFIELDS: 1, TFORM1: 'B' }, Buffer.of(1));
  const ascii = fitsHeader({
    XTENSION: 'TABLE',
    BITPIX: 8,
    NAXIS: 2,
    NAXIS1: 0,
    NAXIS2: 0,
    PCOUNT: 0,
    GCOUNT: 1,
  });
  const groups = {
    SIMPLE: true,
    BITPIX: -32,
    NAXIS: 2,
    NAXIS1: 0,
    NAXIS2: 2,
    GROUPS: true,
    PCOUNT: 1,
    GCOUNT: 2,
  };
  const cases: [title: string, bytes: Uint8Array, message: string][] = [
    ['an empty file', Buffer.alloc(0), 'the file is empty'],
    [
      'another format',
      Buffer.from('<!DOCTYPE html>'),
      'not a FITS file: expected "SIMPLE  =" at its start, got "<!DOCTYPE html>"',
    ],
    ['bzip2', Buffer.from('BZh91AY'), 'compressed by bzip2, which is not read; unpack it first: bunzip2'],
    [
      'SIMPLE = F',
      fitsHeader({ ...header, SIMPLE: false }),
      'SIMPLE: expected T, a FITS file that follows the standard, got "F"',
    ],
    [
      'no END',
      picture.subarray(0, 400),
      'HDU 0: the header has no END card in the remaining 400 bytes; is the file truncated?',
    ],
    [
      'truncated data',
      picture.subarray(0, 2885),
      'HDU 0: 3×2 values of 8 bits take 6 bytes, but the file has only 5 bytes for them; is it truncated?',
    ],
    [
      'a huge NAXIS1',
      fitsHeader({ ...header, NAXIS1: 2_000_000_000 }),
      'HDU 0: 2000000000×2 values of 8 bits take 4000000000 bytes, but the file has only 0',
    ],
    [
      'huge axes',
      fitsHeader({ ...header, NAXIS: 3, NAXIS1: 2 ** 52, NAXIS2: 2 ** 52, NAXIS3: 2 ** 52 }),
      'HDU 0: 4503599627370496×45',
    ],
    [
      'a negative axis',
      fitsHeader({ ...header, NAXIS2: -2 }),
      'HDU 0: NAXIS2: expected a whole number, 0 or more, got -2',
    ],
    [
      'a missing axis',
      fitsHeader({ ...header, NAXIS: 3 }),
      'HDU 0: NAXIS3: expected a whole number, 0 or more, got nothing',
    ],
    [
      'an axis beyond 2^53',
      fitsHeader({ ...header, NAXIS2: 2n ** 64n }),
      'HDU 0: NAXIS2: expected a whole number, 0 or more, got 18446744073709551616',
    ],
    [
      'an unknown BITPIX',
      fitsHeader({ ...header, BITPIX: 12 }),
      'HDU 0: BITPIX: expected 8, 16, 32, 64, -32 or -64, got 12',
    ],
    [
      'BSCALE as text',
      primary(8, [1], Buffer.of(1), { BSCALE: 'one' }),
      'HDU 0: BSCALE: expected a number, got "one"',
    ],
    ['an axis of no pixels', fitsHeader({ ...header, NAXIS2: 0 }), 'expected an image, got HDU 0 no data'],
    ['no data', noData(), 'expected an image, got HDU 0 no data'],
    [
      'random groups',
      Buffer.concat([fitsHeader(groups), Buffer.alloc(2880)]),
      'expected an image, got HDU 0 random groups',
    ],
    [
      'a table',
      Buffer.concat([noData(), table]),
      'expected an image, got HDU 0 no data, HDU 1 a binary table',
    ],
    [
      'an ASCII table',
      Buffer.concat([noData(), ascii]),
      'expected an image, got HDU 0 no data, HDU 1 an ASCII table',
    ],
  ];
  it.each(cases)('%s', async (_, bytes, message) => {
    await expect(image(bytes)).rejects.toThrow(`sky.fits: ${message}`);
  });

  it('a picture where a table is expected', async () => {
    const fits = await read(tiledFile(TILED[0]!));
    expect(() => readFitsTable(fits)).toThrow(
      'sky.fits: expected a binary table, got HDU 0 no data, HDU 1 an image',
    );
    expect(() => readFitsTable(fits, 1)).toThrow('sky.fits: HDU 1: expected a binary table, got an image');
  });
});
