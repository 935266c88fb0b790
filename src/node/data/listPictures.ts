/** Lists the pictures of a folder, a zip, a list of paths or Parquet files. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { chooseIds, ID_COLUMNS, idCandidates } from '../../data/idColumn.ts';
import { describeSkipped, imageId, type PictureOptions, pictureName } from '../../data/images.ts';
import type { MoreColumns, OutputColumn } from '../../data/output.ts';
import { typeOfCells } from '../../data/summary.ts';
import { openTable } from '../../data/tables/open.ts';
import { isMissing, type Table, type TableColumns } from '../../data/tables/table.ts';
import { enumerate, LocatedError, OptionError, shorten, UserError } from '../../errors.ts';
import type { TaskOptions } from '../../events.ts';
import { LONGEST_TEXT } from '../../files/read.ts';
import type { FileReference, ParquetPicture, PlainFile } from '../../files/reference.ts';
import { listParquet, openParquet } from '../files/parquet.ts';
import { readBytes } from '../files/read.ts';
import { listFiles } from '../files/source.ts';
import { unpacked } from '../files/unpack.ts';

/** Names of columns that hold pixel scales, in arcsec per pixel; in any case. */
const SCALE_COLUMNS = ['pixel_scale', 'pixelscale', 'pixscale'];

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

const isFile = (path: string) =>
  stat(path).then(
    (about) => about.isFile(),
    () => false,
  );

/** True for a file with a table that lists pictures. */
const isTable = async (path: string) =>
  /\.(?:csv|tsv|ecsv|parquet)(?:\.gz)?$/i.test(path) && (await isFile(path));

/** True for a file with the path of a picture in each line. */
export const isLines = async (path: string): Promise<boolean> =>
  /\.txt(?:\.gz)?$/i.test(path) && (await isFile(path));

/** True for a file that lists pictures. */
export const isList = async (path: string): Promise<boolean> =>
  (await isTable(path)) || (await isLines(path));

const isParquet = (name: string) => name.toLowerCase().endsWith('.parquet');

const readList = async (path: string) => unpacked(await readBytes(path, LONGEST_TEXT), path, LONGEST_TEXT);

