/** Finds the column of IDs in a table, and checks the IDs. */
import { andMore, enumerate, OptionError, shorten } from '../errors.ts';
import { isKaggleId } from './ids.ts';
import { pictureName } from './images.ts';
import { lookalike, type Table, type TableColumns } from './tables/table.ts';

/** The ID column of Kaggle's files and of predictions. */
export const ID_COLUMN = 'GalaxyID';

/** The usual names of ID columns. */
export const ID_COLUMNS = [ID_COLUMN, 'id_str', 'objid', 'dr7objid', 'iauname', 'dr8_id', 'asset_id'];

/** The usual names of columns with names of pictures, which serve as IDs in a table without an ID column. */
const PICTURE_COLUMNS = ['filename', 'file_name', 'file', 'image', 'file_loc', 'path'];

export interface IdOptions {
  /** Default: the column with a usual name; of several, the one whose IDs are those of the pictures. */
  readonly idColumn?: string;
  /** IDs of the pictures. */
  readonly pictures?: ReadonlySet<string>;
  /** Refuse IDs that are not positive integers. */
  readonly kaggle?: boolean;
}

/** The columns of IDs by their names: those with a usual name, else those with names of pictures. */
export function usualIdColumns({ columns }: Table): string[] {
  const names = columns.map(({ name }) => name);
  const found = ID_COLUMNS.filter((name) => names.includes(name));
  return found.length > 0 ? found : PICTURE_COLUMNS.filter((name) => names.includes(name));
}

/**
 * The columns that may hold the IDs: the one that the user names, or those with usual names.
 * @throws OptionError if there is none
 */
export function idCandidates(table: Table, { idColumn, kaggle }: IdOptions): string[] {
  const { file, columns } = table;
  const names = columns.map(({ name }) => name);
  if (idColumn !== undefined) {
    if (names.includes(idColumn)) return [idColumn];
    const alike = lookalike(idColumn, names);
    const got = alike === undefined ? `, only ${enumerate(names)}` : `; is it ${alike}?`;
    throw new OptionError('idColumn', `${file} has no such column${got}`, idColumn);
  }
  const found = kaggle ? names.filter((name) => name === ID_COLUMN) : usualIdColumns(table);
  if (found.length > 0) return found;
  const alike = ID_COLUMNS.flatMap((name) => lookalike(name, names) ?? [])[0];
  const problem = `${file} has no column of IDs with a usual name (${ID_COLUMNS.slice(0, 3).join(', ')}, …); name it`;
  throw new OptionError('idColumn', alike === undefined ? problem : `${problem}; is it ${alike}?`);
}

const WHOLE = /^(-?\d+)(?:\.0*)?$/;
const SCIENTIFIC = /^-?\d(?:\.\d+)?e\+?\d+$/i;
/** True for a number that is not written as an integer. */
const isFloat = (id: string) => SCIENTIFIC.test(id) || (WHOLE.test(id) && id.includes('.'));

/** True for IDs that were floats: numbers, some of them with a decimal point or an exponent. */
const wereFloats = (ids: readonly string[]): boolean =>
  ids.some(isFloat) && ids.every((id) => id === '' || WHOLE.test(id) || SCIENTIFIC.test(id));

/** An ID that was a float, as an integer: `100001.0` as `100001`; unchanged if its digits are lost. */
function wholeId(id: string): string {
  const digits = WHOLE.exec(id)?.[1];
  return digits !== undefined && Number.isSafeInteger(Number(digits)) ? digits : id;
}

/** IDs that are names of pictures, without folder and extension; other IDs unchanged. */
function pictureIds(ids: readonly string[], pictures: ReadonlySet<string> | undefined): readonly string[] {
  const named = ids.map(pictureName);
  const isName = ids.every((id, row) => id === '' || (named[row] !== id && !pictures?.has(id)));
  return isName ? named : ids;
}

/**
 * The IDs of a table, each once, in the order of its rows.
 * @param columns candidates, as texts
 * @throws OptionError if several columns have IDs of pictures; UserError that names the row of an ID that is empty, bad or repeated
 */
export function chooseIds(
  { file }: Table,
  columns: TableColumns,
  candidates: readonly string[],
  { pictures, kaggle }: IdOptions,
): { name: string; ids: readonly string[] } {
  const read = candidates.map((name) => {
    const cells = columns.texts.get(name)!;
    if (kaggle) return { name, ids: cells, areFloats: false };
    const areFloats = wereFloats(cells);
    return { name, ids: areFloats ? cells.map(wholeId) : pictureIds(cells, pictures), areFloats };
  });
  const matching = read.filter(({ ids }) => pictures && ids.some((id) => pictures.has(id)));
  if (matching.length > 1) {
    const names = matching.map(({ name }) => name).join(' and ');
    throw new OptionError('idColumn', `${file}: ${names} all have IDs of pictures; choose one of them`);
  }
  const { name, ids, areFloats } = matching[0] ?? read[0]!;
  const rowOf = new Map<string, number>();
  const faultOf = (id: string, row: number): string | undefined => {
    if (id === '') return `${name}: expected an ID, got an empty cell`;
    if (kaggle && !isKaggleId(id)) return `${name}: expected a positive integer, got '${shorten(id)}'`;
    if (areFloats && isFloat(id))
      return `${name}: expected all digits of an ID, got ${id} (save IDs as integers or text)`;
    const before = rowOf.get(id);
    rowOf.set(id, before ?? row);
    return before === undefined ? undefined : `${name} ${id} is already in ${columns.place(before)}`;
  };
  const faults = ids.flatMap((id, row) => {
    const problem = faultOf(id, row);
    return problem === undefined ? [] : [{ row, problem }];
  });
  if (faults.length > 0) {
    const [{ row, problem }] = faults as [{ row: number; problem: string }];
    const more = andMore(faults.length - 1, 'row has a wrong ID', 'rows have a wrong ID');
    throw columns.fault(row, problem + more);
  }
  return { name, ids };
}
