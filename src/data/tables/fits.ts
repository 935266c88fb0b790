/** Binary tables of FITS files: the first one in the file. Integers of 64 bits keep all digits. */
import { inWords, UserError } from '../../errors.ts';
import { type Fits, isFits, readFits } from '../../files/fits/fits.ts';
import { type FitsColumn, type FitsTable, readFitsTable } from '../../files/fits/table.ts';
import { floatText, type Table, type TableColumns, type TableFormat, type WantedColumns } from './table.ts';

/** TFORMn of floats. */
const FLOAT = /^\d*[ED]$/i;

/** Cells as texts; '' where missing. */
function textsOf(column: FitsColumn): string[] {
  const isFloat = FLOAT.test(column.format.trim());
  return Array.from(column.read() as ArrayLike<unknown>, (cell) => {
    if (cell === null || Number.isNaN(cell)) return '';
    return isFloat ? floatText(cell as number) : String(cell);
  });
}

/** Cells as numbers; NaN where missing. */
const numbersOf = (column: FitsColumn): Float64Array =>
  Float64Array.from(column.read() as ArrayLike<unknown>, (cell) =>
    cell === null ? Number.NaN : Number(cell),
  );

function read(
  file: string,
  { columns, rows }: FitsTable,
  { texts = [], numbers = [], most = rows }: WantedColumns,
): TableColumns {
  /** A column with one value in each cell. */
  const single = (name: string, isNumber: boolean): FitsColumn => {
    const found = columns.filter((column) => column.name === name);
    if (found.length > 1) throw new UserError(`${file}: repeated column ${name}`);
    const { type, shape, format } = found[0]!;
    const problem = (expected: string, got: string) =>
      new UserError(`${file}: column ${name}: expected ${expected}, got ${got}`);
    if (shape.length > 0 || type === 'list') throw problem('one value in each row', inWords(format));
    if (isNumber && type === 'text') throw problem('numbers', 'text');
    return found[0]!;
  };
  const place = (row: number) => `row ${row + 1}`;
  return {
    rows: Math.min(rows, most),
    texts: new Map(texts.map((name) => [name, textsOf(single(name, false)).slice(0, most)])),
    numbers: new Map(numbers.map((name) => [name, numbersOf(single(name, true)).subarray(0, most)])),
    place,
    fault: (row, problem) => new UserError(`${file} ${place(row)}: ${problem}`),
  };
}

/**
 * A table of a FITS file.
 * @param hdu as for `readFitsTable`
 * @throws UserError if there is no such table, or it is broken
 */
export function fitsTable(source: Fits, hdu?: number | string): Table {
  const { file } = source;
  const table = readFitsTable(source, hdu);
  return {
    file,
    format: 'FITS',
    columns: table.columns.map(({ name, format }) => ({ name, type: format.trim() })),
    read: async (wanted) => read(file, table, wanted),
  };
}

export const fits: TableFormat = {
  name: 'FITS',
  matches: isFits,
  open: async (bytes, file) => fitsTable(await readFits(bytes, { file })),
};
