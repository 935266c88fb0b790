/** Self-contained HTML pages: they load nothing, and all text is escaped. */
import type { Chart } from './chart.ts';
import { escapeMarkup } from './escape.ts';
import { PAGE_STYLE } from './pageStyle.ts';
import type { Series, SeriesSymbol } from './palette.ts';
import { decimals, type Table } from './table.ts';

/** A chart on a page. */
interface Figure extends Pick<Chart, 'svg' | 'caption' | 'legend'> {
  /** Heading above the chart. */
  readonly title?: string;
  /** Pixels; narrower pages scroll the chart. Default 560; charts side by side have no minimum. */
  readonly minimumWidth?: number;
}

/** A galaxy's picture and a line about it. */
export interface GalaxyCard {
  readonly title: string;
  /** A picture as a data: URI. */
  readonly image?: string;
  readonly text: string;
  /** Fractions by answer; the leading routes are bold. */
  readonly answers?: readonly AnswerRow[];
}

/** An answer's fraction in the votes and in a prediction. */
export interface AnswerRow {
  readonly answer: string;
  /** Null if unknown. */
  readonly truth: number | null;
  readonly predicted: number;
  /** The answer is on the leading route of the votes, or of the prediction. */
  readonly leadsTruth: boolean;
  readonly leadsPrediction: boolean;
}

/** A part of a section. Strings are plain text, except `svg`, which is inserted unescaped. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table }
  | ({ readonly kind: 'figure' } & Figure)
  /** Small charts side by side. */
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  /** Cards side by side, small without answers. */
  | {
      readonly kind: 'galaxies';
      readonly heading: string;
      readonly text: string;
      readonly galaxies: readonly GalaxyCard[];
    };

/** A part of a page. */
export interface Section {
  /** Undefined for the first section, below the title. */
  readonly heading?: string;
  /** If true, only the heading shows until the reader opens the section. */
  readonly isCollapsed?: boolean;
  readonly blocks: readonly Block[];
}

const SHAPES: Readonly<Record<SeriesSymbol, string>> = {
  circle: '<circle cx="5" cy="5" r="5"/>',
  square: '<rect x="0.5" y="0.5" width="9" height="9"/>',
  diamond: '<path d="M5 0L10 5L5 10L0 5z"/>',
};

const legendItem = ({ name, colour, symbol }: Series) =>
  `<li><svg viewBox="0 0 10 10" fill="${escapeMarkup(colour)}" aria-hidden="true">${SHAPES[symbol]}</svg>${escapeMarkup(name)}</li>`;

/** A box that scrolls, also by keyboard, if its content is too wide. */
const scrolling = (label: string, content: string, style = '') =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(label)}"${style}>${content}</div>`;

function tableHtml({ caption, columns, rows }: Table): string {
  const alignment = (i: number) => (columns[i]!.align === 'right' ? ' class="right"' : '');
  const note = (text: string | undefined) => (text === undefined ? '' : ` title="${escapeMarkup(text)}"`);
  const head = columns.map(
    (column, i) => `<th scope="col"${alignment(i)}${note(column.note)}>${escapeMarkup(column.label)}</th>`,
  );
  const cell = (text: string, i: number) =>
    i === 0
      ? `<th scope="row"${alignment(i)}>${escapeMarkup(text)}</th>`
      : `<td${alignment(i)}>${escapeMarkup(text)}</td>`;
  const body = rows.map((cells) => `<tr>${cells.map(cell).join('')}</tr>`);
  return scrolling(
    caption,
    [
      `<table><caption><span>${escapeMarkup(caption)}</span></caption>`,
      `<thead><tr>${head.join('')}</tr></thead>`,
      `<tbody>\n${body.join('\n')}\n</tbody></table>`,
    ].join('\n'),
  );
}

function figureHtml({ title, svg, caption, legend = [], minimumWidth }: Figure): string {
  const style = minimumWidth === undefined ? '' : ` style="--least: ${Math.round(minimumWidth)}px"`;
  return [
    '<figure>',
    ...(title === undefined ? [] : [`<h3>${escapeMarkup(title)}</h3>`]),
    ...(legend.length === 0 ? [] : [`<ul class="legend">${legend.map(legendItem).join('')}</ul>`]),
    scrolling(title ?? caption, svg, style),
    `<figcaption>${escapeMarkup(caption)}</figcaption>`,
    '</figure>',
  ].join('\n');
}

const fraction = (value: number | null, leads: boolean) =>
  `<td${leads ? ' class="leads"' : ''}>${escapeMarkup(decimals(value, 2))}</td>`;

/** @throws RangeError if the picture is not a data: URI, because pages load nothing */
function galaxyHtml({ title, image, text, answers }: GalaxyCard): string {
  if (image !== undefined && !/^data:image\/(?:jpeg|png|webp);base64,[\w+/]+=*$/.test(image)) {
    throw new RangeError(`${title}: expected a picture as a data: URI, got ${image.slice(0, 40)}`);
  }
  const picture = image === undefined ? '' : `<img src="${image}" alt="${escapeMarkup(title)}">`;
  const rows = answers?.map(
    ({ answer, truth, predicted, leadsTruth, leadsPrediction }) =>
      `<tr><th scope="row">${escapeMarkup(answer)}</th>${fraction(truth, leadsTruth)}${fraction(predicted, leadsPrediction)}</tr>`,
  );
  const table =
    rows === undefined
      ? ''
      : `<table><thead><tr><th scope="col">answer</th><th scope="col">votes</th><th scope="col">predicted</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<article>${picture}<div><h4>${escapeMarkup(title)}</h4><p>${escapeMarkup(text)}</p></div>${table}</article>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeMarkup(block.text)}</p>`;
    case 'table':
      return tableHtml(block.table);
    case 'figure':
      return figureHtml(block);
    case 'figures':
      return `<div class="figures">\n${block.figures.map(figureHtml).join('\n')}\n</div>`;
    case 'galaxies':
      return [
        `<h3>${escapeMarkup(block.heading)}</h3>`,
        ...(block.text === '' ? [] : [`<p>${escapeMarkup(block.text)}</p>`]),
        `<div class="galaxies${block.galaxies.some(({ answers }) => answers !== undefined) ? ' wide' : ''}">`,
        ...block.galaxies.map(galaxyHtml),
        '</div>',
      ].join('\n');
  }
}

function sectionHtml({ heading, isCollapsed, blocks }: Section): string {
  const head = heading === undefined ? [] : [`<h2>${escapeMarkup(heading)}</h2>`];
  if (isCollapsed) {
    const summary = `<summary>${head.join('')}</summary>`;
    return ['<section><details>', summary, ...blocks.map(blockHtml), '</details></section>'].join('\n');
  }
  return ['<section>', ...head, ...blocks.map(blockHtml), '</section>'].join('\n');
}

/** A whole page. With `reloadSeconds` it reloads itself. Its Content-Security-Policy forbids loading anything. */
export function page({
  title,
  sections,
  reloadSeconds,
}: {
  title: string;
  sections: readonly Section[];
  reloadSeconds?: number;
}): string {
  const reload =
    reloadSeconds === undefined ? '' : `\n<meta http-equiv="refresh" content="${Math.ceil(reloadSeconds)}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">${reload}
<link rel="icon" href="data:,">
<title>${escapeMarkup(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeMarkup(title)}</h1>
${sections.map(sectionHtml).join('\n')}
</main>
</body>
</html>
`;
}
