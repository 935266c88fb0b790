/** The page of an average of models, and its chart. */
import { axisX, dot, lineY } from '@observablehq/plot';
import type { EnsembleScores } from '../evaluate/ensembleScores.ts';
import type { Chart } from './chart.ts';
import { AXIS, CURVE_SIZE, colourScale, curveAxis, drawChart } from './drawing.ts';
import { describeEnsemble, ensembleTables } from './ensemble.ts';
import { type Block, page } from './page.ts';
import { seriesOf } from './palette.ts';
import type { Drawing } from './svg.ts';
import { decimals } from './table.ts';

/** The held-out RMSE of 1, 2, …, n models together, by the order in which they were added. */
export function ensembleChart(
  { bestTogether, greedilyTogether, heldOutGalaxies }: EnsembleScores,
  drawing: Drawing,
): Chart {
  const curves = { 'best first': bestTogether, greedily: greedilyTogether };
  const series = seriesOf(Object.keys(curves));
  const points = Object.entries(curves).flatMap(([order, steps]) =>
    steps.map(({ models, heldOut }) => ({ order, models, heldOut })),
  );
  const place = { x: 'models', y: 'heldOut', stroke: 'order' };
  const [one, all] = [bestTogether[0]!, bestTogether.at(-1)!];
  return {
    name: 'ensemble',
    title: 'RMSE by number of models',
    caption: `Pooled RMSE of the mean of the models on ${heldOutGalaxies} held-out galaxies. Models are added best first or greedily; both orders were chosen on other galaxies.`,
    legend: series,
    svg: drawChart(
      {
        ...CURVE_SIZE,
        description: `RMSE by number of models: ${decimals(one.heldOut, 5)} for the best one, ${decimals(all.heldOut, 5)} for all ${all.models}`,
        color: colourScale(series),
        x: { domain: [1, Math.max(2, all.models)] },
        y: { nice: true, zero: false },
        marks: [
          axisX(
            bestTogether.map(({ models }) => models),
            { ...AXIS, label: 'models', tickFormat: 'd' },
          ),
          ...curveAxis('RMSE'),
          lineY(points, { ...place, strokeWidth: 2 }),
          dot(points, { x: 'models', y: 'heldOut', fill: 'order', r: 3.5 }),
        ],
      },
      drawing,
    ),
  };
}

/**
 * The scores of an average as one self-contained HTML page.
 * @param drawing the DOM to draw the chart in: `{ document }` in a browser, `nodeDrawing()` in Node
 */
export function ensemblePage(ensemble: EnsembleScores, drawing: Drawing): string {
  const { title: _, ...chart } = ensembleChart(ensemble, drawing);
  const tables = ensembleTables(ensemble).map((table): Block => ({ kind: 'table', table }));
  return page({
    title: 'Models and their averages',
    sections: [
      {
        blocks: [
          { kind: 'text', text: `${describeEnsemble(ensemble)}.` },
          { kind: 'figure', ...chart },
        ],
      },
      { heading: 'Scores', blocks: tables },
    ],
  });
}
