import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { expect } from 'vitest';
import { nodeDecoder } from '../../src/node/pictures/decode.ts';
import { decodeSquare } from '../../src/picture/decode.ts';
import { FRAME_SIZE, RECORD_BYTES, RECORD_SIZE, toRecord } from '../../src/picture/record.ts';
import { fuzz } from './fuzz.ts';
import { pick, spoil } from './spoil.ts';

/** Pictures of one colour, so that all pixels are known. */
const COLOURS = [
  [0, 0, 0],
  [255, 255, 255],
  [200, 60, 30],
] as const;

interface Picture {
  bytes: Buffer;
  colour: readonly number[];
}

async function makeAll(side: number, ...encodings: ((image: Sharp) => Sharp)[]): Promise<Picture[]> {
  const make = async (encode: (image: Sharp) => Sharp, colour: readonly number[]): Promise<Picture> => {
    const [r, g, b] = colour;
    const image = sharp({ create: { width: side, height: side, channels: 3, background: { r, g, b } } });
    return { bytes: await encode(image).toBuffer(), colour };
  };
  return Promise.all(encodings.flatMap((encode) => COLOURS.map((colour) => make(encode, colour))));
}

// Mostly of a size that is quickly made a record, as other sizes take longer.
const jpegs = [
  ...(await makeAll(
    FRAME_SIZE,
    (image) => image.jpeg({ quality: 95 }),
    (image) => image.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
    (image) => image.jpeg({ quality: 60 }).withMetadata({ orientation: 6 }),
    (image) => image.toColourspace('b-w').jpeg(),
  )),
  ...(await makeAll(9, (image) => image.jpeg())),
];
const pngs = [
  ...(await makeAll(
    FRAME_SIZE,
    (image) => image.png(),
    (image) => image.png({ palette: true }),
    (image) => image.toColourspace('rgb16').png(),
    (image) => image.ensureAlpha().png(),
  )),
  ...(await makeAll(9, (image) => image.png({ progressive: true }))),
];

/** The same PNG with correct checksums, so that it is not refused for those alone. */
function withChecksums(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

/** The colour in the middle of the record, and whether it is whole. */
interface Seen {
  length: number;
  isNear: boolean;
}

for (const [name, pictures, mend] of [
  ['JPEG', jpegs, (bytes: Uint8Array) => bytes],
  ['PNG', pngs, withChecksums],
] as const) {
  const file = `galaxy of ${name}`;
  // Grey pictures keep only the brightness.
  const isNear = (pixel: Uint8Array, colour: readonly number[]) =>
    colour[0] === colour[1]
      ? pixel.every((value, i) => Math.abs(value - colour[i]!) < 40)
      : pixel[0]! >= pixel[1]! && pixel[1]! >= pixel[2]! && pixel[0]! > 50;

  fuzz<{ bytes: Uint8Array; colour?: readonly number[] }, Seen>({
    name,
    file,
    slots: 4,
    growth: 700,
    sound(random) {
      const picture = pick(random, pictures);
      return { input: picture, result: { length: RECORD_BYTES, isNear: true } };
    },
    spoilt(random) {
      const bytes = spoil(random, pick(random, pictures).bytes, [pick(random, pictures).bytes]);
      return { bytes: random.below(4) === 0 ? bytes : mend(bytes) };
    },
    async read({ bytes, colour }) {
      const record = toRecord((await decodeSquare(nodeDecoder, bytes, file)).pixels);
      const middle = ((RECORD_SIZE / 2) * RECORD_SIZE + RECORD_SIZE / 2) * 3;
      const isRight = colour === undefined || isNear(record.subarray(middle, middle + 3), colour);
      return { length: record.length, isNear: isRight };
    },
    check({ length }) {
      expect(length).toBe(RECORD_BYTES);
    },
  });
}
