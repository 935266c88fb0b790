import { describe, expect, it } from 'vitest';
import { primary } from '../../test/fixtures/fits.ts';
import { readFits } from '../files/fits/fits.ts';
import { readFitsImage } from '../files/fits/image.ts';
import { type Frame, fitsFrame, recordOf } from './frame.ts';

const LINEAR = { bands: ['r'], stretch: 'linear:low=0,high=1' };
const pixel = (record: Uint16Array, x: number, y: number) => record[y * 212 + x]! / 65535;

describe('fitsFrame', () => {
  it('puts the last row of each band on top', async () => {
    const values = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const fits = await readFits(primary(8, [2, 2, 2], values), { file: 'a.fits' });
    const { width, height, planes } = fitsFrame(await readFitsImage(fits), 'a.fits');
    expect([width, height, planes.map((plane) => Array.from(plane))]).toEqual([
      2,
      2,
      [
        [3, 4, 1, 2],
        [7, 8, 5, 6],
      ],
    ]);
  });

  it('refuses bands as the first axis of FITS', async () => {
    const fits = await readFits(primary(8, [3, 8, 8], new Uint8Array(3 * 8 * 8)), { file: 'a.fits' });
    const image = await readFitsImage(fits);
    expect(() => fitsFrame(image, 'a.fits')).toThrow(
      'a.fits: expected the bands as the third axis, NAXIS3, got NAXIS1 = 3, NAXIS2 = 8, NAXIS3 = 8; numpy.moveaxis',
    );
  });
});

describe('recordOf', () => {
  it('shows the central square of any size, without a shift', () => {
    for (const [width, height] of [
      [424, 424],
      [301, 187],
      [40, 64],
    ] as const) {
      const side = Math.min(width, height);
      const plane = Float64Array.from({ length: width * height }, (_, i) => {
        return 0.5 + ((i % width) + 0.5 - width / 2) / side;
      });
      const { record, flags } = recordOf({ width, height, planes: [plane] }, LINEAR, 'ramp');
      expect(flags).not.toContain('padded');
      for (const x of [20, 105, 106, 191]) expect(pixel(record, x, 100)).toBeCloseTo((x + 0.5) / 212, 2);
    }
  });

  it('cuts a field out, and fills what lies outside the picture with its sky', () => {
    const plane = new Float64Array(100 * 100).fill(0.25);
    for (let i = 0; i < 100 * 100; i++) if (Math.abs((i % 100) - 49.5) < 5) plane[i] = 0.75;
    plane[0] = Number.NaN;
    const frame: Frame = { width: 100, height: 100, planes: [plane], pixelScale: 0.5 };
    const near = recordOf(frame, { ...LINEAR, field: 10 }, 'near'); // 20 pixels, of which 10 are bright
    expect([near.flags.includes('padded'), pixel(near.record, 40, 9), pixel(near.record, 106, 9)]).toEqual([
      false,
      expect.closeTo(0.25, 4),
      expect.closeTo(0.75, 4),
    ]);
    const far = recordOf(frame, { ...LINEAR, field: 100 }, 'far'); // 200 pixels
    expect([far.flags.includes('padded'), pixel(far.record, 2, 2), pixel(far.record, 106, 106)]).toEqual([
      true,
      expect.closeTo(0.25, 4),
      expect.closeTo(0.75, 4),
    ]);
    const { pixelScale: _, ...unscaled } = frame;
    expect(() => recordOf(unscaled, { ...LINEAR, field: 10 }, 'm51')).toThrow(
      'm51: its pixel scale is unknown',
    );
  });
});
