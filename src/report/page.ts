/** Self-contained pages in HTML: nothing is loaded, and all that is said is escaped. */
import { escapeMarkup } from './escape.ts';
import { PAGE_STYLE } from './pageStyle.ts';
import type { Series, SeriesSymbol } from './series.ts';
import type { Table } from './table.ts';

/** A chart with its words. */
export interface Figure {
  /** Above it, where several stand side by side. */
  readonly title?: string;
  /** A chart's SVG, as the functions that draw charts give it. */
  readonly svg: string;
  readonly caption: string;
  readonly legend?: readonly Series[];
  /** Pixels: where there is less room, it scrolls. Default 560, and none side by side. */
  readonly minimumWidth?: number;
}

/** A galaxy's picture and what is said of it. */
export interface GalaxyCard {
  readonly title: string;
  /** A picture as a data: URI. */
  readonly image?: string;
  readonly lines: readonly string[];
  /** Fractions by answer; those on the leading way are marked. */
  readonly answers?: readonly AnswerRow[];
}

/** An answer's fractions in the votes and in a prediction. */
export interface AnswerRow {
  readonly answer: string;
  readonly truth: number;
  readonly predicted: number;
  /** Whether it is on the leading way through the tree. */
  readonly leadsTruth: boolean;
  readonly leadsPrediction: boolean;
}

/** One thing in a section. All strings are plain text, but for `svg`, which stands as it is. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table }
  | ({ readonly kind: 'figure' } & Figure)
  /** Small charts side by side. */
  | { readonly kind: 'figures'; readonly figures: readonly Figure[] }
  /** Cards side by side, small ones where they have no answers. */
  | {
      readonly kind: 'galaxies';
      readonly heading: string;
      readonly text: string;
      readonly galaxies: readonly GalaxyCard[];
    };

/** A part of a page. */
export interface Section {
  /** None for what follows the title at once. */
  readonly heading?: string;
  readonly blocks: readonly Block[];
}

const SHAPES: Readonly<Record<SeriesSymbol, string>> = {
  circle: '<circle cx="5" cy="5" r="5"/>',
  square: '<rect x="0.5" y="0.5" width="9" height="9"/>',
  diamond: '<path d="M5 0L10 5L5 10L0 5z"/>',
};

const legendItem = ({ name, colour, symbol }: Series) =>
  `<li><svg viewBox="0 0 10 10" fill="${escapeMarkup(colour)}" aria-hidden="true">${SHAPES[symbol]}</svg>${escapeMarkup(name)}</li>`;

/** What is wider than a phone scrolls in a box of its own, by keyboard too. */
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

const fraction = (value: number, leads: boolean) =>
  `<td${leads ? ' class="leads"' : ''}>${escapeMarkup(value.toFixed(2))}</td>`;

/** @throws RangeError where the picture is no data: URI of one: a page loads nothing */
function galaxyHtml({ title, image, lines, answers }: GalaxyCard): string {
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
  const said = lines.map((line) => `<p>${escapeMarkup(line)}</p>`).join('');
  return `<article>${picture}<div><h4>${escapeMarkup(title)}</h4>${said}</div>${table}</article>`;
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

function sectionHtml({ heading, blocks }: Section): string {
  const head = heading === undefined ? [] : [`<h2>${escapeMarkup(heading)}</h2>`];
  return ['<section>', ...head, ...blocks.map(blockHtml), '</section>'].join('\n');
}

/** What a page is made of. */
export interface PageContent {
  readonly title: string;
  readonly sections: readonly Section[];
  /** The page loads itself again after so many seconds, where what it tells of still goes on. */
  readonly reloadSeconds?: number;
}

/**
 * A whole page. It is forbidden to load anything (its Content-Security-Policy), and so works from a disk.
 *
 * @example
 * writeFileSync('hello.html', page({ title: 'Hello', sections: [{ blocks: [{ kind: 'text', text: '1 < 2' }] }] }));
 */
export function page({ title, sections, reloadSeconds }: PageContent): string {
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
