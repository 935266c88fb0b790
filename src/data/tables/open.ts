/** Opens tables of all formats. */
import { csv, ecsv } from './csv.ts';
import { parquet } from './parquet.ts';
import type { Table, TableFormat } from './table.ts';

/** The formats; the first that matches reads the file. */
const FORMATS: readonly TableFormat[] = [parquet, ecsv, csv];

/**
 * Opens a table of any format, which its first bytes tell.
 * @param file for messages
 * @throws UserError if its header is broken
 * @example
 * const table = await openTable(new TextEncoder().encode('id;smooth\n7;0.5\n'), 'votes.csv');
 * const { texts, numbers } = await table.read({ texts: ['id'], numbers: ['smooth'] });
 */
export async function openTable(bytes: Uint8Array, file: string): Promise<Table> {
  const format = FORMATS.find(({ matches }) => matches(bytes.subarray(0, 64)))!;
  return await format.open(bytes, file);
}
