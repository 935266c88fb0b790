/** RMSE, loss and learning rate by epoch. */
import { axisX, dot, lineY, ruleX } from '@observablehq/plot';
import type { EpochMetrics } from '../events.ts';
import type { Chart } from './chart.ts';
import { AXIS, CURVE_SIZE, colourScale, curveAxis, DASHED, drawChart } from './drawing.ts';
import { type Series, seriesOf } from './palette.ts';
import type { Drawing } from './svg.ts';
import { decimals } from './table.ts';

/** Curves of at most this number of epochs have a dot for each. */
const DOTTED = 60;

/** A measured value of a curve. */
interface Point {
  epoch: number;
  value: number;
  name: string;
}

/** About six whole numbers between two. */
function wholeTicks(first: number, last: number): number[] {
  const raw = (last - first) / 6;
  const power = 10 ** Math.floor(Math.log10(Math.max(raw, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? 1;
  const ticks = Array.from({ length: Math.floor(last / step) + 1 }, (_, i) => i * step);
  return [...(step > 1 ? [first] : []), ...ticks.filter((tick) => tick >= first)];
}

interface CurveOptions {
  label: string;
  description: string;
  epochs: number;
  series: readonly Series[];
  /** Marked with a ring and a dashed line. */
  best?: Point;
  /** Learning rates: the axis starts at 0 and has powers of ten. */
  isRate?: boolean;
}

const rateText = (rate: number) => (rate === 0 ? '0' : Number(rate.toPrecision(6)).toExponential());

function curve(
  { label, description, epochs, series, best, isRate = false }: CurveOptions,
  points: readonly Point[],
  drawing: Drawing,
): string {
  const last = Math.max(epochs, 2);
  const drawn = points.filter(({ value }) => Number.isFinite(value));
  const bests = best === undefined ? [] : [best];
  const place = { x: 'epoch', y: 'value' };
  return drawChart(
    {
      ...CURVE_SIZE,
      description,
      x: { domain: [1, last] },
      y: { nice: true, zero: isRate },
      color: colourScale(series),
      marks: [
        axisX({ ...AXIS, label: 'epoch', ticks: wholeTicks(1, last), tickFormat: 'd' }),
        ...curveAxis(label, isRate ? { tickFormat: rateText } : {}),
        ruleX(bests, { x: 'epoch', ...DASHED }),
        lineY(drawn, { ...place, z: 'name', stroke: 'name', strokeWidth: 2 }),
        ...(drawn.length > DOTTED * series.length ? [] : [dot(drawn, { ...place, fill: 'name', r: 2.5 })]),
        dot(bests, { ...place, stroke: 'name', strokeWidth: 2, r: 7 }),
      ],
    },
    drawing,
  );
}

type CurveOf = readonly [name: string, value: (epoch: EpochMetrics) => number | null | undefined];

const RMSE_CURVES: readonly CurveOf[] = [
  ['training', ({ rmse }) => rmse],
  ['validation', ({ validationRmse }) => validationRmse],
  ['validation, averaged weights', ({ averagedValidationRmse }) => averagedValidationRmse],
];

const LOSS_CURVES: readonly CurveOf[] = [
  ['training', ({ loss }) => loss],
  ['validation', ({ validationLoss }) => validationLoss],
];

const CAPTION =
  'Training: on random views of the training galaxies, each batch before its step. Validation: after the epoch, on the validation galaxies.';

/** Training and validation in one chart. @param marksBest draws a ring around the lowest validation value */
function curvesChart(
  title: string,
  curves: readonly CurveOf[],
  history: readonly EpochMetrics[],
  { epochs, marksBest }: { epochs: number; marksBest: boolean },
  drawing: Drawing,
): Chart {
  const measured = curves.map(([name, value]) => ({
    name,
    points: history.flatMap((line): Point[] => {
      const number = value(line) ?? null;
      return number === null ? [] : [{ epoch: line.epoch, value: number, name }];
    }),
  }));
  const present = measured.filter(({ points }) => points.length > 0);
  const validated = measured.slice(1).flatMap(({ points }) => points);
  const best = validated.reduce<Point | undefined>(
    (least, point) => (least === undefined || point.value < least.value ? point : least),
    undefined,
  );
  const series = seriesOf(curves.map(([name]) => name)).filter((each) =>
    present.some(({ name }) => name === each.name),
  );
  const ring =
    best === undefined || !marksBest
      ? ''
      : ` The ring is the best: ${decimals(best.value, 5)} after epoch ${best.epoch}.`;
  const ends = present.map(({ name, points }) => `${name}: ${decimals(points.at(-1)!.value, 5)} at the end`);
  const description = `${title} by epoch. ${ends.join('; ')}`;
  const options = { label: title, description, epochs, series, ...(marksBest && { best }) };
  return {
    name: `history-${title.toLowerCase()}`,
    title: `${title} by epoch`,
    caption: `${CAPTION}${ring}`,
    svg: curve(
      options,
      present.flatMap((each) => each.points),
      drawing,
    ),
    legend: series,
  };
}

/**
 * The charts of a run's history: RMSE, loss, learning rate. None before the first epoch is done.
 * @param epochs number of planned epochs: the length of the axis
 */
export function historyCharts(
  history: readonly EpochMetrics[],
  epochs: number | undefined,
  drawing: Drawing,
): Chart[] {
  if (history.length === 0) return [];
  const last = Math.max(epochs ?? 0, history.at(-1)!.epoch);
  const name = 'learning rate';
  const rates = history.map(({ epoch, learningRate: value }) => ({ epoch, value, name }));
  const title = 'Learning rate by epoch';
  const description = `${title}: ${rates[0]!.value} at first, ${rates.at(-1)!.value} at the end`;
  const options = { label: name, description, epochs: last, series: seriesOf([name]), isRate: true };
  return [
    curvesChart('RMSE', RMSE_CURVES, history, { epochs: last, marksBest: true }, drawing),
    curvesChart('Loss', LOSS_CURVES, history, { epochs: last, marksBest: false }, drawing),
    {
      name: 'history-learning-rate',
      title,
      caption: 'As set by the schedule.',
      svg: curve(options, rates, drawing),
    },
  ];
}
