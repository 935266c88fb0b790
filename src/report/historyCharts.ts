/** How a training went, epoch by epoch: RMSE, loss and learning rate. */
import { axisX, axisY, dot, gridY, lineY, type Markish, ruleX } from '@observablehq/plot';
import type { Chart } from './chart.ts';
import { type Drawing, drawChart } from './drawing.ts';
import type { HistoryEpoch } from './runReport.ts';
import { type Series, seriesOf } from './series.ts';

const [WIDTH, HEIGHT] = [720, 300];
/** So few epochs that each has a dot. */
const DOTTED = 60;

/** A value of a curve; what was not measured is not drawn. */
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

/** What a chart of curves is besides its points. */
interface CurveOptions {
  label: string;
  description: string;
  epochs: number;
  best?: Point;
  /** The learning rate falls to nothing, and its powers of ten are what counts. */
  isRate?: boolean;
}

/** @example rateText(0.00095) // '9.5e-4' */
const rateText = (rate: number) => (rate === 0 ? '0' : Number(rate.toPrecision(6)).toExponential());

function curve(
  { label, description, epochs, best, isRate = false }: CurveOptions,
  points: readonly Point[],
  series: readonly Series[],
  drawing: Drawing,
): string {
  const names = series.map(({ name }) => name);
  const last = Math.max(epochs, 2);
  const drawn = points.filter(({ value }) => Number.isFinite(value));
  const marks: Markish[] = [
    axisX({ label: 'epoch', ticks: wholeTicks(1, last), tickFormat: 'd', tickSize: 0, labelArrow: 'none' }),
    axisY({ label, ticks: 6, tickSize: 0, labelArrow: 'none', ...(isRate ? { tickFormat: rateText } : {}) }),
    gridY({ ticks: 6, strokeOpacity: 0.12 }),
    ...(best === undefined
      ? []
      : [ruleX([best], { x: 'epoch', strokeDasharray: '4 4', strokeOpacity: 0.5 })]),
    lineY(drawn, { x: 'epoch', y: 'value', z: 'name', stroke: 'name', strokeWidth: 2 }),
    ...(drawn.length > DOTTED * names.length
      ? []
      : [dot(drawn, { x: 'epoch', y: 'value', fill: 'name', r: 2.5 })]),
    ...(best === undefined
      ? []
      : [dot([best], { x: 'epoch', y: 'value', stroke: 'name', strokeWidth: 2, r: 7 })]),
  ];
  return drawChart(
    {
      description,
      width: WIDTH,
      height: HEIGHT,
      marginLeft: 64,
      marginRight: 20,
      marginTop: 30,
      marginBottom: 44,
      x: { domain: [1, last] },
      y: { nice: true, zero: isRate },
      color: { type: 'ordinal', domain: names, range: series.map(({ colour }) => colour) },
      marks,
    },
    drawing,
  );
}

/** The curves of RMSE that a history has. */
const RMSE_CURVES: readonly { name: string; value: (epoch: HistoryEpoch) => number | null | undefined }[] = [
  { name: 'training', value: ({ rmse }) => rmse },
  { name: 'validation', value: ({ validationRmse }) => validationRmse },
  { name: 'validation, averaged weights', value: ({ averagedValidationRmse }) => averagedValidationRmse },
];

const RMSE_CAPTION =
  'Training: over the galaxies as they were trained on, in random views, each before its step. Validation: after the epoch, on galaxies that are kept aside.';

function rmseHistory(history: readonly HistoryEpoch[], epochs: number, drawing: Drawing): Chart {
  const pointsOf = ({ name, value }: (typeof RMSE_CURVES)[number]): Point[] =>
    history.flatMap((line) => {
      const measured = value(line);
      return measured === null || measured === undefined
        ? []
        : [{ epoch: line.epoch, value: measured, name }];
    });
  const curves = RMSE_CURVES.map((each) => ({ name: each.name, points: pointsOf(each) }));
  const present = curves.filter(({ points }) => points.length > 0);
  const validated = curves.slice(1).flatMap(({ points }) => points);
  const best = validated.reduce<Point | undefined>(
    (least, point) => (least === undefined || point.value < least.value ? point : least),
    undefined,
  );
  const legend = seriesOf(RMSE_CURVES.map(({ name }) => name)).filter((each) =>
    present.some(({ name }) => name === each.name),
  );
  const said =
    best === undefined ? '' : ` The ring is the best: ${best.value.toFixed(5)} after epoch ${best.epoch}.`;
  const points = present.flatMap((each) => each.points);
  const description = `RMSE by epoch. ${present.map((each) => `${each.name}: ${each.points[each.points.length - 1]!.value.toFixed(5)} in the end`).join('; ')}`;
  return {
    name: 'history-rmse',
    title: 'RMSE by epoch',
    caption: `${RMSE_CAPTION}${said}`,
    svg: curve({ label: 'RMSE', description, epochs, best }, points, legend, drawing),
    legend,
  };
}

/**
 * The charts of a training's history: RMSE, loss, learning rate. None where there is no epoch yet.
 *
 * @param epochs how many are planned: the length of the axis
 * @example historyCharts(history, 24, nodeDrawing()).map(({ name }) => name) // ['history-rmse', 'history-loss', …]
 */
export function historyCharts(
  history: readonly HistoryEpoch[],
  epochs: number | undefined,
  drawing: Drawing,
): Chart[] {
  if (history.length === 0) return [];
  const last = Math.max(epochs ?? 0, history[history.length - 1]!.epoch);
  const single = (
    name: string,
    title: string,
    caption: string,
    value: (line: HistoryEpoch) => number,
    isRate = false,
  ): Chart => {
    const points = history.map((line) => ({ epoch: line.epoch, value: value(line), name }));
    const description = `${title}, ${points[0]!.value} at first, ${points[points.length - 1]!.value} in the end`;
    const svg = curve({ label: name, description, epochs: last, isRate }, points, seriesOf([name]), drawing);
    return { name: `history-${name.replace(' ', '-')}`, title, caption, svg };
  };
  return [
    rmseHistory(history, last, drawing),
    single('loss', 'Loss by epoch', 'Mean over the galaxies as they were trained on.', ({ loss }) => loss),
    single(
      'learning rate',
      'Learning rate by epoch',
      'As the schedule had it.',
      ({ learningRate }) => learningRate,
      true,
    ),
  ];
}
