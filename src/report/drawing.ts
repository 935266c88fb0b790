/** Draws charts with Observable Plot, as SVG text in the colours of the page around it. */
import {
  axisX,
  axisY,
  dot,
  gridX,
  gridY,
  lineY,
  type Markish,
  type PlotOptions,
  plot,
} from '@observablehq/plot';
import { escapeMarkup, writableText } from './escape.ts';
import { type Series, seriesOf } from './palette.ts';
import { type Drawing, textWidth } from './svg.ts';

/** Plot's options, and a description for readers who cannot see the chart. */
interface ChartOptions extends Omit<PlotOptions, 'document' | 'ariaLabel' | 'title' | 'style' | 'className'> {
  description: string;
}

/** Pixels. Pages scale charts down, and scroll them if text would become too small. */
export const CHART_WIDTH = 720;

/** The height and margins of curves. */
export const CURVE_SIZE = {
  width: CHART_WIDTH,
  height: 300,
  marginLeft: 64,
  marginRight: 20,
  marginTop: 30,
  marginBottom: 44,
} as const;

/** Options of all axes. */
export const AXIS = { tickSize: 0, labelArrow: 'none' } as const;
/** Options of axes with centred labels. */
export const CENTRED_AXIS = { ...AXIS, labelAnchor: 'center' } as const;
export const GRID = { ticks: 6, strokeOpacity: 0.12 } as const;
/** Options of reference lines. */
export const DASHED = { strokeDasharray: '4 4', strokeOpacity: 0.6 } as const;

/** A horizontal axis of values below a chart, with its grid. */
export const valueAxis = (label: string): Markish[] => [
  axisX({ ...CENTRED_AXIS, label, ticks: 6, labelOffset: 44 }),
  gridX(GRID),
];

/** The vertical axis of curves, with its grid. */
export const curveAxis = (label: string, options: object = {}): Markish[] => [
  axisY({ ...AXIS, label, ticks: 6, ...options }),
  gridY(GRID),
];

/** Left margin of rows with these labels. */
export const marginFor = (labels: readonly string[]): number =>
  Math.ceil(Math.max(...labels.map((label) => textWidth(label)))) + 20;

/** Size and horizontal scale of a chart with labelled rows, `height` in all, above an axis of values. */
export const rowsSize = (labels: readonly string[], height: number, marginRight: number) => ({
  width: CHART_WIDTH,
  height: height + 64,
  marginLeft: marginFor(labels),
  marginRight,
  marginTop: 10,
  marginBottom: 54,
  x: { nice: true, inset: 8 },
});

/** The scale of the series' colours. */
export const colourScale = (series: readonly Series[]) =>
  ({
    type: 'ordinal',
    domain: series.map(({ name }) => name),
    range: series.map(({ colour }) => colour),
  }) as const;

/** Attributes with coordinates. */
const PLACES = / (?:d|points|transform|[xy][12]?|c[xy]|r|width|height)="[^"]*"/g;

/** Rounds coordinates to a hundredth of a pixel. */
const rounded = (svg: string) =>
  svg.replace(PLACES, (attribute) =>
    attribute.replace(/\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Math.round(Number(number) * 100) / 100)),
  );

/** A chart as SVG. It has no background, and its text is in `currentColor`, so that it also suits dark pages. */
export function drawChart({ description, ...options }: ChartOptions, { document }: Drawing): string {
  const chart: { readonly outerHTML: string } = plot({
    ...options,
    document: document as NonNullable<PlotOptions['document']>,
    // An object: linkedom's elements do not take a style as text.
    style: { background: 'none', font: '14px system-ui, sans-serif', overflow: 'visible' },
  });
  // Not with Plot's ariaLabel: linkedom does not escape < in attributes, which XML requires.
  const label = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeMarkup(description)}"`;
  return rounded(writableText(chart.outerHTML)).replace('<svg', () => label);
}

/** A value of one of several curves. */
export interface CurvePoint {
  readonly curve: string;
  readonly x: number;
  readonly value: number;
}

/** The axes of curves, and what they show. */
interface CurvesOptions {
  description: string;
  /** The scale of the horizontal axis, and its ticks. */
  x: NonNullable<PlotOptions['x']>;
  ticks: readonly number[];
  tickFormat: string | ((tick: number) => string);
  xLabel: string;
  valueLabel: string;
}

/** Curves with a dot at each value; and their legend, in the order of the first points. */
export function drawCurves(
  points: readonly CurvePoint[],
  { description, x, ticks, tickFormat, xLabel, valueLabel }: CurvesOptions,
  drawing: Drawing,
): { svg: string; legend: Series[] } {
  const legend = seriesOf([...new Set(points.map(({ curve }) => curve))]);
  const place = { x: 'x', y: 'value' };
  const svg = drawChart(
    {
      ...CURVE_SIZE,
      description,
      color: colourScale(legend),
      x,
      y: { nice: true, zero: false },
      marks: [
        axisX([...ticks], { ...AXIS, label: xLabel, tickFormat }),
        ...curveAxis(valueLabel),
        lineY(points, { ...place, stroke: 'curve', strokeWidth: 2 }),
        dot(points, { ...place, fill: 'curve', r: 3.5 }),
      ],
    },
    drawing,
  );
  return { svg, legend };
}
