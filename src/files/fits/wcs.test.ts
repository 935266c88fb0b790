import { expect, it } from 'vitest';
import { pixelScale } from './wcs.ts';

const scale = (cards: Record<string, string | number>, types = ['RA---TAN', 'DEC--TAN']) =>
  pixelScale(new Map(Object.entries({ CTYPE1: types[0]!, CTYPE2: types[1]!, ...cards })));

it('gives arcseconds per pixel from CD, from PC and CDELT, or from CDELT', () => {
  expect(scale({ CDELT1: -0.001, CDELT2: 0.001 })).toBeCloseTo(3.6, 12);
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const turned = { PC1_1: c, PC1_2: -s, PC2_1: s, PC2_2: c };
  expect(scale({ ...turned, CDELT1: -0.001, CDELT2: 0.004 })).toBeCloseTo(7.2, 12);
  // CD beside CDELT, as in old files: CD counts.
  expect(scale({ CDELT1: 9, CDELT2: 9, CD1_1: 0, CD1_2: 1e-4, CD2_1: 1e-4, CD2_2: 0 })).toBeCloseTo(0.36, 12);
  expect(scale({ CD1_2: 1e-4, CD2_1: 1e-4 })).toBeCloseTo(0.36, 12);
  expect(scale({ CDELT1: 2, CDELT2: 2, CUNIT1: 'arcsec', CUNIT2: 'arcsec  ' })).toBeCloseTo(2, 12);
});

it('finds the axes of the sky among others', () => {
  const cards = { CTYPE3: 'DEC--SIN', CDELT1: 7e9, CDELT2: 0.01, CDELT3: 0.01 };
  expect(scale(cards, ['FREQ', 'RA---SIN'])).toBeCloseTo(36, 12);
});

it('is undefined without a scale on the sky', () => {
  expect(scale({})).toBeUndefined();
  expect(scale({ CDELT1: 0.1 })).toBeUndefined();
  expect(scale({ CDELT1: 0.1, CDELT2: 0 })).toBeUndefined();
  expect(scale({ CDELT1: 0.1, CDELT2: 0.1 }, ['LAMBDA', 'ANGLE'])).toBeUndefined();
  expect(scale({ CDELT1: 0.1, CDELT2: 0.1, CUNIT1: 'm', CUNIT2: 'm' })).toBeUndefined();
});
