/** What more views of each galaxy are worth. */
import { axisX, axisY, dot, gridY, lineY } from '@observablehq/plot';
import type { Chart } from './chart.ts';
import { type Drawing, drawChart } from './drawing.ts';
import { seriesOf } from './series.ts';

/** The score with a number of views. */
export interface ViewCurvePoint {
  /** Views of each galaxy, whose predictions are averaged. */
  readonly views: number;
  /** Pooled. */
  readonly rmse: number;
}

/**
 * The score against the number of views; the axis of views is logarithmic.
 * @example viewCurveChart([{ views: 1, rmse: 0.106 }, { views: 16, rmse: 0.103 }], 115, nodeDrawing()).svg
 */
export function viewCurveChart(curve: readonly ViewCurvePoint[], galaxies: number, drawing: Drawing): Chart {
  const points = curve.map((point) => ({ ...point }));
  const { colour } = seriesOf(['views'])[0]!;
  const last = points[points.length - 1];
  return {
    name: 'view-curve',
    title: 'RMSE by number of views',
    caption: `Pooled RMSE over ${galaxies.toLocaleString('en')} galaxies, each the mean of so many views: rotations × flips, and zooms where the number allows.`,
    svg: drawChart(
      {
        description: `RMSE by number of views: ${points[0]!.rmse} with ${points[0]!.views}, ${last!.rmse} with ${last!.views}`,
        width: 720,
        height: 300,
        marginLeft: 64,
        marginRight: 20,
        marginTop: 30,
        marginBottom: 44,
        x: { type: 'log', domain: [points[0]!.views, last!.views] },
        y: { nice: true, zero: false },
        marks: [
          axisX(
            points.map(({ views }) => views),
            { label: 'views', tickFormat: 'd', tickSize: 0, labelArrow: 'none' },
          ),
          axisY({ label: 'RMSE', ticks: 6, tickSize: 0, labelArrow: 'none' }),
          gridY({ ticks: 6, strokeOpacity: 0.12 }),
          lineY(points, { x: 'views', y: 'rmse', stroke: colour, strokeWidth: 2 }),
          dot(points, { x: 'views', y: 'rmse', fill: colour, r: 3.5 }),
        ],
      },
      drawing,
    ),
  };
}
