/**
 * Tables as text: CSV with commas, semicolons or tabs, and ECSV (Astropy's APE 6), whose cells may be separated by spaces.
 *
 * Lines that begin with `#` are comments. Lines end in LF or CRLF. An unnamed first column (the index of pandas) and an empty last
 * column (a comma at the end of each line) are left out.
 */
import Papa from 'papaparse';
import { andMore, enumerate, LocatedError, shorten, UserError } from '../../errors.ts';
import { parseDecimal } from '../../files/decimal.ts';
import { checkSize, LONGEST_TEXT } from '../../files/read.ts';
import { isPictureName } from '../../files/reference.ts';
import { refuseForeign } from './foreign.ts';
import {
  faultOfCells,
  isMissing,
  type Table,
  type TableColumn,
  type TableColumns,
  type TableFormat,
  type WantedColumns,
} from './table.ts';

/** Records are read from pieces of this length, in characters. */
const CHUNK = 10_000_000;

/** The comments before the header, and where the header begins. */
interface Beginning {
  comments: string[];
  /** The header's line, from 1, and its offset in the text. */
  line: number;
  offset: number;
}

/** @throws UserError if there are only comments and blank lines */
function findHeader(text: string, file: string): Beginning {
  const comments: string[] = [];
  let offset = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; offset < text.length; line++) {
    const newline = text.indexOf('\n', offset);
    const end = newline === -1 ? text.length : newline;
    if (text[offset] === '#') comments.push(text.slice(offset, end));
    else if (/\S/.test(text.slice(offset, Math.min(end, offset + 1000)))) return { comments, line, offset };
    offset = end + 1;
  }
  throw new UserError(`${file}: is empty`);
}

/**
 * Calls a function with each record from the header on, and the number of the record's first line, from 1. Blank lines and lines
 * that begin with `#` are left out.
 * @param visit returns false to stop
 * @throws LocatedError for wrong quotes; what the function throws
 */
function forEachRecord(
  { text, file, delimiter, beginning }: TextTable,
  visit: (cells: string[], line: number) => boolean,
): void {
  let next = beginning.line;
  Papa.parse<string[]>(text.slice(beginning.offset), {
    delimiter,
    newline: '\n', // the CR of a CRLF is trimmed with the last cell
    chunkSize: CHUNK,
    step({ data: cells, errors }, parser) {
      const line = next;
      const last = cells.length - 1;
      const isLong = cells.some((cell) => cell.includes('\n'));
      next += 1 + (isLong ? cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0) : 0);
      if (cells[last]!.endsWith('\r')) cells[last] = cells[last]!.slice(0, -1);
      if (cells[0]!.startsWith('#') || (last === 0 && cells[0]!.trim() === '')) return;
      if (errors.length > 0) {
        const isOpen = errors.every(({ code }) => code === 'MissingQuotes');
        const problem = isOpen
          ? 'expected a closing quote, got the end of the file'
          : 'expected a comma or the end of the line after a closing quote';
        throw new LocatedError(file, line, problem);
      }
      if (!visit(cells, line)) parser.abort();
    },
  });
}

/** A text and the way in which its cells are separated. */
interface TextTable {
  text: string;
  file: string;
  format: string;
  delimiter: string;
  beginning: Beginning;
  /** Declared types, by column. */
  types: ReadonlyMap<string, string>;
}

