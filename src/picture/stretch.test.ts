import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { resolveStretch, stretchPlanes, usualBands } from './stretch.ts';

/** One band, stretched. */
function stretch(text: string, values: readonly number[]): number[] {
  const plane = Float64Array.from(values);
  stretchPlanes([plane], text, ['r']);
  return [...plane];
}

const close = (values: readonly number[], expected: readonly number[]) => {
  expect(values).toHaveLength(expected.length);
  for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i]!, 12);
};

describe('resolveStretch', () => {
  it('fills in defaults, and the constants of surveys by band', () => {
    expect(resolveStretch('percentile', ['r'])).toBe('linear:low=0.5%,high=99.5%');
    expect(resolveStretch('asinh:high=12,a=0.02', ['r'])).toBe('asinh:low=0.5%,high=12,a=0.02');
    const root = 4.47213595499958;
    expect(resolveStretch('legacy', ['z', 'g'])).toBe(
      `lupton:Q=${root},alpha=${root},offset=0.03,scales=2.2/6`,
    );
    expect(resolveStretch(resolveStretch('sdss', ['g', 'r', 'i']), ['g', 'r', 'i'])).toBe(
      `lupton:Q=${root},alpha=${root},offset=0.02,scales=2.5/1.5/1`,
    );
    expect([usualBands('sdss'), usualBands('legacy:Q=5'), usualBands('log')]).toEqual([
      ['g', 'r', 'i'],
      ['g', 'r', 'z'],
      ['brightness'],
    ]);
  });

  it.each([
    ['cubic', 'expected one of linear, sqrt, log, asinh, lupton, percentile, sdss, legacy'],
    ['constructor', 'expected one of'],
    ['asinh:q=2', 'expected asinh:low=…, high=…, a=…, got q=2'],
    ['asinh:', 'expected asinh:low=…, high=…, a=…, got '],
    ['log:a=0', 'a: expected more than 0, got 0'],
    ['sqrt:low=x', 'low: expected a number, got x'],
    ['sqrt:low=101%', 'low: expected 0%…100%, got 101%'],
    ['linear:low=2,high=1', 'high: expected more than low, 2, got 1'],
    ['lupton:scales=1/2', 'scales: expected 1, one for each band, got 2'],
    ['sdss', 'has no scale for w, only for the bands u, g, r, i, z'],
  ])('refuses %s', (text, problem) => {
    expect(() => resolveStretch(text, ['w'])).toThrow(OptionError);
    expect(() => resolveStretch(text, ['w'])).toThrow(`stretch ${text}: ${problem}`);
  });
});

describe('stretchPlanes', () => {
  it('follows the formulas between two levels, and clips beyond them', () => {
    const values = [-5, 0, 1, 2.5, 10, 99];
    const share = [0, 0, 0.1, 0.25, 1, 1];
    close(stretch('linear:low=0,high=10', values), share);
    close(stretch('sqrt:low=0,high=10', values), share.map(Math.sqrt));
    close(
      stretch('log:low=0,high=10,a=1000', values),
      share.map((x) => Math.log(1 + 1000 * x) / Math.log(1001)),
    );
    close(
      stretch('asinh:low=0,high=10,a=0.1', values),
      share.map((x) => Math.asinh(10 * x) / Math.asinh(10)),
    );
  });

  it('takes percentiles as NumPy does', () => {
    // numpy.percentile([1, 2, 4, 9], [25, 80]) is [1.75, 6]
    close(stretch('linear:low=25%,high=80%', [9, 1, 4, 2]), [1, 0, (4 - 1.75) / 4.25, 0.25 / 4.25]);
    expect(stretch('percentile', [3, 3, 3])).toEqual([0, 0, 0]);
  });

  it('replaces values that are not finite by the median of the others', () => {
    close(
      stretch('linear:low=0,high=10', [Number.NaN, 1, 2, 9, Number.POSITIVE_INFINITY]),
      [0.2, 0.1, 0.2, 0.9, 0.2],
    );
  });

  it('keeps the colour of a pixel as the viewer of the Legacy Survey does', () => {
    // g, r, z = 0.1, 0.2, 0.3 nanomaggies; then a saturated and a negative pixel
    const planes = [
      [0.1, 50, -1],
      [0.2, 5, -1],
      [0.3, 5, -1],
    ].map((values) => Float64Array.from(values));
    stretchPlanes(planes, resolveStretch('legacy', ['g', 'r', 'z']), ['g', 'r', 'z']);
    const v = [0.63, 0.71, 0.69];
    const intensity = (0.63 + 0.71 + 0.69) / 3;
    const gain = Math.asinh(20 * intensity) / Math.sqrt(20) / intensity;
    close(
      planes.map((plane) => plane[0]!),
      v.map((value) => value * gain),
    );
    expect(planes[0]![1]).toBe(1);
    expect(planes[1]![1]).toBeLessThan(0.3);
    expect(planes.map((plane) => plane[2])).toEqual([0, 0, 0]);
  });
});
