/** Charts by Observable Plot, as SVG text that takes its colours from the page around it. */
import { type PlotOptions, plot } from '@observablehq/plot';
import { escapeMarkup, writableText } from './escape.ts';

/** Where charts are put together: a browser's `{ document }`, or `nodeDrawing()`. */
export interface Drawing {
  /** Of the DOM's type `Document`. */
  readonly document: object;
}

/** What a chart is besides Plot's options. */
export interface ChartOptions
  extends Omit<PlotOptions, 'document' | 'ariaLabel' | 'title' | 'style' | 'className'> {
  /** What is to be seen, in words, for who cannot see it. */
  description: string;
}

/**
 * Draws a chart and gives its SVG. It has no background, and text in `currentColor`, so that it suits dark pages too.
 *
 * @example drawChart({ description: 'a dot', marks: [dot([[1, 2]])] }, nodeDrawing()) // '<svg …'
 */
export function drawChart({ description, ...options }: ChartOptions, { document }: Drawing): string {
  const chart: { readonly outerHTML: string } = plot({
    ...options,
    document: document as NonNullable<PlotOptions['document']>,
    // As an object: linkedom's elements do not take a style as text.
    style: { background: 'none', font: '14px system-ui, sans-serif', overflow: 'visible' },
  });
  // Not Plot's ariaLabel: linkedom leaves < in attributes, which HTML allows and XML does not.
  const label = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeMarkup(description)}"`;
  return writableText(chart.outerHTML).replace('<svg', () => label);
}
