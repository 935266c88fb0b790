import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  galaxyFolder,
  goldenPixels,
  hasShared,
  noise,
  png,
  sharedNote,
} from '../../../test/fixtures/pictures.ts';
import { UserError } from '../../errors.ts';
import { decodeSquare, readDeepRecord, readSquare } from '../../picture/decode.ts';
import { DEFAULT_PREPROCESSING } from '../../picture/preprocessing.ts';
import { toFrame, toRecord } from '../../picture/record.ts';
import { ImageError } from '../../picture/unreadable.ts';
import { nodeDecoder } from './decode.ts';

const pixels = noise(424, 424);
const raw = { raw: { width: 424, height: 424, channels: 3 as const } };
let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await sharp(pixels, raw).jpeg({ quality: 90 }).toBuffer();
});

/** The RGB values of column x, row y. */
function rgb(frame: Uint8Array, x: number, y: number): number[] {
  return [...frame.subarray((y * 424 + x) * 3, (y * 424 + x) * 3 + 3)];
}

/** A picture of one colour with any number of channels, as PNG. */
function even(channels: 1 | 2 | 3 | 4, ...values: number[]): Promise<Buffer> {
  const data = Uint8Array.from({ length: 424 * 424 * channels }, (_, i) => values[i % channels]!);
  return sharp(data, { raw: { width: 424, height: 424, channels } })
    .png()
    .toBuffer();
}

