/** Tables of any format, read by columns. */
import type { UserError } from '../../errors.ts';

/** The columns to read, by name. */
export interface WantedColumns {
  /** Columns whose cells are kept as text: IDs, paths. */
  readonly texts?: readonly string[];
  /** Columns of numbers. */
  readonly numbers?: readonly string[];
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

/**
 * A float as pandas writes it: whole ones as `7.0`; those beyond 2⁵³, whose digits are lost, in scientific notation. An ID that was a float
 * can be recognised by this.
 * @example [7, 0.25, 1.2e18].map(floatText) // ['7.0', '0.25', '1.2e+18']
 */
export function floatText(value: number): string {
  if (!Number.isInteger(value)) return String(value);
  return Number.isSafeInteger(value) ? `${value}.0` : value.toExponential();
}
