/** Self-contained pages in HTML: nothing is loaded, and all that is said is escaped. */
import { escapeMarkup } from './escape.ts';
import { PAGE_STYLE } from './pageStyle.ts';
import type { Series, SeriesSymbol } from './series.ts';
import type { Table } from './table.ts';

/** One thing in a section. All strings are plain text, but for `svg`, which stands as it is. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'table'; readonly table: Table }
  | {
      readonly kind: 'figure';
      /** A chart's SVG, as the functions that draw charts give it. */
      readonly svg: string;
      readonly caption: string;
      readonly legend?: readonly Series[];
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
const scrolling = (label: string, content: string) =>
  `<div class="scroll" tabindex="0" role="region" aria-label="${escapeMarkup(label)}">${content}</div>`;

function tableHtml({ caption, columns, rows }: Table): string {
  const alignment = (i: number) => (columns[i].align === 'right' ? ' class="right"' : '');
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

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeMarkup(block.text)}</p>`;
    case 'table':
      return tableHtml(block.table);
    case 'figure': {
      const legend = block.legend?.map(legendItem).join('') ?? '';
      return [
        '<figure>',
        ...(legend === '' ? [] : [`<ul class="legend">${legend}</ul>`]),
        scrolling(block.caption, block.svg),
        `<figcaption>${escapeMarkup(block.caption)}</figcaption>`,
        '</figure>',
      ].join('\n');
    }
  }
}

function sectionHtml({ heading, blocks }: Section): string {
  const head = heading === undefined ? [] : [`<h2>${escapeMarkup(heading)}</h2>`];
  return ['<section>', ...head, ...blocks.map(blockHtml), '</section>'].join('\n');
}

/**
 * A whole page. It is forbidden to load anything (its Content-Security-Policy), and so works from a disk.
 *
 * @example
 * writeFileSync('hello.html', page({ title: 'Hello', sections: [{ blocks: [{ kind: 'text', text: '1 < 2' }] }] }));
 */
export function page({ title, sections }: { title: string; sections: readonly Section[] }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
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
