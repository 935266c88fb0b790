/** Lists the pictures of a folder, a zip, a list of paths or Parquet files. */
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, resolve } from 'node:path';
import { ID_COLUMNS } from '../../data/idColumn.ts';
import { imageId } from '../../data/images.ts';
import type { OutputColumn, OutputRow } from '../../data/output.ts';
import { typeOfCells } from '../../data/summary.ts';
import { openTable } from '../../data/tables/open.ts';
import { isMissing, type TableColumns } from '../../data/tables/table.ts';
import { enumerate, LocatedError, OptionError, shorten, UserError } from '../../errors.ts';
import type { TaskOptions } from '../../events.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import type { FileReference, PlainFile } from '../../files/reference.ts';
import { listParquet, openParquet, readParquetTexts } from '../files/parquet.ts';
import { readBytes } from '../files/read.ts';
import { listFiles } from '../files/source.ts';
import { unpacked } from '../files/unpack.ts';

/** Names of columns that hold IDs in lists of pictures. */
const LIST_ID_COLUMNS = [...ID_COLUMNS, 'id'];

/** Names of columns that hold paths of pictures. */
const PATH_COLUMNS = [
  'path',
  'file',
  'file_loc',
  'file_name',
  'filename',
  'file_path',
  'filepath',
  'image',
  'image_path',
  'picture',
];

const LIST = /\.(?:csv|tsv|ecsv|txt|parquet)(?:\.gz)?$/i;

const isFile = (path: string) =>
  stat(path).then(
    (about) => about.isFile(),
    () => false,
  );

/** A path of a list as a file; relative paths begin at the list. */
const listed = (list: string, path: string, id?: string): PlainFile => ({
  ...{ kind: 'file', name: basename(path.replaceAll('\\', '/')), path: resolve(dirname(list), path) },
  ...(id === undefined ? {} : { id }),
});

/**
 * Paths, one in each line. Blank lines and those that begin with `#` are left out.
 * @param extensions of pictures
 * @throws LocatedError for another line
 */
function readLines(list: string, bytes: Uint8Array, extensions: readonly string[]): PlainFile[] {
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  return lines.flatMap((line, i) => {
    const path = line.trim();
    if (path === '' || path.startsWith('#')) return [];
    if (extensions.some((each) => path.toLowerCase().endsWith(each))) return [listed(list, path)];
    const problem = `expected the path of a picture (${extensions.slice(0, 3).join(', ')}, …), got '${shorten(path)}'`;
    throw new LocatedError(list, i + 1, problem);
  });
}

/** A table of paths. */
interface PathTable {
  files: PlainFile[];
  /** All cells, by column. */
  texts: TableColumns['texts'];
}

/**
 * Reads a table of paths.
 * @param extensions of pictures: without a column of a usual name, the first with such paths is read
 * @throws UserError if no column holds paths, or a path or an ID is empty
 */
async function readTable(list: string, bytes: Uint8Array, extensions: readonly string[]): Promise<PathTable> {
  const table = await openTable(bytes, list);
  const names = table.columns.map(({ name }) => name);
  const isPath = (cell: string) => extensions.some((each) => cell.toLowerCase().endsWith(each));
  const columns = await table.read({ texts: names });
  const { texts } = columns;
  const pathColumn =
    PATH_COLUMNS.find((name) => names.includes(name)) ?? names.find((name) => texts.get(name)!.some(isPath));
  if (pathColumn === undefined) {
    const expected = `a column of pictures' paths, such as ${PATH_COLUMNS.slice(0, 3).join(', ')}`;
    throw new UserError(`${list}: expected ${expected}, got ${enumerate(names)}`);
  }
  const idColumn = LIST_ID_COLUMNS.find((name) => names.includes(name));
  const ids = idColumn === undefined ? undefined : texts.get(idColumn)!;
  const files = texts.get(pathColumn)!.map((path, row) => {
    if (path === '') throw columns.fault(row, `${pathColumn}: expected a path, got an empty cell`);
    if (ids?.[row] === '') throw columns.fault(row, `${idColumn}: expected an ID, got an empty cell`);
    return listed(list, path, ids?.[row]);
  });
  return { files, texts };
}

const readList = async (path: string) => unpacked(await readBytes(path, LONGEST_TEXT), path, LONGEST_TEXT);

const isLines = (path: string) => /\.txt(?:\.gz)?$/i.test(path);

const isParquet = (name: string) => name.toLowerCase().endsWith('.parquet');

/** Pictures of Parquet files, in their order. */
async function readShards(paths: readonly string[]): Promise<FileReference[]> {
  const shards: FileReference[][] = [];
  for (const path of paths) shards.push(await listParquet(path, LIST_ID_COLUMNS));
  return shards.flat();
}