/** A path of a list as a file, which keeps its path as its name; relative paths begin at the list. */
const listed = (list: string, path: string): PlainFile => ({
  kind: 'file',
  name: path.replaceAll('\\', '/'),
  path: resolve(dirname(list), path),
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

/** A table that lists pictures. */
interface ListTable {
  table: Table;
  /** The pictures, if the file holds them too. */
  stored?: readonly ParquetPicture[];
}

async function openList(path: string): Promise<ListTable> {
  if (isParquet(path) && (await openParquet(path)).pictures !== undefined) {
    const { table, pictures: stored } = await listParquet(path);
    return { table, stored };
  }
  return { table: await openTable(await readList(path), path) };
}

const namesOf = ({ columns }: Table) => columns.map(({ name }) => name);

/** The column of paths. @throws UserError if there is none */
export async function findPaths(table: Table, extensions: readonly string[]): Promise<string> {
  const names = namesOf(table);
  const usual = PATH_COLUMNS.find((name) => names.includes(name));
  if (usual !== undefined) return usual;
  const { texts } = await table.read({ texts: names });
  const isPath = (cell: string) => extensions.some((each) => cell.toLowerCase().endsWith(each));
  const found = names.find((name) => texts.get(name)!.some(isPath));
  if (found !== undefined) return found;
  const expected = `a column of pictures' paths, such as ${PATH_COLUMNS.slice(0, 3).join(', ')}`;
  throw new UserError(`${table.file}: expected ${expected}, got ${enumerate(names)}`);
}

/** The columns that may hold the IDs of a list; none if the pictures' names are the IDs. @throws OptionError if it lacks `idColumn` */
function idColumnsOf(table: Table, { idColumn, hasLabels, bandFiles }: PictureOptions): string[] {
  const names = namesOf(table);
  if (bandFiles !== undefined) return []; // its {name} is the ID
  if (idColumn !== undefined && (!hasLabels || names.includes(idColumn))) {
    return idCandidates(table, { idColumn });
  }
  const usual = ID_COLUMNS.filter((name) => names.includes(name));
  return usual.length > 0 || !names.includes('id') ? usual : ['id'];
}

/** The column of pixel scales; undefined if there is none, or they have no effect. */
const scaleColumnOf = (table: Table, { frames, pixelScale }: PictureOptions) =>
  frames?.field === undefined || pixelScale !== undefined
    ? undefined
    : namesOf(table).find((name) => SCALE_COLUMNS.includes(name.toLowerCase()));

/** The pictures of a list. */
interface Listed {
  files: (PlainFile | ParquetPicture)[];
  texts: TableColumns['texts'];
  /** The columns that were understood, in words. */
  reading: string;
}

/**
 * Reads a table that lists pictures.
 * @param extensions of pictures: without a column of a usual name, the first with such paths is read
 * @param kept names of columns to read as texts too
 * @throws UserError if no column holds paths, a path or an ID is empty, an ID is repeated, or a pixel scale is wrong
 */
async function readTable(
  { table, stored }: ListTable,
  extensions: readonly string[],
  options: PictureOptions,
  kept: readonly string[] = [],
): Promise<Listed> {
  const pathColumn = stored ? undefined : await findPaths(table, extensions);
  const idColumns = idColumnsOf(table, options);
  const scaleColumn = scaleColumnOf(table, options);
  const columns = await table.read({
    texts: [...new Set([...(pathColumn === undefined ? [] : [pathColumn]), ...idColumns, ...kept])],
    numbers: scaleColumn === undefined ? [] : [scaleColumn],
  });
  const pictures: Readonly<Listed['files']> =
    stored ??
    columns.texts.get(pathColumn!)!.map((path, row) => {
      if (path === '') throw columns.fault(row, `${pathColumn}: expected a path, got an empty cell`);
      return listed(table.file, path);
    });
  const names = new Set(pictures.map(({ name }) => pictureName(name)));
  const ids = idColumns.length === 0 ? undefined : chooseIds(table, columns, idColumns, { pictures: names });
  const scales = scaleColumn === undefined ? undefined : columns.numbers.get(scaleColumn)!;
  const files = pictures.map((picture, row) => {
    const name = picture.name || `row ${row + 1}`;
    if (picture.name === '' && ids === undefined) {
      const expected = `an ID column (${ID_COLUMNS.slice(0, 3).join(', ')}, …) or a path`;
      throw columns.fault(row, `expected ${expected} of the picture, got neither`);
    }
    const pixelScale = scales?.[row] ?? Number.NaN;
    if (pixelScale <= 0 || pixelScale === Number.POSITIVE_INFINITY) {
      throw columns.fault(row, `${scaleColumn}: expected arcsec per pixel, more than 0, got ${pixelScale}`);
    }
    return {
      ...picture,
      name,
      ...(ids && { id: ids.ids[row]! }),
      ...(!Number.isNaN(pixelScale) && { pixelScale }),
    };
  });
  const reading = [
    ...(pathColumn === undefined ? [] : [`paths from ${pathColumn}`]),
    ...(ids ? [`IDs from ${ids.name}`] : []),
    ...(scaleColumn === undefined ? [] : [`pixel scales from ${scaleColumn}`]),
  ];
  return { files, texts: columns.texts, reading: reading.join(', ') };
}

/** The pictures of a list. @throws UserError if there are none */
function someOf(path: string, files: FileReference[]): FileReference[] {
  if (files.length === 0) throw new UserError(`${path}: lists no picture`);
  return files;
}

/** @throws OptionError if `idColumn` is meant for the pictures, and has no effect */
function checkIdColumn(path: string, isTable: boolean, options: PictureOptions): void {
  const { idColumn, hasLabels, bandFiles } = options;
  if (idColumn === undefined || hasLabels || (isTable && bandFiles === undefined)) return;
  const reason = isTable ? 'IDs are the {name} of `bandFiles`' : `${path} is not a table that lists pictures`;
  throw new OptionError('idColumn', `has no effect: ${reason}`, idColumn);
}

/**
 * Lists pictures.
 * @param path a folder, whose folders are entered; a zip; a picture; a list of paths, as a table or one in each line of a `.txt`; a
 * Parquet file with pictures, or a folder of them
 * @param extensions of pictures, in lower case
 * @param onEvent gets notes: how a list was understood, and the number of skipped files, by kind
 * @throws UserError if nothing is there, or a list is broken; OptionError for an `idColumn` without effect
 */
export async function listPictures(
  path: string,
  extensions: readonly string[],
  options: PictureOptions,
  onEvent?: TaskOptions['onEvent'],
): Promise<FileReference[]> {
  const note = (message: string) => onEvent?.({ kind: 'note', message: `${path}: ${message}` });
  const readTables = async (paths: readonly string[]) => {
    checkIdColumn(path, true, options);
    const lists: Listed[] = [];
    for (const each of paths) lists.push(await readTable(await openList(each), extensions, options));
    for (const reading of new Set(lists.map((each) => each.reading))) if (reading !== '') note(reading);
    return lists.flatMap(({ files }) => files);
  };
  if (await isTable(path)) return someOf(path, await readTables([path]));
  if (await isLines(path)) {
    checkIdColumn(path, false, options);
    return someOf(path, readLines(path, await readList(path), extensions));
  }
  const { files, others } = await listFiles(path, [...extensions, '.parquet'], true);
  const shards = files.filter(({ name }) => isParquet(name));
  const pictures = files.filter(({ name }) => !isParquet(name));
  const isShards = pictures.length === 0 && shards.length > 0 && shards.every(({ kind }) => kind === 'file');
  const skipped = [...others, ...(isShards ? [] : shards.map(({ name }) => name))];
  if (skipped.length > 0) note(describeSkipped(skipped));
  if (isShards) return someOf(path, await readTables(shards.map((shard) => shard.path)));
  if (pictures.length === 0)
    throw new UserError(`${path}: contains no file of type ${extensions.join(', ')}`);
  checkIdColumn(path, false, options);
  return pictures;
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
  options: PictureOptions,
  names: readonly string[],
  option: string,
): Promise<MoreColumns<{ readonly id: string }>> {
  const given = names.join(',');
  if (!(await isTable(path))) {
    throw new OptionError(option, `${path} has no columns: expected a table that lists pictures`, given);
  }
  const list = await openList(path);
  const missing = names.find((name) => !namesOf(list.table).includes(name));
  if (missing !== undefined) throw new OptionError(option, `${path} has no column ${missing}`, given);
  const { files, texts } = await readTable(list, extensions, options, names);
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