describe('decodeSquare', () => {
  for (const id of ['100008', '100023', '100134']) {
    it.skipIf(!hasShared)(`is bit-identical to Pillow’s decoder: ${id}${sharedNote}`, async () => {
      const { pixels, resampled } = await decodeSquare(
        nodeDecoder,
        readFileSync(`${galaxyFolder}${id}.jpg`),
        id,
      );
      expect(resampled).toBe(false);
      const rows = Array.from({ length: 64 }, (_, y) => ((y + 180) * 424 + 180) * 3);
      const crop = Buffer.concat(rows.map((start) => pixels.subarray(start, start + 64 * 3)));
      expect(Buffer.compare(crop, goldenPixels(`${id}.decoded_crop64`))).toBe(0);
    });
  }

  it('keeps a PNG as it is', async () => {
    const frame = await decodeSquare(nodeDecoder, await png(pixels, 424, 424), 'a.png');
    expect(frame.resampled).toBe(false);
    expect(Object.getPrototypeOf(frame.pixels)).toBe(Uint8Array.prototype); // not a Buffer
    expect(Buffer.compare(frame.pixels, pixels)).toBe(0);
  });

  it('converts grey, 16 bits, CMYK and palettes to RGB', async () => {
    expect(rgb((await decodeSquare(nodeDecoder, await even(1, 77), 'grey')).pixels, 5, 5)).toEqual([
      77, 77, 77,
    ]);
    const deep = await sharp(pixels, raw).toColourspace('rgb16').png().toBuffer();
    const reduced = await decodeSquare(nodeDecoder, deep, '16 bits');
    expect(reduced.flags).toContain('reduced');
    const difference = reduced.pixels.map((value, i) => Math.abs(value - pixels[i]!));
    expect(difference.reduce((a, b) => Math.max(a, b))).toBeLessThanOrEqual(1);
    const cmyk = await sharp(await even(3, 200, 60, 30))
      .toColourspace('cmyk')
      .jpeg()
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const [red, green, blue] = rgb((await decodeSquare(nodeDecoder, cmyk, 'cmyk')).pixels, 200, 200);
    expect(red! > green! && green! > blue!).toBe(true);
    const palette = await sharp(await even(3, 200, 60, 30))
      .png({ palette: true })
      .toBuffer();
    expect(rgb((await decodeSquare(nodeDecoder, palette, 'palette')).pixels, 9, 9)).toEqual([200, 60, 30]);
  });

  it('draws transparent pixels on black', async () => {
    expect(
      rgb((await decodeSquare(nodeDecoder, await even(4, 255, 255, 255, 0), 'clear')).pixels, 1, 1),
    ).toEqual([0, 0, 0]);
    expect(
      rgb((await decodeSquare(nodeDecoder, await even(4, 200, 100, 50, 255), 'opaque')).pixels, 1, 1),
    ).toEqual([200, 100, 50]);
  });

  it('ignores EXIF orientation', async () => {
    const turned = await sharp(jpeg).keepMetadata().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const same = await sharp(jpeg).jpeg().toBuffer();
    expect((await sharp(turned).metadata()).orientation).toBe(6);
    expect(
      Buffer.compare(
        (await decodeSquare(nodeDecoder, turned, 't')).pixels,
        (await decodeSquare(nodeDecoder, same, 's')).pixels,
      ),
    ).toBe(0);
  });

  it('crops other sizes to the central square, and reports them', async () => {
    const wide = new Uint8Array(100 * 40 * 3); // black, except for the central 40 × 40
    for (let y = 0; y < 40; y++) wide.fill(180, (y * 100 + 30) * 3, (y * 100 + 70) * 3);
    const { pixels, resampled } = await decodeSquare(nodeDecoder, await png(wide, 100, 40), 'wide.png');
    expect(resampled).toBe(true);
    expect(pixels).toEqual(new Uint8Array(40 * 40 * 3).fill(180));
    const tall = noise(600, 901);
    expect(
      Buffer.compare(
        (await decodeSquare(nodeDecoder, await png(tall, 600, 901), 'tall.png')).pixels,
        tall.subarray(150 * 600 * 3, 750 * 600 * 3),
      ),
    ).toBe(0);
  });

  it('crops to a field, and pads with black', async () => {
    const bytes = await png(new Uint8Array(6 * 4 * 3).fill(200), 6, 4);
    const decode = (field: number) =>
      decodeSquare(nodeDecoder, bytes, 'a.png', { ...DEFAULT_PREPROCESSING, field }, 0.5);
    expect((await decode(1)).pixels).toEqual(new Uint8Array(2 * 2 * 3).fill(200));
    const { pixels } = await decode(4); // 8 pixels
    const shown = Array.from({ length: 64 }, (_, i) => pixels[3 * i]);
    const inside = (i: number) => i % 8 >= 1 && i % 8 < 7 && i >= 16 && i < 48;
    expect(shown).toEqual(shown.map((_, i) => (inside(i) ? 200 : 0)));
  });

  it('leaves a picture of the size of a record as it is', async () => {
    const small = noise(212, 212);
    const { pixels, resampled } = await decodeSquare(nodeDecoder, await png(small, 212, 212), 'small.png');
    expect(resampled).toBe(false);
    expect(Buffer.compare(toRecord(pixels), small)).toBe(0);
    expect(toFrame(pixels)).toHaveLength(424 * 424 * 3);
  });

  it('refuses anything but an intact JPEG or PNG, with the file’s name and the reason', async () => {
    const whole = await png(pixels, 424, 424);
    const small = await sharp(jpeg).resize(8).png().toBuffer();
    const damaged = Buffer.from(jpeg);
    damaged.set([0xff, 0xd0], 20_000); // a restart marker where none belongs
    const huge = Buffer.from(whole);
    huge.writeUInt32BE(60_000, 16); // IHDR: width, height, then the chunk's checksum
    huge.writeUInt32BE(60_000, 20);
    const { crc32 } = await import('node:zlib');
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    const cases: [string, Uint8Array, RegExp][] = [
      ['empty', new Uint8Array(0), /the file is empty/],
      [
        'page',
        Buffer.from('<!DOCTYPE html>\n404'),
        /not a JPEG, PNG, TIFF, WebP or FITS file: it begins with "<!DOCTYPE html>/,
      ],
      ['gif', await sharp(jpeg).resize(8).gif().toBuffer(), /not a JPEG, PNG, TIFF, WebP or FITS file/],
      ['half', jpeg.subarray(0, jpeg.length / 2), /premature end of JPEG/],
      ['start', jpeg.subarray(0, 20), /premature end of JPEG/],
      ['last bytes', jpeg.subarray(0, jpeg.length - 10), /premature end of JPEG/],
      ['damaged', damaged, /[Cc]orrupt JPEG data/],
      ['half a png', whole.subarray(0, whole.length / 2), /damaged or truncated PNG/],
      ['start of a png', whole.subarray(0, 20), /header/],
      ['huge', huge, /larger than 64 million pixels/],
      [
        'pages',
        await sharp([small, small], { join: { animated: true } })
          .tiff()
          .toBuffer(),
        /one page, got 2/,
      ],
    ];
    for (const [name, bytes, reason] of cases) {
      const error = await decodeSquare(nodeDecoder, bytes, `${name}.jpg`).catch((error) => error);
      expect(error, name).toBeInstanceOf(ImageError);
      expect(error, name).toBeInstanceOf(UserError);
      expect(error.message.startsWith(`${name}.jpg: `), name).toBe(true);
      expect(error.reason).toMatch(reason);
      expect(error.reason).not.toMatch(/\n|vips/i);
    }
  });
});

