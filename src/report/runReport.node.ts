/** The page and the charts of a run, as files. */
import { join } from 'node:path';
import sharp from 'sharp';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { type Chart, chartFile } from './chart.ts';
import { networkDiagram } from './diagram.ts';
import { nodeDrawing } from './drawing.node.ts';
import { runCharts, runPage } from './runPage.ts';
import type { RunReport } from './runReport.ts';

/** Pixels of a PNG for one of the SVG: charts are to be read in print. */
const SCALE = 2;

/**
 * An SVG file as a PNG of twice its size, on white.
 * @example await writeFile('rmse.png', await pngOfSvg(chartFile(chart)));
 */
export async function pngOfSvg(svg: string): Promise<Uint8Array> {
  return sharp(Buffer.from(svg), { density: 72 * SCALE, limitInputPixels: false })
    .flatten({ background: '#ffffff' })
    .png()
    .toBuffer();
}

/** What is written besides `report.html`. */
export interface RunReportFiles {
  /** `charts/*.svg`. Default true. */
  readonly svg?: boolean;
  /** `charts/*.png`. Default: as `svg`. */
  readonly png?: boolean;
}

/**
 * Leaves `report.html`, and `charts/*.svg` and `charts/*.png`, in a run's folder. During a training the page alone is
 * cheap enough for each epoch: `{ svg: false }`.
 *
 * @returns the paths of the files
 * @throws UserError where they cannot be written; RangeError where a part of the report has not its shape
 * @example
 * await writeRunReport('runs/first', { title: 'first', writtenAt: new Date().toISOString(), history });
 */
export async function writeRunReport(
  folder: string,
  report: RunReport,
  { svg = true, png = svg }: RunReportFiles = {},
): Promise<string[]> {
  const drawing = nodeDrawing();
  const charts = runCharts(report, drawing);
  const path = join(folder, 'report.html');
  await writeFileAtomically(path, runPage(report, drawing, charts));
  if (!svg && !png) return [path];

  const files = Object.values(charts)
    .flat()
    .map((chart: Chart) => ({ name: chart.name, text: chartFile(chart) }));
  if (report.network !== undefined) {
    files.push({ name: 'network', text: networkDiagram(report.network.diagram) });
  }
  const paths = [path];
  for (const { name, text } of files) {
    const base = join(folder, 'charts', name);
    if (svg) {
      await writeFileAtomically(`${base}.svg`, text);
      paths.push(`${base}.svg`);
    }
    if (png) {
      await writeFileAtomically(`${base}.png`, await pngOfSvg(text));
      paths.push(`${base}.png`);
    }
  }
  return paths;
}
