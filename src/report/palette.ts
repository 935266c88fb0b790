/** Colours of pages and charts, and the colour and shape of each series. */

/** The colours of one theme. */
interface Palette {
  readonly background: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly stripe: string;
  /** All series but the first, which has the colour of the text; contrast at least 3 : 1. */
  readonly series: readonly string[];
}

export const LIGHT: Palette = {
  background: '#ffffff',
  ink: '#1b2333',
  soft: '#566078',
  line: '#d9dee8',
  stripe: '#f5f7fb',
  series: ['#c2410c', '#1d63c9', '#15803d', '#9333a8', '#a16207', '#0e7490', '#be185d'],
};

export const DARK: Palette = {
  background: '#11151f',
  ink: '#e6eaf3',
  soft: '#9aa5bd',
  line: '#2d3648',
  stripe: '#181e2b',
  series: ['#fb923c', '#6ea8fe', '#4ade80', '#d08bf0', '#eac54f', '#38bdd8', '#f472b6'],
};

/** The CSS variables of a palette: `--background: #11151f; … --series-1: #fb923c; …`. */
export function cssVariables({ series, ...colours }: Palette): string {
  const numbered = series.map((colour, i) => [`series-${i + 1}`, colour] as const);
  return [...Object.entries(colours), ...numbered].map(([name, colour]) => `--${name}: ${colour};`).join(' ');
}

/** The colour of a series in charts: a CSS variable of the page, with the light colour as its fallback. */
export const seriesColour = (i: number): string => `var(--series-${i}, ${LIGHT.series[i - 1]})`;

/** Shapes of Plot's dots and the page's legend. */
export type SeriesSymbol = 'circle' | 'square' | 'diamond';

/** One series of a chart. */
export interface Series {
  readonly name: string;
  /** A CSS colour, see `seriesColour`. */
  readonly colour: string;
  readonly symbol: SeriesSymbol;
}

const COLOURS = ['currentColor', ...LIGHT.series.map((_, i) => seriesColour(i + 1))];
const SYMBOLS: readonly SeriesSymbol[] = ['circle', 'square', 'diamond'];

/** Colours and shapes for names: eight colours as circles, then the same as squares, then as diamonds. */
export function seriesOf(names: readonly string[]): Series[] {
  return names.map((name, i) => ({
    name,
    colour: COLOURS[i % COLOURS.length]!,
    symbol: SYMBOLS[Math.floor(i / COLOURS.length) % SYMBOLS.length]!,
  }));
}
