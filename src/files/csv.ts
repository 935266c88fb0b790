/** Comma-separated values (RFC 4180). */
import { LocatedError } from '../errors.ts';

/** The largest average length of a record's cells, in characters. */
const LONGEST_CELL = 1000;

/** A cell, quoted (1) or plain (2), and what ends it (3). */
const CELL = /[^\S\n]*(?:"([^"]*(?:""[^"]*)*)"[^\S\n]*(?=,|\n|$)|([^,\n]*))(,|\n|$)/y;

/** The cells of the record at the beginning of a text, and the record's length. */
function readCells(text: string): [cells: string[], length: number] {
  const cells: string[] = [];
  CELL.lastIndex = 0;
  for (;;) {
    const [, quoted, plain, end] = CELL.exec(text)!;
    cells.push(quoted?.replaceAll('""', '"') ?? plain!.trim());
    if (end !== ',') return [cells, CELL.lastIndex - end!.length];
  }
}

/**
 * The records of a text, each with the number of its first line, from 1. Blank lines and a byte-order mark are skipped. Lines
 * end in LF or CRLF. Plain cells are trimmed, quoted ones are not.
 * @param width expected number of cells
 * @throws LocatedError for a record that is much too long for `width` cells
 * @example [...csvRecords('a,b\n\n1,"x, y"', 'a.csv', 2)] // [[1, ['a', 'b']], [3, ['1', 'x, y']]]
 */
export function* csvRecords(
  text: string,
  file: string,
  width: number,
): Generator<[line: number, cells: string[]]> {
  const longest = LONGEST_CELL * (width + 1);
  let start = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    let end = newline === -1 ? text.length : newline;
    if (end - start > longest) {
      const got = `a line of ${end - start} characters`;
      throw new LocatedError(file, line, `expected ${width} cells, got ${got}`);
    }
    const content = text.slice(start, end);
    const first = line;
    let cells: string[];
    if (content.includes('"')) {
      const [quoted, length] = readCells(text.slice(start, start + longest));
      cells = quoted;
      for (let at = end; at !== -1 && at < start + length; at = text.indexOf('\n', at + 1)) line++;
      end = start + length;
    } else {
      cells = content.split(',');
      for (let i = 0; i < cells.length; i++) cells[i] = cells[i]!.trim();
    }
    if (cells.length > 1 || cells[0] !== '') yield [first, cells];
    start = end + 1;
  }
}
