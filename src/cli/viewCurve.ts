/** `tuningfork evaluate --views curve`: the score against the number of views. */
import type { Galaxy } from '../data/join.ts';
import type { Model } from '../model/model.ts';
import { nodeDrawing } from '../node/drawing/document.ts';
import { pngOfSvg } from '../node/drawing/pixels.ts';
import { writeFileAtomically } from '../node/files/atomic.ts';
import { nodePlatform } from '../node/platform.ts';
import type { PredictOptions } from '../predict/predict.ts';
import { viewCurve } from '../predict/viewCurve.ts';
import { chartFile } from '../report/chart.ts';
import { viewCurveChart } from '../report/viewCurveChart.ts';
import { listening } from './listening.ts';
import { viewCurvePaths } from './outputs.ts';
import type { Terminal } from './terminal.ts';

interface Telling {
  out: string | undefined;
  /** What is said before the figures. */
  cautions: readonly string[];
  terminal: Terminal;
}

/** Measures the curve and tells it; with a folder it is left there. */
export async function tellViewCurve(
  model: Model,
  galaxies: readonly Galaxy[],
  options: PredictOptions,
  { out, cautions, terminal }: Telling,
): Promise<void> {
  const leftOut: { name: string; reason: string }[] = [];
  const curve = await viewCurve(nodePlatform, model, galaxies, undefined, {
    ...options,
    ...listening(terminal, { skipped: leftOut, describe: (done, total) => `${done}/${total} galaxies` }),
  });
  const scored = galaxies.length - leftOut.length;
  const result = { galaxies: scored, curve, weights: model.file, leftOut };
  if (out !== undefined) {
    const paths = viewCurvePaths(out);
    const svg = chartFile(viewCurveChart(curve, scored, nodeDrawing()));
    await writeFileAtomically(paths.document, `${JSON.stringify(result, null, 2)}\n`);
    await writeFileAtomically(paths.svg, svg);
    await writeFileAtomically(paths.png, await pngOfSvg(svg));
  }
  const lines = curve.map(({ views, rmse }) => `  ${String(views).padStart(5)}  ${rmse.toFixed(5)}`);
  const text = [...cautions, `RMSE over ${scored} galaxies, pooled`, '  views     RMSE', ...lines].join('\n');
  terminal.result(text, result);
}
