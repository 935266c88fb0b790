/** RMSE by the number of views per galaxy. */
import { axisX, dot, lineY } from '@observablehq/plot';
import type { ViewCurvePoint } from '../predict/viewCurve.ts';
import type { Chart } from './chart.ts';
import { AXIS, CURVE_SIZE, curveAxis, drawChart } from './drawing.ts';
import type { Drawing } from './svg.ts';
import { inGroups } from './table.ts';

/** The score by number of views, on a logarithmic axis. */
export function viewCurveChart(curve: readonly ViewCurvePoint[], galaxies: number, drawing: Drawing): Chart {
  const [first, last] = [curve[0]!, curve.at(-1)!];
  const place = { x: 'views', y: 'rmse' };
  return {
    name: 'view-curve',
    title: 'RMSE by number of views',
    caption: `Pooled RMSE over ${inGroups(galaxies)} galaxies. Predictions are means over views: rotations, flips and, for some numbers of views, zooms.`,
    svg: drawChart(
      {
        ...CURVE_SIZE,
        description: `RMSE by number of views: ${first.rmse} with ${first.views}, ${last.rmse} with ${last.views}`,
        x: { type: 'log', domain: [first.views, last.views] },
        y: { nice: true, zero: false },
        marks: [
          axisX(
            curve.map(({ views }) => views),
            { ...AXIS, label: 'views', tickFormat: 'd' },
          ),
          ...curveAxis('RMSE'),
          lineY(curve, { ...place, stroke: 'currentColor', strokeWidth: 2 }),
          dot(curve, { ...place, fill: 'currentColor', r: 3.5 }),
        ],
      },
      drawing,
    ),
  };
}
