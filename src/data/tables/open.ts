/** Opens tables of all formats. */
import { type Gunzip, gunzipStream, isGzip, unpacking } from '../../files/gunzip.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import { csv, ecsv } from './csv.ts';
import { fits } from './fits.ts';
import { parquet } from './parquet.ts';
import type { Table, TableFormat } from './table.ts';

/** The formats; the first that matches reads the file. */
const FORMATS: readonly TableFormat[] = [parquet, fits, ecsv, csv];

/**
 * Opens a table; its first bytes determine the format. It may be gzipped.
 * @param file for messages
 * @param gunzip default: with the platform's DecompressionStream
 * @throws UserError if its header is broken, or it cannot be unpacked; OutOfMemory
 * @example
 * const table = await openTable(new TextEncoder().encode('id;smooth\n7;0.5\n'), 'votes.csv');
 * const { texts, numbers } = await table.read({ texts: ['id'], numbers: ['smooth'] });
 */
export async function openTable(
  bytes: Uint8Array,
  file: string,
  gunzip: Gunzip = gunzipStream,
): Promise<Table> {
  const content = isGzip(bytes) ? await unpacking(file, () => gunzip(bytes, LONGEST_TEXT)) : bytes;
  const format = FORMATS.find(({ matches }) => matches(content.subarray(0, 64)))!;
  return await format.open(content, file);
}
