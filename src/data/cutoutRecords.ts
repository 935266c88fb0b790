/** The table of the cutouts in a folder, `cutouts.csv`: a row for each picture. */
import { UserError } from '../errors.ts';
import type { Position } from './positions.ts';
import { idCell } from './submission.ts';
import type { Table } from './tables/table.ts';

/** The name of the table. */
export const RECORD_FILE = 'cutouts.csv';

/** A picture that was downloaded. */
export interface CutoutRecord extends Position {
  /** Its name in the folder. */
  readonly file: string;
  readonly url: string;
  /** When it was downloaded, ISO 8601, UTC. */
  readonly time: string;
  /** The SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

const COLUMNS = ['id', 'ra', 'dec', 'file', 'url', 'time', 'sha256'] as const;

export const RECORD_HEADER = `${COLUMNS.join(',')}\n`;

/** A line of the table. */
export const recordLine = (record: CutoutRecord): string =>
  `${COLUMNS.map((name) => idCell(String(record[name]))).join(',')}\n`;

/**
 * Reads the table. Of several rows with the same ID, the last one counts.
 * @throws UserError if it was not written by {@link recordLine}
 */
export async function readRecords(table: Table): Promise<Map<string, CutoutRecord>> {
  const names = table.columns.map(({ name }) => name);
  if (names.join() !== COLUMNS.join()) {
    throw new UserError(`${table.file}: expected the columns ${COLUMNS.join(', ')}, got ${names.join(', ')}`);
  }
  const { rows, texts } = await table.read({ texts: COLUMNS });
  const records = new Map<string, CutoutRecord>();
  for (let row = 0; row < rows; row++) {
    const cell = (name: (typeof COLUMNS)[number]) => texts.get(name)![row]!;
    const [ra, dec] = [Number(cell('ra')), Number(cell('dec'))];
    const [id, file, url, time, sha256] = (['id', 'file', 'url', 'time', 'sha256'] as const).map(cell);
    records.set(id!, { id: id!, ra, dec, file: file!, url: url!, time: time!, sha256: sha256! });
  }
  return records;
}
