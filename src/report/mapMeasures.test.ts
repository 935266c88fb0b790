import { expect, it } from 'vitest';
import { formatMeasures, type GalaxyMeasures, measuresCsv, summarizeMeasures } from './mapMeasures.ts';

const row = (
  galaxy: string,
  run: string,
  layer: string,
  others: Partial<GalaxyMeasures>,
): GalaxyMeasures => ({
  galaxy,
  run,
  layer,
  answer: '1.1',
  score: 0.5,
  flat: false,
  halfMassRadius: 32,
  halfMassShare: 0.5,
  axisRatio: 0.8,
  angle: 10,
  lightHalfMassRadius: 16,
  lightHalfMassShare: 0.25,
  lightAxisRatio: 0.5,
  lightAngle: 30,
  angleToLight: 20,
  lightCorrelation: 0.1,
  correlations: {},
  ...others,
});

/** Two galaxies, the second round; run b lacks conv2, and its map of the second galaxy is flat. */
const none = { halfMassRadius: null, halfMassShare: null, axisRatio: null, angle: null };
const rows = [
  row('1', 'a', 'conv1', { correlations: { b: 0.4 } }),
  row('1', 'a', 'conv2', { correlations: { b: null } }),
  row('1', 'b', 'conv1', { halfMassShare: 0.7, angleToLight: 80, correlations: { a: 0.4 } }),
  row('2', 'a', 'conv1', { halfMassShare: 0.3, lightAxisRatio: 0.9, correlations: { b: null } }),
  row('2', 'a', 'conv2', { lightAxisRatio: 0.9, correlations: { b: null } }),
  row('2', 'b', 'conv1', {
    ...none,
    flat: true,
    lightAxisRatio: 0.9,
    angleToLight: null,
    lightCorrelation: null,
    correlations: { a: null },
  }),
];
const summary = summarizeMeasures(['conv1', 'conv2'], rows);

it('averages over galaxies by layer and run, and the angle over elongated galaxies only', () => {
  const [a, b, all, second, ...others] = summary.layers;
  expect(others).toEqual([]);
  expect([a, b, all, second].map((each) => [each!.layer, each!.run, each!.maps, each!.flat])).toEqual([
    ['conv1', 'a', 2, 0],
    ['conv1', 'b', 2, 1],
    ['conv1', null, 4, 1],
    ['conv2', 'a', 2, 0],
  ]);
  expect(a!.halfMassShare).toMatchObject({ mean: 0.4, galaxies: 2, interval: { low: 0.3, high: 0.5 } });
  expect(b!.halfMassShare).toEqual({ mean: 0.7, galaxies: 1, interval: null });
  // Galaxy 1 has 0.5 and 0.7, galaxy 2 only 0.3.
  expect(all!.halfMassShare.mean).toBeCloseTo(0.45, 12);
  expect(a!.angleToLight).toEqual({ mean: 20, galaxies: 1, interval: null });
  expect(all!.angleToLight).toEqual({ mean: 50, galaxies: 1, interval: null });
});

it('averages the correlation of each pair of runs that share a layer', () => {
  expect(summary.pairs).toEqual([
    { layer: 'conv1', runs: ['a', 'b'], correlation: { mean: 0.4, galaxies: 1, interval: null } },
  ]);
});

it('prints missing means as dashes, and the radii of light and of a uniform map', () => {
  const flat = summarizeMeasures(
    ['conv1'],
    rows.filter(({ flat }) => flat),
  );
  expect(JSON.stringify(flat)).not.toContain('NaN');
  const text = formatMeasures(flat);
  expect(text).toMatch(/conv1 +b +1 of 1 +– +– +– +– +– +0\n/);
  expect(text).toMatch(/galaxy's light +0\.250 +16\.0 +0\.900\n +uniform map +0\.798\n/);
  expect(formatMeasures(summary)).toContain('conv1  a and b        0.400         1\n');
});

it('writes a row for each map as CSV, with empty cells for unknown measures', () => {
  const lines = measuresCsv(rows).split('\r\n');
  expect(lines).toHaveLength(rows.length + 2);
  expect(lines[0]).toMatch(/^galaxy,run,layer,answer,.*,correlation with a,correlation with b$/);
  expect(lines[6]).toBe('2,b,conv1,1.1,0.5,true,,,,,16,0.25,0.9,30,,,,');
  expect(measuresCsv([row('M51, Whirlpool', 'a', 'conv1', {})])).toContain('\r\n"M51, Whirlpool",a,conv1,');
});
