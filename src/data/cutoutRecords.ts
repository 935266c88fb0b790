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
  /** Arcseconds per pixel. */
  readonly pixelScale?: number | undefined;
}

const COLUMNS = ['id', 'ra', 'dec', 'file', 'url', 'time', 'sha256', 'pixel_scale'] as const;

export const RECORD_HEADER = `${COLUMNS.join(',')}\n`;

/** A line of the table. */
export function recordLine({ id, ra, dec, file, url, time, sha256, pixelScale }: CutoutRecord): string {
  const cells = [id, ra, dec, file, url, time, sha256, pixelScale ?? ''];
  return `${cells.map((cell) => idCell(String(cell))).join(',')}\n`;
}

/**
 * Reads the table. Of several rows with the same ID, the last one counts. Older tables have no pixel scales.
 * @throws UserError if it was not written by {@link recordLine}
 */
export async function readRecords(table: Table): Promise<Map<string, CutoutRecord>> {
  const names = table.columns.map(({ name }) => name);
  if (![COLUMNS, COLUMNS.slice(0, -1)].some((each) => each.join() === names.join())) {
    throw new UserError(`${table.file}: expected the columns ${COLUMNS.join(', ')}, got ${names.join(', ')}`);
  }
  const { rows, texts } = await table.read({ texts: names });
  const records = new Map<string, CutoutRecord>();
  for (let row = 0; row < rows; row++) {
    const cell = (name: string) => texts.get(name)?.[row] ?? '';
    const [id, ra, dec, file, url, time, sha256, scale] = COLUMNS.map(cell);
    const pixelScale = scale === '' ? undefined : Number(scale);
    const position = { id: id!, ra: Number(ra), dec: Number(dec) };
    records.set(id!, { ...position, file: file!, url: url!, time: time!, sha256: sha256!, pixelScale });
  }
  return records;
}
