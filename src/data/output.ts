/** Tables that are written: their columns and cells. `outputs.ts` lists the formats. */

/**
 * The type of a column's cells. `float32`: numbers. `int64` and `float64`: the texts of numbers, which keep all digits. `text`:
 * texts. `words`: lists of words.
 */
export type OutputType = 'float32' | 'int64' | 'float64' | 'text' | 'words';

export interface OutputColumn {
  readonly name: string;
  readonly type: OutputType;
  /** True if no cell is unknown: Parquet stores such numbers in a form that is read faster. Default false. */
  readonly required?: boolean;
}

/** A cell of its column's type; null if it is not known. */
export type OutputCell = number | string | readonly string[] | null;

/** One cell for each column. */
export type OutputRow = readonly OutputCell[];

/** Further columns of a table, and their cells for each item that has a row. */
export interface MoreColumns<Item> {
  readonly columns: readonly OutputColumn[];
  cells(item: Item): OutputRow;
}

/** Encodes a table, piece by piece. The file is what both functions return, in the order of the calls. */
export interface TableEncoder {
  /** Encodes rows, thousands at a time. */
  rows(rows: readonly OutputRow[]): Uint8Array;
  /** Encodes the end of the file. */
  end(): Uint8Array;
}

/** A format in which tables are written. */
export interface OutputFormat {
  /** The ending of its files' names, in lower case: `.csv`. */
  readonly ending: string;
  /** True if its files have a place for texts that belong to the whole table. */
  readonly hasMetadata: boolean;
  /** @param metadata texts that belong to the whole table; left out if the format has no place for them */
  encoder(columns: readonly OutputColumn[], metadata: Readonly<Record<string, string>>): TableEncoder;
}
