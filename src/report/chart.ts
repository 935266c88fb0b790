/** Charts with their words: for a page, and as files of their own. */
import { FONTS, INK } from './diagramShapes.ts';
import { escapeMarkup, oneLine } from './escape.ts';
import type { Series } from './series.ts';

/** A chart and what is said about it. */
export interface Chart {
  /** Of the file, without its extension: `rmse`. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen. */
  readonly caption: string;
  /** As `drawChart` gives it: colours of the page's. */
  readonly svg: string;
  readonly legend?: readonly Series[];
}

/** Pixels. */
const MARGIN = 16;
const LINE = 22;
const SWATCH = 18;

/** A generous guess at the width of text of 14 px. */
const textWidth = (text: string) => [...text].length * 8;

/** Names with swatches, in lines of at most `width`; with the height that they take. */
function legendMarkup(legend: readonly Series[], width: number): { markup: string; height: number } {
  let [x, line] = [0, 0];
  const items = legend.map(({ name, colour }) => {
    const length = SWATCH + textWidth(name) + 12;
    if (x > 0 && x + length > width) [x, line] = [0, line + 1];
    const [left, middle] = [MARGIN + x, line * LINE + LINE / 2];
    x += length;
    return `<circle cx="${left + 5}" cy="${middle}" r="5" fill="${escapeMarkup(colour)}"/><text x="${left + SWATCH}" y="${middle + 5}">${escapeMarkup(oneLine(name))}</text>`;
  });
  return { markup: items.join('\n'), height: items.length === 0 ? 0 : (line + 1) * LINE + 6 };
}

/** Colours as they are on white: no variables of a page's, and no style sheet, which some renderers do not know. */
const resolved = (svg: string) =>
  svg
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/var\(--[\w-]+, ?([^()]+)\)/g, '$1')
    .replaceAll('currentColor', INK)
    .replaceAll('system-ui, sans-serif', FONTS.replaceAll("'", ''));

/**
 * A chart as an SVG file of its own: title, legend, white background, all colours told.
 *
 * @throws RangeError where `svg` does not tell its size
 * @example
 * for (const chart of runCharts(report, nodeDrawing())) writeFileSync(`${chart.name}.svg`, chartFile(chart));
 */
export function chartFile({ title, caption, svg, legend = [] }: Chart): string {
  const [inner, tall] = ['width', 'height'].map((name) => {
    const value = new RegExp(`^<svg [^>]*? ${name}="([\\d.]+)"`).exec(svg)?.[1];
    if (value !== undefined) return Number(value);
    throw new RangeError(`${title}: expected an SVG that tells its ${name}, got ${svg.slice(0, 80)}`);
  });
  const width = Math.max(inner!, Math.ceil(textWidth(title) * 1.25)) + 2 * MARGIN;
  const head = MARGIN + 32;
  const { markup, height } = legendMarkup(legend, width - 2 * MARGIN);
  const whole = head + height + tall! + MARGIN;
  return resolved(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${whole}" viewBox="0 0 ${width} ${whole}" role="img" font-family="${FONTS}" font-size="14" fill="${INK}">
<title>${escapeMarkup(title)}</title>
<desc>${escapeMarkup(caption)}</desc>
<rect width="${width}" height="${whole}" fill="#ffffff"/>
<text x="${MARGIN}" y="${MARGIN + 14}" font-size="17" font-weight="600">${escapeMarkup(oneLine(title))}</text>
<g transform="translate(0 ${head - 8})">${markup}</g>
${svg.replace('<svg ', `<svg x="${MARGIN}" y="${head + height}" `)}
</svg>
`);
}
