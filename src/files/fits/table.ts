/** Binary tables of FITS files (FITS standard 4.0, section 7.3). */
import { inWords, UserError } from '../../errors.ts';
import { type Fits, type FitsHdu, findHdu, hduLabel, product } from './fits.ts';
import { countIn, type FitsHeader, nullIn, numberIn, textIn } from './header.ts';
import { type Bitpix, fromBigEndian } from './numbers.ts';

interface ColumnBase {
  /** TTYPEn; `colN` if there is none. */
  readonly name: string;
  /** TUNITn, such as `deg`. */
  readonly unit?: string;
  /** TFORMn, such as `1K`. */
  readonly format: string;
  /** The axes of a cell, the slowest first; none if it has one value. Complex numbers have a last axis of 2. */
  readonly shape: readonly number[];
}

/** Values of a column. A missing number is NaN, another missing value null. */
export type FitsValues =
  | Uint8Array
  | Float32Array
  | Float64Array
  | readonly (bigint | null)[]
  | readonly (boolean | null)[]
  | readonly string[];

/**
 * A column. `read` decodes its values, `[rows, ...shape]`: numbers as physical values (TZERO + TSCAL × stored); 64-bit
 * integers exact; texts up to a NUL and without trailing spaces. A `list` has arrays of any length, one for each row.
 */
export type FitsColumn = ColumnBase &
  (
    | { readonly type: 'number'; read(): Uint8Array | Float32Array | Float64Array }
    | { readonly type: 'integer64'; read(): (bigint | null)[] }
    | { readonly type: 'logical'; read(): (boolean | null)[] }
    | { readonly type: 'text'; read(): string[] }
    | { readonly type: 'list'; read(): FitsValues[] }
  );

/** A column in its table. */
export interface Field {
  readonly column: FitsColumn;
  /** The stored bytes of a list. @throws UserError if the column has no lists, or the bytes lie outside the heap */
  list(row: number): Uint8Array;
}

export interface FitsTable {
  readonly hdu: FitsHdu;
  readonly rows: number;
  readonly columns: readonly FitsColumn[];
}

/** Types of values by their code in TFORMn (section 7.3.1, table 18): bytes of one value; BITPIX of numbers. */
const CODES: Readonly<Record<string, { bytes: number; bitpix?: Bitpix }>> = {
  L: { bytes: 1 },
  X: { bytes: 1 / 8 },
  A: { bytes: 1 },
  B: { bytes: 1, bitpix: 8 },
  I: { bytes: 2, bitpix: 16 },
  J: { bytes: 4, bitpix: 32 },
  K: { bytes: 8, bitpix: 64 },
  E: { bytes: 4, bitpix: -32 },
  D: { bytes: 8, bitpix: -64 },
  C: { bytes: 8, bitpix: -32 },
  M: { bytes: 16, bitpix: -64 },
};

/** Repeat count, code, the code of a list's values, and the width of texts in a cell (`60A12`). */
const FORMAT = /^(\d*)([LXABIJKEDCMPQ])([LXABIJKEDCM]?)(.*)$/;

/** TSCALn, TZEROn and TNULLn (section 7.3.2). */
interface Scaling {
  scale: number;
  /** TZEROn, exactly: 2⁶³ makes 64-bit integers unsigned. */
  zero: number | bigint;
  /** Only integers have one. */
  missing: number | bigint | undefined;
}

function scalingOf(header: FitsHeader, n: number, bitpix: Bitpix, where: string): Scaling {
  const zero = header.get(`TZERO${n}`);
  return {
    scale: numberIn(header, `TSCAL${n}`, where, 1),
    zero: typeof zero === 'bigint' ? zero : numberIn(header, `TZERO${n}`, where, 0),
    missing: bitpix > 0 ? nullIn(header, `TNULL${n}`, where) : undefined,
  };
}

/** Physical values of numbers; NaN for TNULLn. Float32 stays float32 if it is not scaled. */
function numbers(
  bytes: Uint8Array,
  bitpix: Bitpix,
  { scale, zero, missing }: Scaling,
): Float32Array | Float64Array {
  const stored = fromBigEndian(bytes, bitpix);
  const offset = Number(zero);
  if (stored instanceof Float32Array || stored instanceof Float64Array) {
    if (scale === 1 && offset === 0) return stored;
    return Float64Array.from(stored, (value) => offset + scale * value);
  }
  const values = new Float64Array(stored.length);
  const none = stored instanceof BigInt64Array && missing !== undefined ? BigInt(missing) : missing;
  for (let i = 0; i < stored.length; i++) {
    const value = stored[i]!;
    values[i] = value === none ? Number.NaN : offset + scale * Number(value);
  }
  return values;
}

