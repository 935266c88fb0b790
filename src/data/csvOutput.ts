/** Tables as CSV, as Kaggle writes its submissions: every line ends in CRLF. Words of a list are separated by spaces. */
import type { OutputCell, OutputFormat, OutputRow } from './output.ts';
import { idCell, shortestFloat32 } from './submission.ts';

function textOf(cell: OutputCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return shortestFloat32(cell);
  return idCell(typeof cell === 'string' ? cell : cell.join(' '));
}

const line = (cells: OutputRow) => `${cells.map(textOf).join(',')}\r\n`;

export const csvOutput: OutputFormat = {
  ending: '.csv',
  hasMetadata: false,
  encoder(columns) {
    let header = line(columns.map(({ name }) => name));
    const encode = (rows: readonly OutputRow[]) => {
      const text = header + rows.map(line).join('');
      header = '';
      return new TextEncoder().encode(text);
    };
    return { rows: encode, end: () => encode([]) };
  },
};
