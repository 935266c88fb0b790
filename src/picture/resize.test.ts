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
  [256, 212, '14e503e58f07e49979c5f82ad0818a8770ded4a3aadf481914edad1665754538'],
  [601, 212, '93230ece43095c18724dbb11e031eaafdefcea1af7665d192ff39e6923cc0049'],
])('resizeSquare gives the bytes of Pillow: %i to %i pixels', (side, to, hash) => {
  const resized = resizeSquare(noise(side, side, side), side, to);
  expect(createHash('sha256').update(resized).digest('hex')).toBe(hash);
});

it('resizeSquare halves like shrinkByTwo', () => {
  const pixels = noise(424, 424);
  expect(Buffer.compare(resizeSquare(pixels, 424, 212), shrinkByTwo(pixels, 424, 424))).toBe(0);
});
