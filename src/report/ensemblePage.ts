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

/** The chart of scores of 1, 2, …, n models together: a curve for each order in which they were added. @param label of the scores */
export function modelsChart(
  curves: Readonly<Record<string, readonly number[]>>,
  { label, description, ...words }: Pick<Chart, 'title' | 'caption'> & { label: string; description: string },
  drawing: Drawing,
): Chart {
  const series = seriesOf(Object.keys(curves));
  const points = Object.entries(curves).flatMap(([order, scores]) =>
    scores.map((score, i) => ({ order, models: i + 1, score })),
  );
  const most = Math.max(...points.map(({ models }) => models));
  const place = { x: 'models', y: 'score' };
  const svg = drawChart(
    {
      ...CURVE_SIZE,
      description,
      color: colourScale(series),
      x: { domain: [1, Math.max(2, most)] },
      y: { nice: true, zero: false },
      marks: [
        axisX(
          Array.from({ length: most }, (_, i) => i + 1),
          { ...AXIS, label: 'models', tickFormat: 'd' },
        ),
        ...curveAxis(label),
        lineY(points, { ...place, stroke: 'order', strokeWidth: 2 }),
        dot(points, { ...place, fill: 'order', r: 3.5 }),
      ],
    },
    drawing,
  );
  return { name: 'ensemble', ...words, legend: series, svg };
}

/** The held-out RMSE of 1, 2, …, n models together, by the order in which they were added. */
function ensembleChart(
  { bestTogether, greedilyTogether, heldOutGalaxies }: EnsembleScores,
  drawing: Drawing,
): Chart {
  const [best, greedily] = [bestTogether, greedilyTogether].map((steps) =>
    steps.map(({ heldOut }) => heldOut),
  );
  const [one, all] = [best![0]!, best!.at(-1)!].map((score) => decimals(score, 5));
  return modelsChart(
    { 'best first': best!, greedily: greedily! },
    {
      title: 'RMSE by number of models',
      caption: `Pooled RMSE of the mean of the models on ${heldOutGalaxies} held-out galaxies. Models are added best first or greedily; both orders were chosen on other galaxies.`,
      label: 'RMSE',
      description: `RMSE by number of models: ${one} for the best one, ${all} for all ${best!.length}`,
    },
    drawing,
  );
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
