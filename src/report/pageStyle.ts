/** The style sheet of all pages: light and dark, for phone, desktop and print. */
import { cssVariables, DARK, LIGHT } from './palette.ts';

export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  ${cssVariables(LIGHT)}
}
@media (prefers-color-scheme: dark) {
  :root {
    ${cssVariables(DARK)}
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 72rem; background: var(--background); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.75rem 0 .75rem; }
summary { margin: 2.75rem 0 .75rem; cursor: pointer; }
summary h2 { display: inline; }
details > .scroll { margin: 1rem 0 1.5rem; }
p { margin: .5rem 0; max-width: 44rem; }
figure { margin: 1rem 0; }
figcaption, caption { color: var(--soft); font-size: .875rem; text-align: left; }
figcaption { margin-top: .5rem; max-width: 44rem; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--series-2); outline-offset: 2px; }
.scroll > svg { display: block; width: 100%; max-width: 54rem; min-width: var(--least, 35rem); height: auto; }
h3 { font-size: 1rem; line-height: 1.3; margin: 1.75rem 0 .5rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem 2rem; margin: 1rem 0; }
.figures > figure { margin: 0; min-width: 0; }
.figures h3 { margin: 0 0 .5rem; }
.figures .scroll > svg { max-width: 25rem; min-width: 0; }
.galaxies { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: 1rem; margin: .75rem 0; }
.galaxies.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 1.75rem 2rem; }
article { min-width: 0; font-size: .85rem; }
article img { display: block; width: 100%; max-width: 16rem; aspect-ratio: 1; border-radius: .4rem; background: #000; }
article h4 { font-size: .9rem; margin: .4rem 0 0; font-variant-numeric: tabular-nums; }
article p { color: var(--soft); margin: 0; }
article table { font-size: .8rem; width: 100%; max-width: 16rem; min-width: 0; margin-top: .3rem; }
article th, article td { padding: .15rem .3rem; }
article td, article thead th + th { text-align: right; }
article tbody th { font-weight: 400; }
.wide > article { display: grid; grid-template-columns: 8rem 1fr; gap: 0 .75rem; align-content: start; }
.wide > article > table { grid-column: 1 / -1; max-width: none; }
article .leads { font-weight: 700; }
section > .scroll { margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: min(100%, 30rem); }
caption { padding: 0 0 .5rem; }
caption span { display: block; position: sticky; left: 0; max-width: calc(100vw - 2rem); }
th, td { padding: .4rem .65rem; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
thead th { color: var(--soft); font-weight: 600; white-space: nowrap; border-bottom-width: 2px; }
thead th[title] { text-decoration: underline dotted; text-underline-offset: .25em; cursor: help; }
tbody th { font-weight: 600; max-width: 16rem; overflow-wrap: break-word; }
tr > :first-child { position: sticky; left: 0; background: var(--background); }
tbody tr:nth-child(even) > * { background: var(--stripe); }
.right { text-align: right; white-space: nowrap; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0 0 .75rem; padding: 0; list-style: none; font-size: .9rem; }
.legend svg { width: .8em; height: .8em; margin-right: .4em; }
@media (min-width: 40rem) {
  body { padding: 3rem 2rem 5rem; }
  h1 { font-size: 2.25rem; }
}
@media print {
  :root {
    ${cssVariables({ ...LIGHT, ink: '#000000', soft: '#444444', line: '#bbbbbb', stripe: '#ffffff' })}
  }
  body { padding: 0; max-width: none; font-size: 10pt; }
  h1 { font-size: 18pt; }
  h2, caption { break-after: avoid; margin-top: 1.5rem; }
  h3 { break-after: avoid; }
  summary { list-style: none; margin-top: 1.5rem; break-after: avoid; }
  details::details-content { display: block; content-visibility: visible; }
  figure, tr, article { break-inside: avoid; }
  .figures { grid-template-columns: repeat(3, 1fr); gap: 1rem; }
  .galaxies { grid-template-columns: repeat(7, 1fr); gap: .5rem; }
  .galaxies.wide { grid-template-columns: repeat(4, 1fr); gap: .75rem; }
  .wide > article { grid-template-columns: 2.2cm 1fr; }
  article { font-size: 7pt; }
  article table { font-size: 6pt; }
  .scroll { overflow: visible; }
  .scroll > svg { min-width: 0; max-width: 100%; max-height: 90vh; }
  table { font-size: 7pt; }
  th, td { padding: .25rem .3rem; }
}
`;
