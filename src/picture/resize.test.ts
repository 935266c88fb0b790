import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { noise } from '../../test/fixtures/pictures.ts';
import { resizeSquare } from './resize.ts';
import { shrinkByTwo } from './shrink.ts';

// SHA-256 of Image.fromarray(noise).resize((to, to), Image.BILINEAR).tobytes(), Pillow 13.0.0.
it.each([
  [1, 5, '026a0f8c7812e656734361f4b0e1d0578d8b36a4b98326d64dc8370a0ad745cf'],
  [37, 100, '1b100d0734c5612a12974881f176f7b368ac107dee1b5f1a86c721ffbc74891f'],
  [212, 424, '66be43d082e16b67338f671c34fd32d275de6fab6cb11708e70a2cbd0ae7d4e1'],
  [256, 424, '2ae17ea2c5f0a2c3ab778ae5fdefdc09ed2e46c0846d0353f0b1b7424c1250ea'],
  [601, 424, '111dc0bb4d9da94edf2ccd76b58a6528865c6f290a166e8a568596e50f5fcc42'],
])('resizeSquare gives the bytes of Pillow: %i to %i pixels', (side, to, hash) => {
  const resized = resizeSquare(noise(side, side, side), side, to);
  expect(createHash('sha256').update(resized).digest('hex')).toBe(hash);
});

it('resizeSquare halves like shrinkByTwo', () => {
  const pixels = noise(424, 424);
  expect(Buffer.compare(resizeSquare(pixels, 424, 212), shrinkByTwo(pixels, 424, 424))).toBe(0);
});
