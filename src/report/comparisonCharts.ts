/** The charts of a comparison. Each takes the document to draw in, and gives SVG. */
import { axisX, axisY, dot, frame, gridX, type Markish, ruleX, ruleY, tickX } from '@observablehq/plot';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { type Comparison, pairedDifferences, type Summary } from './comparison.ts';
import { type Drawing, drawChart } from './drawing.ts';
import { oneLine } from './escape.ts';
import { seriesOf } from './series.ts';

/** Pixels; a page scales a chart down, or lets it scroll where text would become too small. */
const WIDTH = 720;
const ROW = 34;
/** Room for the axis and its label. */
const AXIS = 54;
/** Pixels of a letter at 14 px, in a wide font. */
const LETTER = 8;
/** Letters of a name that a chart shows; the legend has the rest. */
const LONGEST_NAME = 26;

/** One value of one run. */
interface Point {
  name: string;
  value: number;
  question?: string;
}

/** Mean and spread of one variant. */
interface Interval extends Point {
  low: number;
  high: number;
}

function interval(name: string, { mean, deviation }: Summary, question?: string): Interval {
  const half = deviation ?? 0;
  return { name, value: mean, low: mean - half, high: mean + half, question };
}

/** The scales that give a variant its colour and shape. */
function seriesScales(names: readonly string[]) {
  const series = seriesOf(names);
  return {
    color: { type: 'ordinal', domain: names, range: series.map(({ colour }) => colour) },
    symbol: { type: 'ordinal', domain: names, range: series.map(({ symbol }) => symbol) },
  } as const;
}

function shortened(name: string): string {
  const letters = [...oneLine(name)];
  return letters.length <= LONGEST_NAME
    ? letters.join('')
    : `${letters.slice(0, LONGEST_NAME - 1).join('')}…`;
}

const marginFor = (labels: readonly string[]) =>
  Math.max(...labels.map((label) => [...shortened(label)].length)) * LETTER + 20;

const axis = (label: string) => [
  axisX({ label, ticks: 6, tickSize: 0, labelAnchor: 'center', labelArrow: 'none', labelOffset: 44 }),
  gridX({ ticks: 6, strokeOpacity: 0.12 }),
];

/** Dots for runs, a tick for the mean, a band for the spread; `reference` is the dashed line. */
function intervalChart(
  { label, description, reference }: { label: string; description: string; reference: number },
  names: readonly string[],
  intervals: readonly Interval[],
  points: readonly Point[],
  drawing: Drawing,
): string {
  const marks: Markish[] = [
    ...axis(label),
    axisY({ label: null, tickSize: 0, tickFormat: shortened }),
    ruleX([reference], { strokeDasharray: '4 4', strokeOpacity: 0.7 }),
    ruleY(intervals, {
      y: 'name',
      x1: 'low',
      x2: 'high',
      stroke: 'name',
      strokeWidth: 10,
      strokeOpacity: 0.22,
    }),
    tickX(intervals, { x: 'value', y: 'name', stroke: 'name', strokeWidth: 3, insetTop: 5, insetBottom: 5 }),
    dot(points, { x: 'value', y: 'name', fill: 'name', symbol: 'name', r: 4, fillOpacity: 0.75 }),
  ];
  return drawChart(
    {
      description,
      width: WIDTH,
      height: names.length * ROW + AXIS + 10,
      marginLeft: marginFor(names),
      marginRight: 24,
      marginTop: 10,
      marginBottom: AXIS,
      x: { nice: true, inset: 8 },
      y: { type: 'band', domain: names, padding: 0.1 },
      ...seriesScales(names),
      marks,
    },
    drawing,
  );
}

/**
 * RMSE by variant: each run a dot, the mean a tick, one standard deviation either way a band, and the first variant's
 * mean a dashed line.
 *
 * @example writeFileSync('rmse.svg', rmseChart(comparison, nodeDrawing()));
 */
export function rmseChart({ variants }: Comparison, drawing: Drawing): string {
  return intervalChart(
    {
      label: 'RMSE, less is better',
      description: `RMSE by variant: ${variants.map(({ name, rmse }) => `${name} ${rmse.mean.toFixed(5)}`).join(', ')}`,
      reference: variants[0]!.rmse.mean,
    },
    variants.map(({ name }) => name),
    variants.map(({ name, rmse }) => interval(name, rmse)),
    variants.flatMap(({ name, runs }) => runs.map(({ rmse }) => ({ name, value: rmse }))),
    drawing,
  );
}

/**
 * What each variant changes in RMSE, seed by seed; null where there is but one.
 *
 * @example writeFileSync('differences.svg', differenceChart(comparison, nodeDrawing()) ?? '');
 */
export function differenceChart({ variants }: Comparison, drawing: Drawing): string | null {
  const [first, ...others] = variants;
  if (others.length === 0) return null;
  // The first keeps its row, at zero: rows, colours and shapes are then those of the other charts.
  const zero = { name: first!.name, value: 0 };
  const differences = others.map((variant) => ({
    name: variant.name,
    difference: variant.difference!,
    paired: pairedDifferences(variant, first!),
  }));
  return intervalChart(
    {
      label: 'Difference of RMSE with the same seed, left is better',
      description: `Difference of RMSE to ${first!.name}: ${differences
        .map(({ name, difference }) => `${name} ${difference.mean.toFixed(5)}`)
        .join(', ')}`,
      reference: 0,
    },
    variants.map(({ name }) => name),
    differences.map(({ name, difference }) => interval(name, difference)),
    [zero, ...differences.flatMap(({ name, paired }) => paired.map((value) => ({ name, value })))],
    drawing,
  );
}

/**
 * RMSE by question, a group of variants each, in the same order everywhere.
 *
 * @example writeFileSync('questions.svg', questionChart(comparison, nodeDrawing()));
 */
export function questionChart({ variants }: Comparison, drawing: Drawing): string {
  const names = variants.map(({ name }) => name);
  const questions = GALAXY_ZOO_2.questions.map(({ number, topic }) => `${number} ${topic}`);
  const intervals = questions.flatMap((question, i) =>
    variants.map(({ name, rmseByQuestion }) => interval(name, rmseByQuestion[i]!, question)),
  );
  const references = questions.map((question, i) => ({
    question,
    value: variants[0]!.rmseByQuestion[i]!.mean,
  }));
  const row = names.length * 11 + 14;
  return drawChart(
    {
      description: `RMSE by question, of ${names.join(', ')}`,
      width: WIDTH,
      height: questions.length * row + AXIS + 10,
      marginLeft: marginFor(questions),
      marginRight: 24,
      marginTop: 10,
      marginBottom: AXIS,
      x: { nice: true, inset: 8 },
      y: { type: 'point', domain: names, axis: null, padding: 1 },
      fy: { domain: questions, axis: 'left', label: null, padding: 0 },
      ...seriesScales(names),
      marks: [
        ...axis('RMSE, less is better'),
        frame({ anchor: 'bottom', strokeOpacity: 0.12 }),
        ruleX(references, { x: 'value', fy: 'question', strokeDasharray: '3 3', strokeOpacity: 0.55 }),
        ruleY(intervals, {
          fy: 'question',
          y: 'name',
          x1: 'low',
          x2: 'high',
          stroke: 'name',
          strokeWidth: 6,
          strokeOpacity: 0.25,
        }),
        dot(intervals, { fy: 'question', x: 'value', y: 'name', fill: 'name', symbol: 'name', r: 4 }),
      ],
    },
    drawing,
  );
}
