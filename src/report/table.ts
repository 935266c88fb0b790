/** A table as plain data, and its forms as text and Markdown; `page.ts` has the one in HTML. */
import { escapeMarkdown, oneLine } from './escape.ts';

/** One column of a {@link Table}. */
export interface TableColumn {
  readonly label: string;
  /** Numbers stand to the right, words to the left. */
  readonly align: 'left' | 'right';
  /** What the label stands for, where it is too short to say so; shown in pages when pointed at. */
  readonly note?: string;
}

/** Cells of text under labels. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** `[rows][columns]`. */
  readonly rows: readonly (readonly string[])[];
}

/** How to get a column's cell out of a record of type T. */
export interface ColumnOf<T> extends TableColumn {
  readonly cell: (record: T) => string;
}

/**
 * A table with a row for each record.
 *
 * @example
 * tableOf('Moons', [{ label: 'Name', align: 'left', cell: ({ name }) => name }], [{ name: 'Io' }]).rows; // [['Io']]
 */
export function tableOf<T>(caption: string, columns: readonly ColumnOf<T>[], records: readonly T[]): Table {
  return {
    caption,
    columns: columns.map(({ cell: _, ...column }) => column),
    rows: records.map((record) => columns.map(({ cell }) => cell(record))),
  };
}

/**
 * The table in aligned columns, for a terminal; ends with a line end.
 *
 * @example process.stdout.write(tableText(table));
 */
export function tableText({ caption, columns, rows }: Table): string {
  // A cell keeps to its line, and no name in it commands the terminal.
  const lines = [columns.map(({ label }) => label), ...rows].map((cells) => cells.map(oneLine));
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => [...cells[i]!].length)));
  const pad = (text: string, i: number) => {
    const space = ' '.repeat(widths[i]! - [...text].length);
    return columns[i]!.align === 'left' ? text + space : space + text;
  };
  return [caption, ...lines.map((cells) => `  ${cells.map(pad).join('  ')}`.trimEnd()), ''].join('\n');
}

/**
 * The table in GitHub's Markdown, its caption as a line above; ends with a line end.
 *
 * @example writeFileSync('docs/moons.md', tableMarkdown(table));
 */
export function tableMarkdown({ caption, columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    escapeMarkdown(caption),
    '',
    line(columns.map(({ label }) => escapeMarkdown(label))),
    line(columns.map(({ align }) => (align === 'left' ? '---' : '---:'))),
    ...rows.map((cells) => line(cells.map(escapeMarkdown))),
    '',
  ].join('\n');
}