/** The kind of a file that is skipped: its extension, with that before a compression. */
function kindOf(name: string): string {
  const base = basename(name);
  const extension = extname(base);
  const before = /^\.(?:gz|bz2|z|xz|fz)$/i.test(extension) ? extname(base.slice(0, -extension.length)) : '';
  return extension === '' ? 'without extension' : `${before}${extension}`;
}

/**
 * A line about files that are skipped, by kind.
 * @example describeSkipped(['a.fits.Z', 'b.svg', 'c.svg']) // '3 files skipped: 1 .fits.Z, 2 .svg'
 */
export function describeSkipped(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(kindOf(name), (counts.get(kindOf(name)) ?? 0) + 1);
  const kinds = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, count]) => `${count} ${kind}`);
  return `${names.length} ${names.length === 1 ? 'file' : 'files'} skipped: ${enumerate(kinds, 8)}`;
}

/**
 * Lists pictures.
 * @param path a folder, whose folders are entered; a zip; a picture; a list of paths, as a table or one in each line of a `.txt`; a
 * Parquet file with pictures, or a folder of them
 * @param extensions of pictures, in lower case
 * @param onEvent gets a note with the number of skipped files, by kind
 * @throws UserError if nothing is there, or a list is broken
 */
export async function listPictures(
  path: string,
  extensions: readonly string[],
  onEvent?: TaskOptions['onEvent'],
): Promise<FileReference[]> {
  if (LIST.test(path) && (await isFile(path))) {
    if (isParquet(path) && (await openParquet(path)).pictures !== undefined) return readShards([path]);
    const bytes = await readList(path);
    const files = isLines(path)
      ? readLines(path, bytes, extensions)
      : (await readTable(path, bytes, extensions)).files;
    if (files.length === 0) throw new UserError(`${path}: lists no picture`);
    return files;
  }
  const { files, others } = await listFiles(path, [...extensions, '.parquet'], true);
  const shards = files.filter(({ name }) => isParquet(name));
  const pictures = files.filter(({ name }) => !isParquet(name));
  const isShards = pictures.length === 0 && shards.length > 0 && shards.every(({ kind }) => kind === 'file');
  const skipped = [...others, ...(isShards ? [] : shards.map(({ name }) => name))];
  if (skipped.length > 0) onEvent?.({ kind: 'note', message: `${path}: ${describeSkipped(skipped)}` });
  if (isShards) return readShards(shards.map((shard) => shard.path));
  if (pictures.length === 0)
    throw new UserError(`${path}: contains no file of type ${extensions.join(', ')}`);
  return pictures;
}

/** Columns of a list of pictures, to be written beside predictions. */
export interface KeptColumns {
  columns: readonly OutputColumn[];
  /** The cells of a galaxy. */
  cells(galaxy: { readonly id: string }): OutputRow;
}

const INT64 = 2n ** 63n;

/** The type of a column, from its cells. */
function outputType(cells: readonly string[]): OutputColumn['type'] {
  const known = cells.filter((cell) => !isMissing(cell));
  const type = known.length === 0 ? 'text' : typeOfCells(known);
  const isLong = (cell: string) => BigInt(cell) >= INT64 || BigInt(cell) < -INT64;
  return type === 'bool' || (type === 'int64' && known.some(isLong)) ? 'text' : type;
}

/**
 * Columns of a list of pictures by their names.
 * @param option the option that names them, for messages
 * @throws OptionError if the pictures have no list, or it lacks a column
 */
export async function keepColumns(
  path: string,
  extensions: readonly string[],
  names: readonly string[],
  option: string,
): Promise<KeptColumns> {
  const given = names.join(',');
  if (!LIST.test(path) || isLines(path) || !(await isFile(path))) {
    throw new OptionError(option, `${path} has no columns: expected a table that lists pictures`, given);
  }
  const isStored = isParquet(path) && (await openParquet(path)).pictures !== undefined;
  const { files, texts } = isStored
    ? { files: await readShards([path]), texts: await readParquetTexts(path, names) }
    : await readTable(path, await readList(path), extensions);
  const missing = names.find((name) => !texts.has(name));
  if (missing !== undefined) throw new OptionError(option, `${path} has no column ${missing}`, given);
  const columns = names.map((name) => ({ name, type: outputType(texts.get(name)!) }));
  const rowOf = new Map(files.map((file, row) => [imageId(file), row]));
  const cells = ({ id }: { readonly id: string }) => {
    const row = rowOf.get(id)!;
    return columns.map(({ name, type }) => {
      const cell = texts.get(name)![row]!;
      return isMissing(cell) && (type !== 'text' || cell === '') ? null : cell;
    });
  };
  return { columns, cells };
}