function integers(bytes: Uint8Array, { zero, missing }: Scaling): (bigint | null)[] {
  const [offset, none] = [BigInt(zero), missing === undefined ? undefined : BigInt(missing)];
  const stored = fromBigEndian(bytes, 64) as BigInt64Array;
  return Array.from(stored, (value) => (value === none ? null : value + offset));
}

const logicals = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => (byte === 0x54 ? true : byte === 0x46 ? false : null)); // T, F

/** `rows` × `bits` values of 0 or 1. The first bit is the highest one of the first byte. */
function bitsOf(bytes: Uint8Array, rows: number, bits: number): Uint8Array {
  const width = Math.ceil(bits / 8);
  const values = new Uint8Array(rows * bits);
  for (let row = 0, i = 0; row < rows; row++) {
    for (let bit = 0; bit < bits; bit++, i++)
      values[i] = (bytes[row * width + (bit >> 3)]! >> (7 - (bit & 7))) & 1;
  }
  return values;
}

/** Texts of `width` bytes. */
function texts(bytes: Uint8Array, count: number, width: number): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: count }, (_, i) => {
    const text = bytes.subarray(i * width, (i + 1) * width);
    const nul = text.indexOf(0);
    return decoder.decode(nul === -1 ? text : text.subarray(0, nul)).trimEnd();
  });
}

/** The axes of TDIMn (section 7.3.2), the slowest first, if they hold `count` values. */
function dimensions(header: FitsHeader, n: number, count: number): number[] | undefined {
  const [, list] = /^ *\(([\d, ]+)\)/.exec(String(header.get(`TDIM${n}`) ?? '')) ?? [];
  const sides = list?.split(',').map(Number).toReversed();
  return sides !== undefined && product(sides) === count ? sides : undefined;
}

/** The axes of a cell of `count` values. */
const cellShape = (header: FitsHeader, n: number, count: number): number[] =>
  dimensions(header, n, count) ?? (count === 1 ? [] : [count]);

type Decoder = Pick<FitsColumn, 'type' | 'shape'> & {
  /** Values of whole cells. */
  decode(bytes: Uint8Array, rows: number): FitsValues;
};

/** The decoder of cells that have `count` values of a code. */
function decoderOf(
  header: FitsHeader,
  n: number,
  code: string,
  count: number,
  suffix: string,
  where: string,
): Decoder {
  if (code === 'A') {
    const sides = dimensions(header, n, count);
    const asked = sides?.at(-1) ?? (Number(/^\d{1,9}/.exec(suffix)?.[0] ?? 0) || count);
    const width = asked > 0 && asked <= count && count % asked === 0 ? asked : count;
    const each = width === 0 ? 1 : count / width;
    const shape = sides?.slice(0, -1) ?? (each === 1 ? [] : [each]);
    return { type: 'text', shape, decode: (bytes, rows) => texts(bytes, rows * each, width) };
  }
  const shape = cellShape(header, n, count);
  if (code === 'L') return { type: 'logical', shape, decode: logicals };
  if (code === 'X') return { type: 'number', shape, decode: (bytes, rows) => bitsOf(bytes, rows, count) };
  const bitpix = CODES[code]!.bitpix!;
  const scaling = scalingOf(header, n, bitpix, where);
  const { scale, zero } = scaling;
  const isExact = scale === 1 && (typeof zero === 'bigint' || Number.isInteger(zero));
  if (code === 'K' && isExact) {
    return { type: 'integer64', shape, decode: (bytes) => integers(bytes, scaling) };
  }
  const isComplex = code === 'C' || code === 'M';
  return {
    type: 'number',
    shape: isComplex ? [...shape, 2] : shape,
    decode: (bytes) => numbers(bytes, bitpix, scaling),
  };
}

/** Rows of a table: NAXIS2. */
export const rowsOf = ({ header }: FitsHdu): number => Number(header.get('NAXIS2'));

/**
 * The columns of a binary table, which may contain a compressed image.
 * @throws UserError that names file, HDU and column
 */
