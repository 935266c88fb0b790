/** Measures of the maps of many galaxies: a summary by layer and run as text, and all measures as CSV. */
import { idCell } from '../data/submission.ts';
import { type GalaxyMean, meanOverGalaxies } from '../evaluate/bootstrap.ts';
import type { MapMeasures } from '../explain/measures.ts';
import { decimals, left, right, tableOf, tableText } from './table.ts';

/** The measures of one map of a galaxy. */
export interface GalaxyMeasures extends MapMeasures {
  /** The picture's ID. */
  galaxy: string;
}

/** Galaxies whose light has a smaller axis ratio are elongated; their position angle is well defined. */
const ELONGATED = 0.6;

/** The half-mass radius of a uniform map, as a share of half the crop's side. */
const UNIFORM = Math.sqrt(2 / Math.PI);

/** Means over galaxies of one layer's maps. */
interface LayerSummary {
  layer: string;
  /** Null: all runs together. */
  run: string | null;
  maps: number;
  /** Maps without contrast; they have no other measures. */
  flat: number;
  halfMassRadius: GalaxyMean;
  halfMassShare: GalaxyMean;
  axisRatio: GalaxyMean;
  lightCorrelation: GalaxyMean;
  /** Of galaxies whose light has an axis ratio below 0.6. */
  angleToLight: GalaxyMean;
}

/** Mean correlation of one layer's maps between two runs. */
interface PairSummary {
  layer: string;
  /** Null: all pairs together. */
  runs: [string, string] | null;
  correlation: GalaxyMean;
}

export interface MeasuresSummary {
  galaxies: number;
  /** The half-mass share of a map without structure, for reference. */
  uniformHalfMassShare: number;
  /** Of the galaxies' light, for reference. */
  light: Record<'halfMassRadius' | 'halfMassShare' | 'axisRatio', GalaxyMean>;
  layers: LayerSummary[];
  pairs: PairSummary[];
}

