import { readdirSync, readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { primary } from '../../test/fixtures/fits.ts';
import { galaxyFolder, hasShared, noise, sharedNote } from '../../test/fixtures/pictures.ts';
import { fetchFiles } from '../../test/fixtures/wasm.ts';
import { nodeDecoder } from '../node/pictures/decode.ts';
import { type DecodedPicture, decodeSquare, type PictureDecoder } from '../picture/decode.ts';
import { webDecoder } from './decoder.ts';
import { readPicture } from './pictures.ts';

beforeAll(fetchFiles);
afterAll(() => {
  vi.unstubAllGlobals();
});

const bytesOf = (values: ArrayLike<number>) => Buffer.from(values as Uint8Array);

/** Alpha that is not there is opaque. */
const alphaOf = ({ alpha, width, height }: DecodedPicture) =>
  bytesOf(alpha?.values ?? new Uint8Array(width * height).fill(255));

async function expectEqual(bytes: Uint8Array, name: string): Promise<void> {
  const [expected, got] = await Promise.all(
    [nodeDecoder, webDecoder].map((each) => each.decode(bytes, name)),
  );
  const { width, height, isReduced = false } = expected!;
  expect([got!.width, got!.height], name).toEqual([width, height]);
  expect(got!.isReduced ?? false, name).toBe(isReduced);
  expect(bytesOf(got!.pixels).equals(bytesOf(expected!.pixels)), name).toBe(true);
  expect(alphaOf(got!).equals(alphaOf(expected!)), name).toBe(true);
}

const reasonOf = (decoder: PictureDecoder, bytes: Uint8Array): Promise<string> =>
  decodeSquare(decoder, bytes, 'a').then(
    () => 'none',
    ({ reason }) => reason,
  );

/** The reasons of both platforms to refuse a file. */
const reasons = (bytes: Uint8Array) =>
  Promise.all([nodeDecoder, webDecoder].map((each) => reasonOf(each, bytes)));

/** A smooth picture, whose chroma is interpolated. */
const waves = (width: number, height: number, channels: 3 | 4) =>
  Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [channel, x] = [i % channels, Math.floor(i / channels) % width];
    return 128 + 100 * Math.sin(x / (3 + channel)) * Math.cos(i / (channels * width) / (5 - channel));
  });

const picture = (data: Uint8Array, width: number, height: number, channels: 3 | 4 = 3) =>
  sharp(data, { raw: { width, height, channels } });

const SIZES = [
  [64, 48],
  [37, 51],
  [3, 2],
  [1, 1],
] as const;

describe('JPEG', () => {
  const options = [
    { chromaSubsampling: '4:2:0' },
    { chromaSubsampling: '4:4:4' },
    { progressive: true },
    { mozjpeg: true },
    { quality: 100, progressive: true, chromaSubsampling: '4:4:4' },
  ];
  const wave = () => picture(waves(64, 48, 3), 64, 48);

  it('equals sharp’s bit for bit: subsampling, progressive, grey, odd sides', async () => {
    for (const [width, height] of SIZES) {
      for (const pixels of [noise(width, height), waves(width, height, 3)]) {
        const original = () => picture(pixels, width, height);
        for (const each of options)
          await expectEqual(
            await original().jpeg(each).toBuffer(),
            `${width}×${height} ${JSON.stringify(each)}`,
          );
        const grey = original().toColourspace('b-w');
        await expectEqual(
          await grey.jpeg({ progressive: width === 3 }).toBuffer(),
          `grey ${width}×${height}`,
        );
      }
    }
  });

  it('ignores EXIF orientation and colour profiles', async () => {
    const turned = await wave().withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await expectEqual(turned, 'turned');
    await expectEqual(await wave().withIccProfile('p3').jpeg().toBuffer(), 'profile');
    await expectEqual(Buffer.concat([turned, Buffer.from('more')]), 'data after the end');
    const extraneous = Buffer.concat([turned.subarray(0, -2), Buffer.from([1, 2, 3]), turned.subarray(-2)]);
    await expectEqual(extraneous, 'data before the end');
  });

  it('is refused for the same reason if it is damaged', async () => {
    const whole = await wave().jpeg().toBuffer();
    const damaged = Buffer.from(whole);
    damaged.set([0xff, 0xd0], whole.length - 100); // a restart marker where none belongs
    for (const bytes of [damaged, whole.subarray(0, 600), whole.subarray(0, -10)]) {
      const [node, web] = await reasons(bytes);
      expect(web).toBe(node);
    }
    const [node, web] = await reasons(whole.subarray(0, 200));
    expect(node).toContain(web);
    await expectEqual(whole, 'after damage');
  });

  it('is refused with the reason if sharp decodes it differently', async () => {
    const cmyk = await wave().toColourspace('cmyk').jpeg().toBuffer();
    expect(await reasonOf(webDecoder, cmyk)).toBe('a page cannot read CMYK pictures; save it as PNG');
    const halved = await wave().jpeg().toBuffer();
    const frame = halved.indexOf(Buffer.from([0xff, 0xc0]));
    expect(halved[frame + 11]).toBe(0x22);
    halved[frame + 11] = 0x12;
    expect(await reasonOf(webDecoder, halved)).toContain(
      'a page cannot read JPEGs whose colours have half the height (4:4:0); save',
    );
    const scans = await wave().jpeg({ progressive: true }).toBuffer();
    const tables = scans.lastIndexOf(Buffer.from([0xff, 0xc4]));
    const cut = Buffer.concat([scans.subarray(0, tables), scans.subarray(-2)]);
    expect(await reasons(cut)).toEqual([
      'none',
      'a page cannot read progressive JPEGs without all their scans; save it as PNG',
    ]);
  });

  it.skipIf(!hasShared)(`equals sharp’s on 50 real galaxies${sharedNote}`, async () => {
    for (const name of readdirSync(galaxyFolder).slice(0, 50))
      await expectEqual(readFileSync(`${galaxyFolder}${name}`), name);
  });
});

