/** Tables of any format, read by columns. */
import { OptionError, type UserError } from '../../errors.ts';
import { parseDecimal } from '../../files/decimal.ts';

/** The columns to read, by name. */
export interface WantedColumns {
  /** Columns whose cells are kept as text: IDs, paths. */
  readonly texts?: readonly string[];
  /** Columns of numbers. */
  readonly numbers?: readonly string[];
  /** Values of unknown numbers besides the usual ones. */
  readonly missing?: MissingValues;
  /** The most rows to read, the first of the table. Default: all. */
  readonly most?: number;
}

/** Columns of a table that were read. */
export interface TableColumns {
  readonly rows: number;
  /** The cells of each column in `texts`; '' where missing. Integers of 64 bits keep all digits. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** The cells of each column in `numbers`; NaN where missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** The place of a row, counted from 0, in the file. @example place(0) // 'line 2' */
  place(row: number): string;
  /** An error about a row that names the file and the place. */
  fault(row: number, problem: string): UserError;
}

/** A table whose header was read. */
export interface Table {
  /** For messages. */
  readonly file: string;
  /** `CSV`, `Parquet`, … */
  readonly format: string;
  /** In the order of the file. */
  readonly columns: readonly TableColumn[];
  /**
   * Reads some columns.
   * @throws UserError that names the place of the first fault
   */
  read(wanted: WantedColumns): Promise<TableColumns>;
}

export interface TableColumn {
  readonly name: string;
  /** The type that the file declares, in its own words; undefined if it declares none. */
  readonly type?: string;
}

/** A format of tables. */
export interface TableFormat {
  readonly name: string;
  /** @param head the first bytes of the file, at least 16 unless the file is shorter */
  matches(head: Uint8Array): boolean;
  /** Reads the header. @throws UserError if it is broken */
  open(bytes: Uint8Array, file: string): Promise<Table>;
}

/** Cells that mean "not known": those of pandas, without `None`, which may be an answer. */
const MISSING = new Set([
  '',
  'NaN',
  'nan',
  '-NaN',
  '-nan',
  'NA',
  '<NA>',
  '#NA',
  'N/A',
  '#N/A',
  'n/a',
  'null',
  'NULL',
]);

/** True for the cells of a text table that mean "not known": empty, `NaN`, `NA`, `null` and others. */
export const isMissing = (cell: string): boolean => MISSING.has(cell);

/** The letters and digits of a column's name, in lower case. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/**
 * The column whose name differs from another in case or punctuation alone; undefined if there is none.
 * @example lookalike('Class1.1', ['GALAXYID', 'CLASS1_1']) // 'CLASS1_1'
 */
export const lookalike = (name: string, present: readonly string[]): string | undefined =>
  present.find((each) => plainName(each) === plainName(name));

/** The user's values for unknown cells, such as `-99`. Counts the cells that have them. */
export class MissingValues {
  /** Number of cells, by value. */
  readonly counts: Map<string, number>;

  constructor(private readonly values: readonly string[] = []) {
    this.counts = new Map(values.map((value) => [value, 0]));
  }

  /** True for a cell with one of the values. Numbers are compared: `-99` is also `-99.0`, and `-9.9` the nearest float of 32 bits. */
  has(cell: string | number): boolean {
    return this.find(cell) !== undefined;
  }

  /** Like `has`; also counts the cell. */
  count(cell: string | number): boolean {
    const value = this.find(cell);
    if (value !== undefined) this.counts.set(value, this.counts.get(value)! + 1);
    return value !== undefined;
  }

  private find(cell: string | number): string | undefined {
    if (this.values.length === 0) return undefined;
    const number = typeof cell === 'number' ? cell : parseDecimal(cell);
    return this.values.find((value) => {
      const wanted = parseDecimal(value);
      return value === cell || wanted === number || Math.fround(wanted) === number;
    });
  }
}

/** Values that often mean "not known" in catalogues. */
const LIKELY_MISSING =
  /^(?:-1|-9+(?:\.9+)?|99+(?:\.9+)?|[-–—.?*_]+|none|unknown|missing|masked|undefined|nil|n\.a\.)$/i;

/**
 * The error about the first of some wrong cells. If values often mean "not known", it is an OptionError that says how to say so.
 * @param wrong the values of all wrong cells
 */
export function faultOfCells(fault: UserError, wrong: Iterable<string | number>): UserError {
  const texts = Array.from(new Set(wrong), (value) =>
    typeof value === 'number' ? String(Number(value.toPrecision(7))) : value,
  );
  const likely = texts.filter((text) => LIKELY_MISSING.test(text));
  if (likely.length === 0) return fault;
  const means = likely.length === 1 ? 'means unknown, name it' : 'mean unknown, name them';
  const problem = `${fault.message}; if ${likely.join(' and ')} ${means}`;
  return new OptionError('missing', problem, undefined, { code: 'data', cause: fault });
}

/**
 * A float as pandas writes it: whole ones as `7.0`; those beyond 2⁵³, whose digits are lost, in scientific notation. An ID that was a float
 * can be recognised by this.
 * @example [7, 0.25, 1.2e18].map(floatText) // ['7.0', '0.25', '1.2e+18']
 */
export function floatText(value: number): string {
  if (!Number.isInteger(value)) return String(value);
  return Number.isSafeInteger(value) ? `${value}.0` : value.toExponential();
}