export function fieldsOf({ file, bytes }: Fits, hdu: FitsHdu): Field[] {
  const { header, start, end } = hdu;
  const where = hduLabel(file, hdu);
  const [width, rows] = [countIn(header, 'NAXIS1', where), rowsOf(hdu)];
  if (width === 0 && rows > 0) throw new UserError(`${where}: ${rows} rows of 0 bytes`);
  const heapStart = start + countIn(header, 'THEAP', where, width * rows);
  if (heapStart < start + width * rows || heapStart > end) {
    throw new UserError(
      `${where}: THEAP: expected ${width * rows} to ${end - start}, got ${heapStart - start}`,
    );
  }
  const heap = bytes.subarray(heapStart, end);
  const count = countIn(header, 'TFIELDS', where);
  if (count > 999) throw new UserError(`${where}: TFIELDS: expected at most 999, got ${count}`);

  const fields: Field[] = [];
  let offset = 0;
  for (let n = 1; n <= count; n++) {
    const format = textIn(header, `TFORM${n}`, where) ?? '';
    const name = (textIn(header, `TTYPE${n}`, where) ?? '').trim() || `col${n}`;
    const unit = textIn(header, `TUNIT${n}`, where);
    const label = `${where}: column ${inWords(name)}`;
    const [, repeatText, code = '', item = '', suffix = ''] = FORMAT.exec(format.trim().toUpperCase()) ?? [];
    const isList = code === 'P' || code === 'Q';
    if (code === '' || isList !== (item !== '')) {
      throw new UserError(
        `${label}: TFORM${n}: expected a format such as 1J, 20A or 1PE, got ${inWords(format)}`,
      );
    }
    const repeat = repeatText === '' ? 1 : Number(repeatText);
    const itemBytes = isList ? (code === 'P' ? 8 : 16) : CODES[code]!.bytes;
    const cell = Math.ceil(repeat * itemBytes);
    const at = offset;
    offset += cell;
    if (offset > width) {
      throw new UserError(`${label}: ends at byte ${offset} of a row of NAXIS1 ${width} bytes`);
    }
    const base = { name, format, ...(unit === undefined ? {} : { unit }) };

    /** The column's bytes, row after row. */
    const gather = () => {
      const cells = new Uint8Array(rows * cell);
      for (let row = 0; row < rows; row++) {
        const from = start + row * width + at;
        cells.set(bytes.subarray(from, from + cell), row * cell);
      }
      return cells;
    };
    if (!isList) {
      const { decode, ...kind } = decoderOf(header, n, code, repeat, suffix, label);
      const column = { ...base, ...kind, read: () => decode(gather(), rows) } as FitsColumn;
      const list = () => {
        throw new UserError(`${label}: expected lists (TFORM 1P or 1Q), got ${inWords(format)}`);
      };
      fields.push({ column, list });
      continue;
    }

    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    /** Number of values and their offset in the heap (section 7.3.5). A repeat count of 0 has none. */
    const descriptor = (row: number): [number, number] => {
      const from = start + row * width + at;
      if (repeat === 0) return [0, 0];
      if (code === 'P') return [view.getUint32(from), view.getUint32(from + 4)];
      return [Number(view.getBigUint64(from)), Number(view.getBigUint64(from + 8))];
    };
    const list = (row: number) => {
      const [length, from] = descriptor(row);
      const bytesOf = Math.ceil(length * CODES[item]!.bytes);
      if (length > 0 && from + bytesOf > heap.length) {
        throw new UserError(
          `${label}: row ${row}: bytes ${from} to ${from + bytesOf} lie outside the heap of ${heap.length} bytes`,
        );
      }
      return heap.subarray(from, from + bytesOf);
    };
    const read = () => {
      let used = 0;
      return Array.from({ length: rows }, (_, row): FitsValues => {
        const cells = list(row);
        used += cells.length;
        if (used > heap.length)
          throw new UserError(`${label}: its lists overlap in the heap of ${heap.length} bytes`);
        const [length] = descriptor(row);
        return decoderOf(header, n, item, length, '', label).decode(cells, 1);
      });
    };
    fields.push({ column: { ...base, type: 'list', shape: [], read }, list });
  }
  return fields;
}

/**
 * Reads the structure of a binary table. Columns are decoded one by one, by their `read`.
 * @param hdu its index, EXTNAME or `EXTNAME,EXTVER`; default: the first binary table
 * @throws UserError that names file and HDU, if there is no such table, or it contradicts itself
 * @example
 * const { columns } = readFitsTable(await readFits(bytes, { file: 'gz2.fits' }));
 * columns.find(({ name }) => name === 'dr7objid')?.read(); // [587722981736120347n, …]
 */
export function readFitsTable(fits: Fits, hdu?: number | string): FitsTable {
  const found = findHdu(fits, 'table', hdu);
  if (found.header.get('ZTABLE') === true) {
    throw new UserError(
      `${hduLabel(fits.file, found)}: a compressed table (ZTABLE); uncompress it first: funpack`,
    );
  }
  return { hdu: found, rows: rowsOf(found), columns: fieldsOf(fits, found).map(({ column }) => column) };
}
