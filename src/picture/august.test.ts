import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { galaxyFolder, goldenPixels, hasShared, noise, sharedNote } from '../../test/fixtures/pictures.ts';
import { nodeDecoder } from '../node/pictures/decode.ts';
import { augustPixels } from './august.ts';
import { decodeSquare } from './decode.ts';
import { shrinkByTwo } from './shrink.ts';

const frame = noise(424, 424);

/** The central 256 pixels of the rotated frame. `turn` gives the source of the pixel in column x and row y. */
function crop(turn: (x: number, y: number) => [x: number, y: number]): Uint8Array {
  const pixels = new Uint8Array(256 * 256 * 3);
  for (let y = 0; y < 256; y++) {
    for (let x = 0; x < 256; x++) {
      const [fromX, fromY] = turn(x + 84, y + 84);
      for (let channel = 0; channel < 3; channel++) {
        pixels[(y * 256 + x) * 3 + channel] = frame[(fromY * 424 + fromX) * 3 + channel]!;
      }
    }
  }
  return pixels;
}

describe('augustPixels', () => {
  for (const id of ['100008', '100023', '100134']) {
    it.skipIf(!hasShared)(
      `is bit-identical to Pillow’s rotate, crop and resize: ${id}${sharedNote}`,
      async () => {
        const { pixels } = await decodeSquare(nodeDecoder, readFileSync(`${galaxyFolder}${id}.jpg`), id);
        for (const angle of [0, 37.5, 211]) {
          expect(Buffer.compare(augustPixels(pixels, angle, false), goldenPixels(`${id}.rot${angle}`))).toBe(
            0,
          );
        }
      },
    );
  }

  it('turns by right angles without loss, counter-clockwise', () => {
    const turns: [number, (x: number, y: number) => [number, number]][] = [
      [0, (x, y) => [x, y]],
      [90, (x, y) => [423 - y, x]],
      [180, (x, y) => [423 - x, 423 - y]],
      [270, (x, y) => [y, 423 - x]],
    ];
    for (const [angle, turn] of turns) {
      const expected = shrinkByTwo(crop(turn), 256, 256);
      for (const same of [angle, angle + 720, angle - 360]) {
        expect(Buffer.compare(augustPixels(frame, same, false), expected)).toBe(0);
      }
    }
  });

  it('mirrors the resized crop exactly', () => {
    const plain = augustPixels(frame, 30, false);
    const mirrored = plain.map((_, at) => {
      const column = Math.floor(at / 3) % 128;
      return plain[at + 3 * (127 - 2 * column)]!;
    });
    expect(Buffer.compare(augustPixels(frame, 30, true), mirrored)).toBe(0);
  });

  it('refuses other frames and angles', () => {
    expect(() => augustPixels(new Uint8Array(3), 0, false)).toThrow('[424, 424, 3] expected, got 3 bytes');
    expect(() => augustPixels(frame, Number.NaN, false)).toThrow('bad angle NaN');
  });
});
