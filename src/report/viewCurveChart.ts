/** RMSE by the number of views per galaxy. */
import type { ViewCurvePoint } from '../predict/viewCurve.ts';
import type { Chart } from './chart.ts';
import { drawCurves } from './drawing.ts';
import type { Drawing } from './svg.ts';
import { inGroups } from './table.ts';

/** The score by number of views, on a logarithmic axis. */
export function viewCurveChart(curve: readonly ViewCurvePoint[], galaxies: number, drawing: Drawing): Chart {
  const [first, last] = [curve[0]!, curve.at(-1)!];
  const { svg } = drawCurves(
    curve.map(({ views, rmse }) => ({ curve: 'RMSE', x: views, value: rmse })),
    {
      description: `RMSE by number of views: ${first.rmse} with ${first.views}, ${last.rmse} with ${last.views}`,
      x: { type: 'log', domain: [first.views, last.views] },
      ticks: curve.map(({ views }) => views),
      tickFormat: 'd',
      xLabel: 'views',
      valueLabel: 'RMSE',
    },
    drawing,
  );
  return {
    name: 'view-curve',
    title: 'RMSE by number of views',
    caption: `Pooled RMSE over ${inGroups(galaxies)} galaxies. Predictions are means over views: rotations, flips and, for some numbers of views, zooms.`,
    svg,
  };
}
