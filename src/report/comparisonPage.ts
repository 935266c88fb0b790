/** The page of a comparison: its tables and charts. */
import { type Comparison, comparisonTables } from './comparison.ts';
import { differenceChart, questionChart, rmseChart } from './comparisonCharts.ts';
import type { Drawing } from './drawing.ts';
import { type Block, page, type Section } from './page.ts';
import { seriesOf } from './series.ts';

/**
 * A comparison as one self-contained page in HTML.
 *
 * @param drawing the document to draw charts in: `{ document }` in a browser, `nodeDrawing()` in Node
 * @example await writeFile('comparison.html', comparisonPage(comparison, nodeDrawing()));
 */
export function comparisonPage(comparison: Comparison, drawing: Drawing): string {
  const { title, about, variants } = comparison;
  const { settings, scores, byQuestion } = comparisonTables(comparison);
  const first = variants[0]!.name;
  const isRepeated = variants[0]!.runs.length > 1;
  const band = isRepeated ? ', the band one standard deviation either way' : '';
  const differences = differenceChart(comparison, drawing);
  const sections: Section[] = [
    {
      blocks: [...about.map((text): Block => ({ kind: 'text', text })), { kind: 'table', table: settings }],
    },
    {
      heading: 'Scores',
      blocks: [
        { kind: 'table', table: scores },
        {
          kind: 'figure',
          svg: rmseChart(comparison, drawing),
          caption: `RMSE. Each dot is a run, the tick their mean${band}; the dashed line is the mean of ${first}.`,
        },
        ...(differences === null
          ? []
          : [
              {
                kind: 'figure' as const,
                svg: differences,
                caption: `What each variant changes: RMSE minus that of ${first} with the same seed, so that what the seed does to both cancels out.`,
              },
            ]),
      ],
    },
    {
      heading: 'By question',
      blocks: [
        {
          kind: 'figure',
          svg: questionChart(comparison, drawing),
          caption: `RMSE by question. Each dot is the mean of a variant${band}; the dashed line is the mean of ${first}.`,
          legend: seriesOf(variants.map(({ name }) => name)),
        },
        { kind: 'table', table: byQuestion },
      ],
    },
  ];
  return page({ title, sections });
}