/** A TIFF of one band of 32-bit floats. */
function floatTiff(width: number, height: number, values: readonly number[]): Buffer {
  const [short, long] = [3, 4];
  const entries = [
    ...[
      [256, short, width],
      [257, short, height],
      [258, short, 32],
      [259, short, 1],
      [262, short, 1],
    ],
    ...[
      [273, long, 8],
      [277, short, 1],
      [278, short, height],
      [279, long, 4 * values.length],
      [339, short, 3],
    ],
  ];
  const directory = 8 + 4 * values.length;
  const bytes = Buffer.alloc(directory + 2 + 12 * entries.length + 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(directory, 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 8 + 4 * i);
  bytes.writeUInt16LE(entries.length, directory);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = directory + 2 + 12 * i;
    bytes.writeUInt16LE(tag!, at);
    bytes.writeUInt16LE(type!, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    bytes.writeUInt32LE(value!, at + 8);
  }
  return bytes;
}

it('reads TIFFs of floats with a stretch; refuses them without one, and signed integers', async () => {
  const values = Array.from({ length: 212 * 212 }, (_, i) =>
    i % 7 === 0 ? Number.NaN : (i % 100) / 50 - 0.5,
  );
  const folder = mkdtempSync(join(tmpdir(), 'decode-'));
  const image = { kind: 'file', name: 'a.tif', path: join(folder, 'a.tif') } as const;
  writeFileSync(image.path, floatTiff(212, 212, values));
  const { record } = await readDeepRecord(nodeDecoder, image, {
    bands: ['r'],
    stretch: 'linear:low=0,high=1',
  });
  await expect(readSquare(nodeDecoder, image)).rejects.toThrow(
    'a.tif: expected a picture of 8 bits; raw values need a stretch',
  );
  const signed = floatTiff(212, 212, values);
  signed.writeUInt16LE(16, signed.length - 4 - 12 * 8 + 8); // BitsPerSample
  signed.writeUInt16LE(2, signed.length - 4 - 12 + 8); // SampleFormat
  writeFileSync(image.path, signed);
  await expect(readDeepRecord(nodeDecoder, image, { bands: ['r'], stretch: 'linear' })).rejects.toThrow(
    'a.tif: signed integers of 16 bits are not read; save it with floats of 32 bits',
  );
  rmSync(folder, { recursive: true });
  const shown = (value: number) => Math.round(65535 * Math.min(1, Math.max(0, Math.fround(value))));
  for (const i of [1, 20, 30, 60, 90, 40_001]) expect(record[i], String(i)).toBe(shown(values[i]!));
});

describe('readSquare', () => {
  it('names a missing file and the reason', async () => {
    const missing = { kind: 'file', name: 'a.jpg', path: '/nowhere/a.jpg' } as const;
    await expect(readSquare(nodeDecoder, missing)).rejects.toThrow(/^a\.jpg: no such file/);
  });
});
