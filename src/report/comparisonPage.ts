/** The page of a comparison, and its charts. */
import { axisY, dot, frame, ruleX, ruleY, tickX } from '@observablehq/plot';
import type { Tree } from '../tree/tree.ts';
import type { Chart } from './chart.ts';
import {
  type Comparison,
  comparisonTables,
  differencesFrom,
  haveSameSeeds,
  type Summary,
} from './comparison.ts';
import { AXIS, colourScale, DASHED, drawChart, rowsSize, valueAxis } from './drawing.ts';
import { type Block, page } from './page.ts';
import { seriesOf } from './palette.ts';
import { questionSection } from './questionTable.ts';
import { type Drawing, shortened } from './svg.ts';
import type { Table } from './table.ts';

/** Pixels. */
const ROW = 34;
/** Longest name in a chart, in letters; the legend has the full name. */
const LONGEST_NAME = 26;

/** One value of a run. */
interface Point {
  name: string;
  value: number;
  question?: string;
}

/** Mean and spread of a variant. */
interface Interval extends Point {
  low: number;
  high: number;
}

function interval(name: string, { mean, deviation }: Summary, question?: string): Interval {
  const half = deviation ?? 0;
  return { name, value: mean, low: mean - half, high: mean + half, question };
}

const shortName = (name: string) => shortened(name, LONGEST_NAME);

/** The size and scales of all charts. */
function frameOf(names: readonly string[], labels: readonly string[], height: number) {
  const series = seriesOf(names);
  return {
    ...rowsSize(labels.map(shortName), height, 24),
    color: colourScale(series),
    symbol: { type: 'ordinal', domain: names, range: series.map(({ symbol }) => symbol) },
  } as const;
}

/** Dots for runs, a tick for the mean, a band for the spread, a dashed line at `reference`. */
function intervalChart(
  { label, description, reference }: { label: string; description: string; reference: number },
  names: readonly string[],
  intervals: readonly Interval[],
  points: readonly Point[],
  drawing: Drawing,
): string {
  const band = { y: 'name', x1: 'low', x2: 'high', stroke: 'name', strokeWidth: 10, strokeOpacity: 0.22 };
  return drawChart(
    {
      ...frameOf(names, names, names.length * ROW),
      description,
      y: { type: 'band', domain: names, padding: 0.1 },
      marks: [
        ...valueAxis(label),
        axisY({ ...AXIS, label: null, tickFormat: shortName }),
        ruleX([reference], DASHED),
        ruleY(intervals, band),
        tickX(intervals, {
          x: 'value',
          y: 'name',
          stroke: 'name',
          strokeWidth: 3,
          insetTop: 5,
          insetBottom: 5,
        }),
        dot(points, { x: 'value', y: 'name', fill: 'name', symbol: 'name', r: 4, fillOpacity: 0.75 }),
      ],
    },
    drawing,
  );
}

/** The part of a caption about the band, if there is one. */
const bandText = ({ variants }: Comparison) =>
  variants.some(({ runs }) => runs.length > 1) ? ', and the band is one standard deviation either way' : '';

function rmseChart(comparison: Comparison, drawing: Drawing): Chart {
  const { variants } = comparison;
  const described = variants.map(({ name, rmse }) => `${name} ${rmse.mean.toFixed(5)}`).join(', ');
  return {
    name: 'rmse',
    title: 'RMSE',
    caption: `RMSE. Each dot is a run, the tick is their mean${bandText(comparison)}; the dashed line is the mean of ${variants[0]!.name}.`,
    svg: intervalChart(
      {
        label: 'RMSE, lower is better',
        description: `RMSE by variant: ${described}`,
        reference: variants[0]!.rmse.mean,
      },
      variants.map(({ name }) => name),
      variants.map(({ name, rmse }) => interval(name, rmse)),
      variants.flatMap(({ name, runs }) => runs.map(({ rmse }) => ({ name, value: rmse }))),
      drawing,
    ),
  };
}

