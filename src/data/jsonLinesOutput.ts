/** Tables as JSON Lines: one object for each row. Numbers keep all digits; integers beyond ±2⁵³ are written as strings. */
import type { OutputCell, OutputColumn, OutputFormat, OutputRow } from './output.ts';
import { shortestFloat32 } from './submission.ts';

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function jsonOf(cell: OutputCell, { type }: OutputColumn): string {
  if (typeof cell === 'number') return shortestFloat32(cell);
  const isNumber = typeof cell === 'string' && JSON_NUMBER.test(cell);
  if (isNumber && type === 'float64') return cell;
  if (isNumber && type === 'int64' && Number.isSafeInteger(Number(cell))) return cell;
  return JSON.stringify(cell);
}

export const jsonLinesOutput: OutputFormat = {
  ending: '.jsonl',
  hasMetadata: false,
  encoder(columns) {
    const keys = columns.map(({ name }) => JSON.stringify(name));
    const line = (row: OutputRow) =>
      `{${row.map((cell, i) => `${keys[i]}:${jsonOf(cell, columns[i]!)}`).join(',')}}\n`;
    const encode = (rows: readonly OutputRow[]) => new TextEncoder().encode(rows.map(line).join(''));
    return { rows: encode, end: () => encode([]) };
  },
};
