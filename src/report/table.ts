/** Tables as plain data, as text and as Markdown (`page.ts` has HTML), and the formats of their cells. */
import { escapeMarkdown, oneLine } from './escape.ts';

/** One column of a {@link Table}. */
interface TableColumn {
  readonly label: string;
  /** `right` for numbers, `left` for words. */
  readonly align: 'left' | 'right';
  /** Explains the label; pages show it as a tooltip. */
  readonly note?: string;
}

/** Cells of text under labels. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  /** `[rows][columns]`. */
  readonly rows: readonly (readonly string[])[];
}

/** A column, and the function from a record of type T to its cell's text. */
interface ColumnOf<T> extends TableColumn {
  readonly cell: (record: T) => string;
}

/** A left-aligned column, for words. */
export const left = <T>(label: string, cell: (record: T) => string, note?: string): ColumnOf<T> => ({
  label,
  align: 'left',
  note,
  cell,
});

/** A right-aligned column, for numbers. */
export const right = <T>(label: string, cell: (record: T) => string, note?: string): ColumnOf<T> => ({
  ...left(label, cell, note),
  align: 'right',
});

/** @example decimals(0.5, 2) // '0.50' */
export const decimals = (value: number | null, digits: number): string => value?.toFixed(digits) ?? '–';

/** @example percent(0.8123) // '81.2 %' */
export const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1)} %`;

/** A number in groups of three digits. @example inGroups(79975) // '79,975' */
export const inGroups = (count: number): string => count.toLocaleString('en-US');

/** A duration as text. @example duration(3725) // '1 h 02 min' */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** A table with a row for each record. */
export function tableOf<T>(caption: string, records: readonly T[], columns: readonly ColumnOf<T>[]): Table {
  return {
    caption,
    columns: columns.map(({ cell: _, ...column }) => column),
    rows: records.map((record) => columns.map(({ cell }) => cell(record))),
  };
}

/** The table in aligned columns, for a terminal; ends with a line end. */
export function tableText({ caption, columns, rows }: Table): string {
  // One line per row, and no terminal control codes.
  const lines = [columns.map(({ label }) => label), ...rows].map((cells) => cells.map(oneLine));
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => [...cells[i]!].length)));
  const pad = (text: string, i: number) => {
    const space = ' '.repeat(widths[i]! - [...text].length);
    return columns[i]!.align === 'left' ? text + space : space + text;
  };
  return [caption, ...lines.map((cells) => `  ${cells.map(pad).join('  ')}`.trimEnd()), ''].join('\n');
}

/** The table in GitHub's Markdown, its caption as a line above; ends with a line end. */
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
