/** How charts tell variants apart: a colour and a shape each, and the legend that names them. */

/** Shapes that Plot draws and the page's legend too. */
export type SeriesSymbol = 'circle' | 'square' | 'diamond';

/** One variant in a chart. */
export interface Series {
  readonly name: string;
  /** A CSS colour: a variable of the page's, and what stands for it where there is no page. */
  readonly colour: string;
  readonly symbol: SeriesSymbol;
}

/** On white and on near black, of a contrast of 3 : 1 and more; the first variant has the colour of the text. */
const LIGHT = ['#c2410c', '#1d63c9', '#15803d', '#9333a8', '#a16207', '#0e7490', '#be185d'];
const DARK = ['#fb923c', '#6ea8fe', '#4ade80', '#d08bf0', '#eac54f', '#38bdd8', '#f472b6'];

const variablesOf = (colours: readonly string[]) =>
  colours.map((colour, i) => `--series-${i + 1}: ${colour};`).join(' ');

/** The CSS variables of the colours. @example SERIES_VARIABLES.dark // '--series-1: #fb923c; …' */
export const SERIES_VARIABLES = { light: variablesOf(LIGHT), dark: variablesOf(DARK) } as const;

const COLOURS = ['currentColor', ...LIGHT.map((colour, i) => `var(--series-${i + 1}, ${colour})`)];
const SYMBOLS: readonly SeriesSymbol[] = ['circle', 'square', 'diamond'];

/**
 * Colours and shapes for names: eight colours as circles, then the same as squares, then as diamonds.
 *
 * @example seriesOf(['baseline', 'CBAM'])[1].colour // 'var(--series-1, #c2410c)'
 */
export function seriesOf(names: readonly string[]): Series[] {
  return names.map((name, i) => ({
    name,
    colour: COLOURS[i % COLOURS.length]!,
    symbol: SYMBOLS[Math.floor(i / COLOURS.length) % SYMBOLS.length]!,
  }));
}