function differenceChart(comparison: Comparison, drawing: Drawing): Chart {
  const { variants } = comparison;
  const [first, ...others] = variants;
  // The first variant keeps its row, at zero, so that rows, colours and shapes match those of the other charts.
  const zero = { name: first!.name, value: 0 };
  const points = others.flatMap((variant) =>
    differencesFrom(first!, variant).map((value) => ({ name: variant.name, value })),
  );
  const hasIntervals = others.every(({ difference }) => difference!.interval !== null);
  const bands = others.map(({ name, difference }): Interval => {
    const { mean, interval: over } = difference!;
    return over ? { name, value: mean, low: over.low, high: over.high } : interval(name, difference!);
  });
  const arePaired = others.every((variant) => haveSameSeeds(variant, first!));
  const about = arePaired
    ? `RMSE of each variant minus that of ${first!.name} with the same seed, so that the effect of the seed cancels out.`
    : `RMSE of each variant minus that of ${first!.name}: with the same seed if both have the same seeds, otherwise the mean.`;
  const band = hasIntervals
    ? ', and the band is the 95 % interval of the mean over seeds and galaxies'
    : bandText(comparison);
  const described = others.map(({ name, difference }) => `${name} ${difference!.mean.toFixed(5)}`).join(', ');
  return {
    name: 'difference',
    title: 'Difference of RMSE',
    caption: `${about} Dots are runs, the tick is their mean${band}.`,
    svg: intervalChart(
      {
        label: 'Difference of RMSE, lower is better',
        description: `Difference of RMSE from ${first!.name}: ${described}`,
        reference: 0,
      },
      variants.map(({ name }) => name),
      bands,
      [zero, ...points],
      drawing,
    ),
  };
}

function questionChart(tree: Tree, comparison: Comparison, drawing: Drawing): Chart {
  const { variants } = comparison;
  const names = variants.map(({ name }) => name);
  const questions = tree.questions.map(({ number, topic }) => `${number} ${topic}`);
  const intervals = questions.flatMap((question, i) =>
    variants.flatMap(({ name, rmseByQuestion }) => {
      const summary = rmseByQuestion[i];
      return summary ? [interval(name, summary, question)] : [];
    }),
  );
  const references = intervals.filter(({ name }) => name === names[0]);
  const place = { fy: 'question', y: 'name' };
  return {
    name: 'question',
    title: 'RMSE by question',
    caption: `RMSE by question. Each dot is the mean of a variant${bandText(comparison)}; the dashed line is the mean of ${names[0]}.`,
    legend: seriesOf(names),
    svg: drawChart(
      {
        ...frameOf(names, questions, questions.length * (names.length * 11 + 14)),
        description: `RMSE by question, of ${names.join(', ')}`,
        y: { type: 'point', domain: names, axis: null, padding: 1 },
        fy: { domain: questions, axis: 'left', label: null, padding: 0 },
        marks: [
          ...valueAxis('RMSE, lower is better'),
          frame({ anchor: 'bottom', strokeOpacity: 0.12 }),
          ruleX(references, { ...DASHED, x: 'value', fy: 'question' }),
          ruleY(intervals, {
            ...place,
            x1: 'low',
            x2: 'high',
            stroke: 'name',
            strokeWidth: 6,
            strokeOpacity: 0.25,
          }),
          dot(intervals, { ...place, x: 'value', fill: 'name', symbol: 'name', r: 4 }),
        ],
      },
      drawing,
    ),
  };
}

/**
 * The charts of a comparison: RMSE by variant, its difference from the first variant's seed by seed (if there are several),
 * and RMSE by question.
 */
export const comparisonCharts = (tree: Tree, comparison: Comparison, drawing: Drawing): Chart[] => [
  rmseChart(comparison, drawing),
  ...(comparison.variants.length > 1 ? [differenceChart(comparison, drawing)] : []),
  questionChart(tree, comparison, drawing),
];

/**
 * A comparison as one self-contained HTML page.
 * @param drawing the DOM to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 */
export function comparisonPage(tree: Tree, comparison: Comparison, drawing: Drawing): string {
  const { settings, scores, byQuestion } = comparisonTables(tree, comparison);
  const charts = comparisonCharts(tree, comparison, drawing);
  const table = (content: Table): Block => ({ kind: 'table', table: content });
  // No titles: the captions say the same.
  const figure = ({ title: _, ...chart }: Chart): Block => ({ kind: 'figure', ...chart });
  return page({
    title: comparison.title,
    sections: [
      { blocks: [...comparison.about.map((text): Block => ({ kind: 'text', text })), table(settings)] },
      { heading: 'Scores', blocks: [table(scores), ...charts.slice(0, -1).map(figure)] },
      { heading: 'By question', blocks: [figure(charts.at(-1)!), table(byQuestion)] },
      questionSection(tree),
    ],
  });
}
