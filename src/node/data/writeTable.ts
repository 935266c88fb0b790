/** Writes tables; the ending of the file's name determines the format. */
import type { FileHandle } from 'node:fs/promises';
import type { OutputColumn, OutputRow, TableEncoder } from '../../data/output.ts';
import { outputFormat } from '../../data/outputs.ts';
import { writeAtomically } from '../files/atomic.ts';

/** The rows and cells of a piece, at most. A piece is in memory at once; in Parquet, it is a row group. */
const MOST_ROWS = 10_000;
const MOST_CELLS = 4_000_000;

/** A table that is being written. */
export class TableFile {
  private waiting: OutputRow[] = [];
  /** Rows of a piece. */
  private readonly piece: number;

  constructor(
    private readonly file: FileHandle,
    private readonly encoder: TableEncoder,
    columns: number,
  ) {
    this.piece = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / columns)));
  }

  async add(row: OutputRow): Promise<void> {
    this.waiting.push(row);
    if (this.waiting.length === this.piece) await this.flush();
  }

  /** Writes the waiting rows and the end of the file. */
  async end(): Promise<void> {
    if (this.waiting.length > 0) await this.flush();
    await this.file.writeFile(this.encoder.end());
  }

  private async flush(): Promise<void> {
    await this.file.writeFile(this.encoder.rows(this.waiting));
    this.waiting = [];
  }
}

/**
 * Writes a table row by row: CSV, Parquet or JSON Lines. The file appears only when it is complete.
 * @param path ends in `.csv`, `.parquet` or `.jsonl`
 * @param fill adds the rows
 * @param metadata of the whole table, which only Parquet stores
 * @returns the result of `fill`
 * @throws OptionError for another ending; UserError if nothing can be written there
 * @example
 * const columns = [{ name: 'id', type: 'text' }, { name: 'smooth', type: 'float32' }] as const;
 * await writeTable('a.parquet', columns, (table) => table.add(['587722981736120347', 0.25]));
 */
export async function writeTable<Result>(
  path: string,
  columns: readonly OutputColumn[],
  fill: (table: TableFile) => Promise<Result>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const encoder = outputFormat(path).encoder(columns, metadata);
  let result: Result | undefined;
  await writeAtomically(path, async (file) => {
    const table = new TableFile(file, encoder, columns.length);
    result = await fill(table);
    await table.end();
  });
  return result as Result;
}
