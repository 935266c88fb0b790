/** Charts with titles and captions, for pages and SVG files. */
import { escapeMarkup } from './escape.ts';
import { LIGHT, type Series } from './palette.ts';
import { FONTS, svgFile, textWidth, words } from './svg.ts';

/** A chart and its words. */
export interface Chart {
  /** File name without its extension: `rmse`. */
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** From `drawChart`, in the page's colours. */
  readonly svg: string;
  readonly legend?: readonly Series[];
}

/** Pixels. */
const MARGIN = 16;
const LINE = 22;
const SWATCH = 18;

/** The names with swatches, in lines of at most `width`, and their height. */
function legendMarkup(legend: readonly Series[], width: number): { markup: string; height: number } {
  let [x, line] = [0, 0];
  const items = legend.map(({ name, colour }) => {
    const length = SWATCH + textWidth(name) + 12;
    if (x > 0 && x + length > width) [x, line] = [0, line + 1];
    const [left, middle] = [MARGIN + x, line * LINE + LINE / 2];
    x += length;
    return `<circle cx="${left + 5}" cy="${middle}" r="5" fill="${escapeMarkup(colour)}"/>${words(left + SWATCH, middle + 5, name)}`;
  });
  return { markup: items.join('\n'), height: items.length === 0 ? 0 : (line + 1) * LINE + 6 };
}

/** Replaces variables and style sheets by light colours: some renderers do not support them. */
const resolved = (svg: string) =>
  svg
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/var\(--[\w-]+, ?([^()]+)\)/g, '$1')
    .replaceAll('currentColor', LIGHT.ink)
    .replaceAll('system-ui, sans-serif', FONTS.replaceAll("'", ''));

/**
 * A chart as an SVG file with title and legend on white.
 * @throws RangeError if `svg` has no width or height
 */
export function chartFile({ title, caption, svg, legend = [] }: Chart): string {
  const [inner, tall] = ['width', 'height'].map((name) => {
    const value = new RegExp(`^<svg [^>]*? ${name}="([\\d.]+)"`).exec(svg)?.[1];
    if (value !== undefined) return Number(value);
    throw new RangeError(`${title}: expected an SVG with a ${name}, got ${svg.slice(0, 80)}`);
  });
  const width = Math.max(inner!, Math.ceil(textWidth(title, 17))) + 2 * MARGIN;
  const head = MARGIN + 32;
  const { markup, height } = legendMarkup(legend, width - 2 * MARGIN);
  const content = [
    words(MARGIN, MARGIN + 14, title, 'font-size="17" font-weight="600"'),
    `<g transform="translate(0 ${head - 8})">${markup}</g>`,
    svg.replace('<svg ', `<svg x="${MARGIN}" y="${head + height}" `),
  ];
  const size = { width, height: head + height + tall! + MARGIN };
  return resolved(svgFile({ ...size, title, description: caption }, content.join('\n')));
}
