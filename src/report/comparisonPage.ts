/** The page of a comparison: its tables and charts. */
import type { Tree } from '../tree/tree.ts';
import type { Chart } from './chart.ts';
import { type Comparison, comparisonTables } from './comparison.ts';
import { comparisonCharts } from './comparisonCharts.ts';
import { type Block, page } from './page.ts';
import type { Drawing } from './svg.ts';
import type { Table } from './table.ts';

/**
 * A comparison as one self-contained HTML page.
 * @param drawing the DOM to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 */
export function comparisonPage(tree: Tree, comparison: Comparison, drawing: Drawing): string {
  const { settings, scores, byQuestion } = comparisonTables(tree, comparison);
  const charts = comparisonCharts(tree, comparison, drawing);
  const table = (content: Table): Block => ({ kind: 'table', table: content });
  // The captions say what the titles would.
  const figure = ({ title: _, ...chart }: Chart): Block => ({ kind: 'figure', ...chart });
  return page({
    title: comparison.title,
    sections: [
      { blocks: [...comparison.about.map((text): Block => ({ kind: 'text', text })), table(settings)] },
      { heading: 'Scores', blocks: [table(scores), ...charts.slice(0, -1).map(figure)] },
      { heading: 'By question', blocks: [figure(charts.at(-1)!), table(byQuestion)] },
    ],
  });
}
