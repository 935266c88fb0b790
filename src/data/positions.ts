/** Catalogues of galaxies: their IDs and positions on the sky. */
import { enumerate, shorten, UserError } from '../errors.ts';
import { chooseIds, type IdOptions, idCandidates } from './idColumn.ts';
import type { Table } from './tables/table.ts';

/** The usual names of coordinates in degrees, in lower case. */
const NAMES = {
  ra: ['ra', 'raj2000', '_raj2000', 'ra_icrs', 'ra_deg', 'ra_j2000', 'right_ascension', 'alpha_j2000'],
  dec: ['dec', 'dej2000', '_dej2000', 'decj2000', 'de_icrs', 'dec_icrs', 'dec_deg', 'dec_j2000'].concat([
    'declination',
    'delta_j2000',
  ]),
} as const;

const RANGES = { ra: [0, 360], dec: [-90, 90] } as const;

/** The position of a galaxy, J2000, in degrees. */
export interface Position {
  /** Usable as the name of a file. */
  readonly id: string;
  readonly ra: number;
  readonly dec: number;
}

/** The column of a coordinate. @throws UserError if there is none, or several */
function columnOf(which: keyof typeof NAMES, { file, columns }: Table): string {
  const usual: readonly string[] = NAMES[which];
  const found = columns.map(({ name }) => name).filter((name) => usual.includes(name.toLowerCase()));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new UserError(`${file}: expected one column of ${which}, got ${found.join(' and ')}`);
  }
  const got = enumerate(columns.map(({ name }) => shorten(name)));
  throw new UserError(`${file}: expected a column ${which} in degrees, got ${got}`);
}

/** Names that a file cannot have on some systems. */
const UNUSABLE = /[/\\<>:"|?*\p{Cc}]|^\.+$|^\s|\s$/u;
const LONGEST_NAME = 200;

/**
 * Reads the positions of a catalogue.
 * @throws UserError that names file, place and value of the first fault; OptionError for a wrong `idColumn`
 */
export async function readPositions(
  table: Table,
  options: Pick<IdOptions, 'idColumn'> = {},
): Promise<Position[]> {
  const candidates = idCandidates(table, options);
  const names = { ra: columnOf('ra', table), dec: columnOf('dec', table) };
  const columns = await table.read({ texts: candidates, numbers: [names.ra, names.dec] });
  if (columns.rows === 0) throw new UserError(`${table.file}: has a header but no rows`);
  const { ids } = chooseIds(table, columns, candidates, options);
  const coordinate = (which: keyof typeof NAMES, row: number): number => {
    const value = columns.numbers.get(names[which])![row]!;
    const [least, most] = RANGES[which];
    if (value >= least && value <= most) return value;
    const got = Number.isNaN(value) ? 'nothing' : value;
    throw columns.fault(row, `${names[which]}: expected ${least}…${most}, got ${got}`);
  };
  return ids.map((id, row) => {
    if (UNUSABLE.test(id) || new TextEncoder().encode(id).length > LONGEST_NAME) {
      throw columns.fault(row, `expected an ID that can be the name of a file, got '${shorten(id)}'`);
    }
    return { id, ra: coordinate('ra', row), dec: coordinate('dec', row) };
  });
}