/** The delimiter that occurs most often in a header, outside quotes; a comma if none does. */
function delimiterOf(header: string): string {
  const plain = header.replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t'].map((delimiter) => [delimiter, plain.split(delimiter).length] as const);
  return counts.reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

/** A cell that is no number, in words. */
const gotNoNumber = (cell: string) =>
  /^[+-]?\d+,\d+$/.test(cell)
    ? `expected a decimal point, got the decimal comma of '${shorten(cell)}'`
    : `expected a number, got '${shorten(cell)}'`;

/** True if a comma of a record may be a decimal one: it stands between two integers. */
const hasDecimalCommas = (record: readonly string[]) =>
  record.some((cell, i) => /^[+-]?\d+$/.test(cell) && /^\d+$/.test(record[i + 1] ?? ''));

/** Reads the header of a table of separated cells. */
function openText(source: TextTable): Table {
  const { text, file, format, types } = source;
  const { line } = source.beginning;
  let cells: string[] = [];
  forEachRecord(source, (record) => {
    cells = record.map((cell) => cell.trim());
    return false;
  });
  if (cells.some((cell) => cell.includes('\r'))) {
    throw new LocatedError(file, line, 'expected lines that end in LF or CRLF, got CR alone');
  }
  const isIndex = (i: number) => i === 0 && cells[i] === '' && cells.length > 1;
  const isTrailing = (i: number) => i > 0 && i === cells.length - 1 && cells[i] === '';
  const named = cells.flatMap((name, i) => (isIndex(i) || isTrailing(i) ? [] : [{ name, place: i }]));
  const nameless = named.find(({ name }) => name === '');
  if (nameless) throw new LocatedError(file, line, `expected a name for column ${nameless.place + 1}`);
  const names = named.map(({ name }) => name);
  const repeated = names.filter((name, i) => names.indexOf(name) < i);
  if (repeated.length > 0) throw new LocatedError(file, line, `repeated column ${enumerate(repeated)}`);
  const columns = names.map((name): TableColumn => ({ name, type: types.get(name) }));
  const placeOf = new Map(named.map(({ name, place }) => [name, place]));

  const width = cells.length;
  const isPadded = !text.includes('"'); // where cells are quoted, spaces in them count

  const read = ({ texts = [], numbers = [], missing, most }: WantedColumns): TableColumns => {
    const lines: number[] = [];
    const textCells = texts.map((name) => ({ name, place: placeOf.get(name)!, cells: [] as string[] }));
    const numberCells = numbers.map((name) => ({ name, place: placeOf.get(name)!, cells: [] as number[] }));
    /** The cells that are no numbers, and the place of the first. */
    const wrong: string[] = [];
    let first: { name: string; at: number } | undefined;
    forEachRecord(source, (record, at) => {
      if (at === line) return true;
      const extra = record.length === width + 1 && record.at(-1)!.trim() === '';
      if (record.length !== width && !extra && !(record.length === width - 1 && isTrailing(width - 1))) {
        if (first) return false;
        const hasCommas = source.delimiter === ',' && record.length > width && hasDecimalCommas(record);
        const advice = hasCommas ? '; if its numbers have decimal commas, write decimal points' : '';
        throw new LocatedError(file, at, `expected ${width} cells, got ${record.length}${advice}`);
      }
      lines.push(at);
      for (const column of textCells) {
        const cell = record[column.place]!;
        column.cells.push(isPadded ? cell.trim() : cell);
      }
      for (const { name, place, cells } of numberCells) {
        const cell = record[place]!.trim();
        const isUnknown = isMissing(cell) || missing?.count(cell);
        const value = isUnknown ? Number.NaN : parseDecimal(cell);
        cells.push(value);
        if (isUnknown || !Number.isNaN(value)) continue;
        first ??= { name, at };
        wrong.push(cell);
      }
      return lines.length !== most;
    });
    if (first) {
      const more = andMore(wrong.length - 1, 'cell is no number', 'cells are no numbers');
      const problem = `${first.name}: ${gotNoNumber(wrong[0]!)}${more}`;
      throw faultOfCells(new LocatedError(file, first.at, problem), wrong);
    }
    return {
      rows: lines.length,
      texts: new Map(textCells.map(({ name, cells }) => [name, cells])),
      numbers: new Map(numberCells.map(({ name, cells }) => [name, Float64Array.from(cells)])),
      place: (row) => `line ${lines[row]}`,
      fault: (row, problem) => new LocatedError(file, lines[row]!, problem),
    };
  };
  return { file, format, columns, read: async (wanted) => read(wanted) };
}

/** @throws UserError if the text is longer than a string may be */
function decodeText(bytes: Uint8Array, file: string): string {
  checkSize(file, bytes.length, LONGEST_TEXT);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes); // a BOM is left out with the header
}

const ECSV = /^# %ECSV /;

/** `# - {name: ra, datatype: float64}` */
const ECSV_COLUMN = /^# *- *\{name: *("(?:[^"]|"")*"|'[^']*'|[^,}]*), *.*?datatype: *([a-z0-9]+)/;

export const ecsv: TableFormat = {
  name: 'ECSV',
  matches: (head) => ECSV.test(new TextDecoder().decode(head)),
  async open(bytes, file) {
    const text = decodeText(bytes, file);
    const beginning = findHeader(text, file);
    const { comments } = beginning;
    const declared = comments.map((comment) => /^# *delimiter: *['"]?(,| )/.exec(comment)?.[1]).find(Boolean);
    const types = comments.flatMap((comment) => {
      const [, name, type] = ECSV_COLUMN.exec(comment) ?? [];
      return name === undefined ? [] : [[name.replace(/^["']|["']$/g, ''), type!] as const];
    });
    return openText({
      text,
      file,
      format: 'ECSV',
      delimiter: declared ?? ' ',
      beginning,
      types: new Map(types),
    });
  },
};

/** Any other text. */
export const csv: TableFormat = {
  name: 'CSV',
  matches: () => true,
  async open(bytes, file) {
    const text = decodeText(bytes, file);
    refuseForeign(bytes, file);
    const beginning = findHeader(text, file);
    const header = text.slice(beginning.offset).split('\n', 1)[0]!.trim();
    const delimiter = delimiterOf(header);
    const cells = header.split(delimiter).map((cell) => cell.trim());
    const refuse = (problem: string) => new LocatedError(file, beginning.line, problem);
    if (cells.some(isPictureName)) {
      const got = `expected the names of columns, got '${shorten(cells.find(isPictureName)!)}'`;
      throw refuse(`${got}; a list of paths alone, without a header, is a .txt file`);
    }
    if (cells.filter((cell) => cell !== '').length === 1 && /\S\s+\S/.test(header) && !header.startsWith('"'))
      throw refuse(
        `expected cells separated by commas, semicolons or tabs, got the text '${shorten(header)}'`,
      );
    return openText({ text, file, format: 'CSV', delimiter, beginning, types: new Map() });
  },
};