/** Averages each galaxy's values, then the galaxies; null values are skipped. */
function meanOf(
  rows: readonly GalaxyMeasures[],
  valuesOf: (row: GalaxyMeasures) => readonly (number | null)[],
): GalaxyMean {
  const byGalaxy = new Map<string, number[]>();
  for (const row of rows) {
    const values = valuesOf(row).filter((value) => value !== null);
    if (values.length > 0) byGalaxy.set(row.galaxy, [...(byGalaxy.get(row.galaxy) ?? []), ...values]);
  }
  return meanOverGalaxies(
    Array.from(byGalaxy.values(), (values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  );
}

function layerSummary(layer: string, run: string | null, rows: readonly GalaxyMeasures[]): LayerSummary {
  const elongated = rows.filter(({ lightAxisRatio }) => (lightAxisRatio ?? 1) < ELONGATED);
  return {
    layer,
    run,
    maps: rows.length,
    flat: rows.filter(({ flat }) => flat).length,
    halfMassRadius: meanOf(rows, (row) => [row.halfMassRadius]),
    halfMassShare: meanOf(rows, (row) => [row.halfMassShare]),
    axisRatio: meanOf(rows, (row) => [row.axisRatio]),
    lightCorrelation: meanOf(rows, (row) => [row.lightCorrelation]),
    angleToLight: meanOf(elongated, (row) => [row.angleToLight]),
  };
}

/** The means by layer, in the given order: of each run, of all runs together, and of each pair of runs. */
export function summarizeMeasures(
  layers: readonly string[],
  rows: readonly GalaxyMeasures[],
): MeasuresSummary {
  const runs = [...new Set(rows.map(({ run }) => run))];
  const ofLayer = (layer: string) => rows.filter((row) => row.layer === layer);
  /** The runs that have a layer. */
  const runsWith = (layer: string) => {
    const having = new Set(ofLayer(layer).map(({ run }) => run));
    return runs.filter((run) => having.has(run));
  };
  return {
    galaxies: new Set(rows.map(({ galaxy }) => galaxy)).size,
    uniformHalfMassShare: UNIFORM,
    light: {
      halfMassRadius: meanOf(rows, (row) => [row.lightHalfMassRadius]),
      halfMassShare: meanOf(rows, (row) => [row.lightHalfMassShare]),
      axisRatio: meanOf(rows, (row) => [row.lightAxisRatio]),
    },
    layers: layers.flatMap((layer) => {
      const own = runsWith(layer).map((run) =>
        layerSummary(
          layer,
          run,
          ofLayer(layer).filter((row) => row.run === run),
        ),
      );
      return own.length > 1 ? [...own, layerSummary(layer, null, ofLayer(layer))] : own;
    }),
    pairs: layers.flatMap((layer) => {
      const having = runsWith(layer);
      const pairs = having.flatMap((one, i) =>
        having.slice(i + 1).map((other): PairSummary => {
          const rowsOfOne = ofLayer(layer).filter(({ run }) => run === one);
          return {
            layer,
            runs: [one, other],
            correlation: meanOf(rowsOfOne, ({ correlations }) => [correlations[other]!]),
          };
        }),
      );
      const all = () => meanOf(ofLayer(layer), ({ correlations }) => Object.values(correlations));
      return pairs.length > 1 ? [...pairs, { layer, runs: null, correlation: all() }] : pairs;
    }),
  };
}

/** A mean with its interval. @example meanText({ mean: 0.5, interval: null, galaxies: 1 }, 3) // '0.500' */
function meanText({ mean, interval }: GalaxyMean, digits: number): string {
  const range =
    interval === null ? '' : ` (${decimals(interval.low, digits)} … ${decimals(interval.high, digits)})`;
  return decimals(mean, digits) + range;
}

/** The summary as text. */
export function formatMeasures({
  galaxies,
  uniformHalfMassShare,
  light,
  layers,
  pairs,
}: MeasuresSummary): string {
  const row = (each: LayerSummary) => ({
    layer: each.layer,
    run: each.run ?? 'all runs',
    flat: `${each.flat} of ${each.maps}`,
    share: meanText(each.halfMassShare, 3),
    pixels: decimals(each.halfMassRadius.mean, 1),
    ratio: meanText(each.axisRatio, 3),
    correlation: meanText(each.lightCorrelation, 3),
    angle: meanText(each.angleToLight, 1),
    elongated: String(each.angleToLight.galaxies),
  });
  const empty = { run: '', flat: '', pixels: '', ratio: '', correlation: '', angle: '', elongated: '' };
  const rows = [
    ...layers.map(row),
    {
      ...empty,
      layer: "galaxy's light",
      share: meanText(light.halfMassShare, 3),
      pixels: decimals(light.halfMassRadius.mean, 1),
      ratio: meanText(light.axisRatio, 3),
    },
    { ...empty, layer: 'uniform map', share: decimals(uniformHalfMassShare, 3) },
  ];
  const tables = [
    tableOf(`Maps of ${galaxies} galaxies: means, with 95 % intervals over galaxies`, rows, [
      left('layer', ({ layer }) => layer),
      left('run', ({ run }) => run),
      right('flat', ({ flat }) => flat),
      right('half-mass radius', ({ share }) => share),
      right('in pixels', ({ pixels }) => pixels),
      right('axis ratio', ({ ratio }) => ratio),
      right('correlation with light', ({ correlation }) => correlation),
      right('angle to light', ({ angle }) => angle),
      right('elongated', ({ elongated }) => elongated),
    ]),
    ...(pairs.length === 0
      ? []
      : [
          tableOf('Correlation of maps of the same galaxy between runs', pairs, [
            left('layer', ({ layer }) => layer),
            left('runs', (pair) => pair.runs?.join(' and ') ?? 'all pairs'),
            right('correlation', ({ correlation }) => meanText(correlation, 3)),
            right('galaxies', (pair) => String(pair.correlation.galaxies)),
          ]),
        ]),
  ];
  return [
    ...tables.map(tableText),
    "Half-mass radius: of the circle around the crop's centre that holds half of the map, as a share of half the crop's side.",
    `Angle to light: between the long axes of map and galaxy, in degrees; 45 by chance; only for elongated galaxies (axis ratio below ${ELONGATED}).`,
  ].join('\n');
}

/** The measures as CSV: a row for each galaxy, run, layer and answer; unknown measures are empty. */
export function measuresCsv(rows: readonly GalaxyMeasures[]): string {
  const runs = [...new Set(rows.map(({ run }) => run))];
  const records = rows.map(({ galaxy, correlations, ...measures }) => ({
    galaxy,
    ...measures,
    ...(runs.length > 1 &&
      Object.fromEntries(runs.map((run) => [`correlation with ${run}`, correlations[run] ?? null]))),
  }));
  const lines = [Object.keys(records[0] ?? {}), ...records.map((record) => Object.values(record))];
  return lines.map((cells) => `${cells.map((cell) => idCell(String(cell ?? ''))).join(',')}\r\n`).join('');
}
