import { describe, expect, it } from 'vitest';
import { type Cards, TILED, type TiledFixture, tiledFile } from '../../../test/fixtures/fits.ts';
import { gunzip } from '../../node/files/gunzip.ts';
import { readFits } from './fits.ts';
import { readFitsImage } from './image.ts';

const file = 'tiles.fits';
const read = async (fixture: Pick<TiledFixture, 'cards' | 'data'>) =>
  readFitsImage(await readFits(tiledFile(fixture), { file, gunzip }));

describe('images compressed by astropy', () => {
  it.each(TILED)('$name', async (fixture) => {
    const { hdu, pixels } = await read(fixture);
    expect(hdu).toMatchObject({ index: 1, kind: 'image', compression: fixture.cards.ZCMPTYPE });
    expect(Array.from(pixels)).toEqual(Array.from(fixture.pixels));
    expect(pixels instanceof Float32Array).toBe(![32, -64].includes(Number(fixture.cards.ZBITPIX)));
  });
});

const fixture = (name: string) => TILED.find((each) => each.name === name)!;
const rice = fixture('RICE_1, 16 bits');
const gzip = fixture('GZIP_1, 16 bits');
const dithered = fixture('RICE_1, SUBTRACTIVE_DITHER_1');
/** A copy of data in which bytes are replaced. */
const patched = (data: Buffer, at: number, ...bytes: number[]) => {
  const copy = Buffer.from(data);
  copy.set(bytes, at);
  return copy;
};

it('decodes GZIP tiles with the DecompressionStream of a page', async () => {
  const { pixels } = await readFitsImage(await readFits(tiledFile(gzip), { file }));
  expect(Array.from(pixels)).toEqual(Array.from(gzip.pixels));
});

it('takes ZBLANK of integers as NaN, even 0', async () => {
  for (const ZBLANK of [rice.pixels[0]!, 0]) {
    const { pixels } = await read({ ...rice, cards: { ...rice.cards, ZBLANK } });
    const expected = Array.from(rice.pixels, (value) => (value === ZBLANK ? Number.NaN : value));
    expect(Array.from(pixels)).toEqual(expected);
  }
});

describe('refuses with the reason', () => {
  const refusals: [title: string, fixture: TiledFixture, change: Cards, message: string][] = [
    [
      'PLIO_1',
      rice,
      { ZCMPTYPE: 'PLIO_1' },
      'compressed with "PLIO_1"; expected RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS',
    ],
    ['HCOMPRESS_1', rice, { ZCMPTYPE: 'HCOMPRESS_1' }, 'compressed with "HCOMPRESS_1"'],
    [
      'a huge image',
      rice,
      { ZNAXIS1: 2_000_000_000, ZTILE1: 2_000_000_000 },
      'tile 0: 18 bytes cannot hold its 6000000000 pixels',
    ],
    [
      'more tiles than rows',
      rice,
      { ZNAXIS2: 2_000_000_000 },
      'expected a row for each of 1333333334 tiles, got 4 rows',
    ],
    ['long blocks', rice, { ZVAL1: 100_000 }, 'RICE_1: expected a BLOCKSIZE of 1 to 256, got 100000'],
    ['pixels of 8 bytes', rice, { ZVAL2: 8 }, 'RICE_1: expected a BYTEPIX of 1, 2 or 4, got 8'],
    ['short RICE data', rice, { ZVAL2: 4 }, 'tile 0: RICE_1: its 18 bytes end before its 15 pixels'],
    ['an empty tile side', rice, { ZTILE1: 0 }, 'ZTILE1: expected 1 or more, got 0'],
    [
      'an unknown dither',
      dithered,
      { ZQUANTIZ: 'DITHER_9' },
      'ZQUANTIZ: expected NO_DITHER, SUBTRACTIVE_DITHER_1, SUBTRACTIVE_DITHER_2, got "DITHER_9"',
    ],
    [
      'a tile of another size',
      gzip,
      { ZTILE2: 5, ZTILE1: 4 },
      'tile 0: expected 20 pixels of 1, 2, 4, 8 bytes, got 30 bytes',
    ],
    ['a mask', rice, { TTYPE1: 'NULL_PIXEL_MASK' }, 'NULL_PIXEL_MASK is not read'],
    ['no data', rice, { TTYPE1: 'SOMETHING' }, 'tile 0 has no data'],
  ];
  it.each(refusals)('%s', async (_, { cards, data }, change, message) => {
    await expect(read({ cards: { ...cards, ...change }, data })).rejects.toThrow(
      `tiles.fits: HDU 1: ${message}`,
    );
  });

  it('damaged gzip data, and lists outside the heap', async () => {
    const damaged = patched(gzip.data, 32 + 15, 255, 255, 255, 255);
    await expect(read({ ...gzip, data: damaged })).rejects.toThrow(
      /^tiles\.fits: HDU 1: tile 0: cannot be unpacked: /,
    );
    const outside = patched(gzip.data, 4, 0, 0, 255, 0);
    await expect(read({ ...gzip, data: outside })).rejects.toThrow(
      'column "COMPRESSED_DATA": row 0: bytes 65280 to 65330 lie outside the heap',
    );
  });

  it('tiles that share their data', async () => {
    const first = rice.data.subarray(0, 8);
    const cards = { ...rice.cards, NAXIS2: 10, ZNAXIS1: 50, PCOUNT: 18, ZNAXIS2: 3 };
    const data = Buffer.concat([...Array.from({ length: 10 }, () => first), rice.data.subarray(32, 50)]);
    await expect(read({ cards, data })).rejects.toThrow('its tiles take 180 bytes, but its data has 98');
  });
});
