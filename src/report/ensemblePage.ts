/** The page of an average of models, and its chart. */
import type { EnsembleScores } from '../evaluate/ensembleScores.ts';
import type { Chart } from './chart.ts';
import { drawCurves } from './drawing.ts';
import { describeEnsemble, ensembleTables } from './ensemble.ts';
import { type Block, page } from './page.ts';
import type { Drawing } from './svg.ts';
import { decimals } from './table.ts';

/** The chart of scores of 1, 2, …, n models together: a curve for each order in which they were added. @param label of the scores */
export function modelsChart(
  curves: Readonly<Record<string, readonly number[]>>,
  { label, description, ...words }: Pick<Chart, 'title' | 'caption'> & { label: string; description: string },
  drawing: Drawing,
): Chart {
  const points = Object.entries(curves).flatMap(([curve, scores]) =>
    scores.map((value, i) => ({ curve, x: i + 1, value })),
  );
  const most = Math.max(...points.map(({ x }) => x));
  const axes = {
    description,
    x: { domain: [1, Math.max(2, most)] },
    ticks: Array.from({ length: most }, (_, i) => i + 1),
    tickFormat: 'd',
    xLabel: 'models',
    valueLabel: label,
  };
  return { name: 'ensemble', ...words, ...drawCurves(points, axes, drawing) };
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