/** The chunk of a PNG. */
function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)]);
  bytes.writeUInt32BE(data.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}

const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const [WIDTH, HEIGHT] = [33, 21];

/** A PNG of random values and filters. @param spoil changes the compressed data */
function png(
  colours: number,
  depth: number,
  extra: readonly Buffer[] = [],
  spoil: (packed: Buffer) => void = () => {},
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([depth, colours], 8);
  const row = 1 + Math.ceil((WIDTH * CHANNELS[colours]! * depth) / 8);
  const data = Buffer.from(noise(row, HEIGHT, colours * 16 + depth)).subarray(0, row * HEIGHT);
  for (let i = 0; i < HEIGHT; i++) data[i * row]! %= 5; // the row's filter
  const packed = deflateSync(data);
  spoil(packed);
  const half = packed.length >> 1;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', packed.subarray(0, half)),
    chunk('IDAT', packed.subarray(half)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const palette = (depth: number) => chunk('PLTE', noise(1 << depth, 1));
const transparent = (...values: number[]) => chunk('tRNS', Buffer.from(values));

/** Every kind of PNG: name, file. */
const PNGS: [string, Buffer][] = [
  ...[1, 2, 4, 8, 16].map((depth): [string, Buffer] => [`grey ${depth}`, png(0, depth)]),
  ...[1, 8, 16].map((depth): [string, Buffer] => [
    `grey ${depth}, one transparent`,
    png(0, depth, [transparent(0, 1)]),
  ]),
  ...[2, 4, 6].flatMap((colours) =>
    [8, 16].map((depth): [string, Buffer] => [`colours ${colours}, ${depth}`, png(colours, depth)]),
  ),
  ...[1, 2, 4, 8].flatMap((depth): [string, Buffer][] => [
    [`palette ${depth}`, png(3, depth, [palette(depth)])],
    [`palette ${depth} and alpha`, png(3, depth, [palette(depth), transparent(0, 100)])],
  ]),
  ['RGB 16, one transparent', png(2, 16, [transparent(0, 1, 0, 2, 0, 3)])],
  ['gamma', png(2, 8, [chunk('gAMA', Buffer.from([0, 1, 0x86, 0xa0]))])],
];

describe('PNG', () => {
  it('equals sharp’s bit for bit: grey, palettes, 16 bits, alpha, interlaced', async () => {
    for (const [name, bytes] of PNGS) await expectEqual(bytes, name);
    for (const channels of [3, 4] as const) {
      const original = picture(waves(37, 51, channels), 37, 51, channels);
      await expectEqual(await original.png({ progressive: true }).toBuffer(), `interlaced ${channels}`);
    }
  });

  it('has the raw values of sharp if it has 16 bits', async () => {
    for (const [name, bytes] of PNGS.filter(([, bytes]) => bytes[24] === 16)) {
      const [expected, got] = await Promise.all(
        [nodeDecoder, webDecoder].map((each) => each.decodeRaw(bytes, name)),
      );
      expect({ ...got, values: [] }, name).toEqual({ ...expected, values: [] });
      expect(String(got!.values) === String(expected!.values), name).toBe(true);
    }
    await expect(webDecoder.decodeRaw(png(2, 8), 'a.png')).rejects.toThrow('for a stretch; got 8 bits');
  });

  it('is refused if it is damaged', async () => {
    const whole = png(2, 8);
    for (const length of [9, 20, 40, 600, whole.length - 13, whole.length - 20])
      expect(await reasonOf(webDecoder, whole.subarray(0, length))).toMatch(
        length < 33 ? /^corrupt header$/ : /^damaged or truncated PNG$/,
      );
    const damaged = Buffer.from(whole);
    damaged[whole.length - 20]! ^= 1;
    expect(await reasons(damaged)).toEqual(['damaged or truncated PNG', 'damaged or truncated PNG']);
    const others = png(2, 8, [], (packed) => packed.writeUInt32BE(1, packed.length - 4));
    expect(await reasons(others)).toEqual(['damaged or truncated PNG', 'damaged or truncated PNG']);
    damaged.writeUInt32BE(60_000, 16);
    damaged.writeUInt32BE(60_000, 20);
    damaged.writeUInt32BE(crc32(damaged.subarray(12, 29)), 29);
    expect(await reasons(damaged)).toEqual(Array(2).fill('larger than 64 million pixels'));
    await expectEqual(whole, 'after damage');
  });
});

describe('WebP', () => {
  it('equals sharp’s bit for bit: lossy, lossless, alpha, odd sides', async () => {
    const options = [{}, { lossless: true }, { quality: 30, smartSubsample: true }, { alphaQuality: 50 }];
    for (const [width, height] of SIZES)
      for (const channels of [3, 4] as const)
        for (const each of options) {
          const original = picture(waves(width, height, channels), width, height, channels);
          await expectEqual(
            await original.webp(each).toBuffer(),
            `${width}×${height}×${channels} ${JSON.stringify(each)}`,
          );
        }
  });

  it('is refused for the same reason if it is damaged or animated', async () => {
    const wave = picture(waves(64, 48, 3), 64, 48);
    const [lossy, lossless, one] = await Promise.all(
      [
        (each: Sharp) => each.webp(),
        (each: Sharp) => each.webp({ lossless: true }),
        (each: Sharp) => each.png(),
      ].map((write) => write(wave.clone()).toBuffer()),
    );
    const animated = await sharp([one!, await wave.clone().negate().png().toBuffer()], {
      join: { animated: true },
    })
      .webp()
      .toBuffer();
    const damaged = Buffer.from(lossless!);
    damaged.fill(0x55, 60, 90);
    const shifted = Buffer.concat([lossless!.subarray(0, 300), noise(13, 1), lossless!.subarray(300)]);
    for (const bytes of [animated, damaged, shifted, lossy!.subarray(0, 20), lossy!.subarray(0, -1)]) {
      const [node, web] = await reasons(bytes);
      expect(web).not.toBe('none');
      expect(web).toBe(node);
    }
  });
});

describe('other files', () => {
  it('are refused: empty ones, pages of the web, TIFF, FITS without a stretch', async () => {
    const tiff = await picture(waves(8, 8, 3), 8, 8)
      .tiff()
      .toBuffer();
    expect(await reasonOf(webDecoder, tiff)).toBe('a page cannot read TIFF; save it as PNG or FITS');
    await expect(webDecoder.decodeRaw(tiff, 'a.tif')).rejects.toThrow('a page cannot read TIFF');
    for (const text of ['', '<!DOCTYPE html>', 'SIMPLE  =                    T']) {
      const [node, web] = await reasons(Buffer.from(text));
      expect(web).toBe(node);
    }
  });
});

describe('FITS for a network of 8 bits', () => {
  const blobOf = (bands: number) => {
    const values = Float32Array.from(
      { length: bands * 64 * 64 },
      (_, i) => (i % 64) + 1000 * Math.floor(i / 4096),
    );
    const data = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((value, i) => {
      data.setFloat32(4 * i, value);
    });
    const axes = bands === 1 ? [64, 64] : [64, 64, bands];
    return new Blob([new Uint8Array(primary(-32, axes, new Uint8Array(data.buffer)))]);
  };
  const image = (bands: number, stretch?: string) =>
    ({ kind: 'blob', name: 'a.fits', blob: blobOf(bands), ...(stretch && { shown: stretch }) }) as const;

  it('is shown by a stretch: one band in grey, three from blue to red', async () => {
    const [grey, colour] = await Promise.all([
      readPicture(image(1, 'linear')),
      readPicture(image(3, 'linear:low=0,high=2063')),
    ]);
    expect([grey.record!.length, grey.flags]).toEqual([212 * 212 * 3, []]);
    expect(Array.from(grey.record!.subarray(0, 3))).toEqual([0, 0, 0]);
    expect(Array.from(grey.record!.subarray(211 * 3, 212 * 3))).toEqual([255, 255, 255]);
    const [red, green, blue] = colour.record!;
    expect([red! > green!, green! > blue!]).toEqual([true, true]);
  });

  it('is refused without a stretch, and with one that does not fit its bands', async () => {
    await expect(readPicture(image(1))).rejects.toThrow('raw values need a stretch');
    await expect(readPicture(image(2, 'legacy'))).rejects.toThrow(
      'a.fits: stretch legacy: has no scale for band 1',
    );
  });
});
