import type { z } from 'zod';
import { nameImages, type PictureOptions } from '../data/images.ts';
import { recogniseSurvey, type SummaryOptions, summariseTable, type TableSummary } from '../data/summary.ts';
import { fitsTable } from '../data/tables/fits.ts';
import { foreignFormat, refuseForeign } from '../data/tables/foreign.ts';
import { openTable } from '../data/tables/open.ts';
import { parquet } from '../data/tables/parquet.ts';
import type { Table } from '../data/tables/table.ts';
import { OptionError, UserError } from '../errors.ts';
import { type Fits, type FitsHdu, findHdu, isFits, readFits } from '../files/fits/fits.ts';
import { IMAGE_EXTENSIONS, isPictureName, RAW_EXTENSIONS, referenceLabel } from '../files/reference.ts';
import { findPaths, isLines, listPictures } from '../node/data/listPictures.ts';
import { openTree } from '../node/data/openTree.ts';
import { findTable, labelOptions, readColumnNames, refuseLabelOptions } from '../node/data/readSolutions.ts';
import { gunzip } from '../node/files/gunzip.ts';
import { readBytes } from '../node/files/read.ts';
import { readReference } from '../node/files/source.ts';
import { unpacked } from '../node/files/unpack.ts';
import { rawFits, rawPicture } from '../node/pictures/raw.ts';
import { isPicture, type RawPicture } from '../picture/decode.ts';
import { channelBands, type FlaggedValues, type PictureFlag, pictureFlags } from '../picture/flags.ts';
import { type ValueStatistics, valueStatistics } from '../picture/statistics.ts';
import type { Tree } from '../tree/tree.ts';
import { checkedOptions, inspectSchema } from './options.ts';

export type InspectOptions = z.input<typeof inspectSchema>;

/** A picture as stored in its file, before any stretch. */
export interface InspectedPicture extends ValueStatistics {
  file: string;
  format: string;
  /** Index of the HDU that is read; null if the format has none. */
  hdu: number | null;
  /** The axes, the slowest first. */
  shape: readonly number[];
  bands: number;
  /** Bits of a stored value; negative for floating point. */
  bitpix: number;
  /** Arcseconds per pixel; null if the file does not say. */
  pixelScale: number | null;
  /** The values at the indices `pixels`; null for NaN. */
  pixels?: (number | null)[];
  flags: PictureFlag[];
  /** All HDUs of the file. */
  hdus?: HduSummary[];
}

type HduSummary = Pick<FitsHdu, 'index' | 'name' | 'kind' | 'shape' | 'bitpix'>;

/** A table. A list of paths without a header has the format `text` and one column. */
export interface InspectedTable extends TableSummary {
  file: string;
  /** Of FITS. */
  hdu?: number;
  hdus?: HduSummary[];
}

/** A file that cannot be read. */
export interface UninspectedFile {
  file: string;
  /** If it is known, such as `JSON`; `text` for any text that is not a table. */
  format?: string;
  error: string;
}

export type InspectedFile = InspectedPicture | InspectedTable | UninspectedFile;

/** The largest file, in bytes; also unpacked. */
const MOST_BYTES = 2 ** 31;

type Settings = z.output<typeof inspectSchema>;

/** The bands of a picture and its alpha. */
function bandsOf({
  format,
  shape,
  values,
  hasAlpha,
}: RawPicture): Pick<FlaggedValues, 'width' | 'height' | 'bands' | 'alpha'> {
  if (format === 'FITS') {
    const [width = 1, height = 1, ...rest] = shape.toReversed();
    const count = rest.reduce((a, b) => a * b, 1);
    const bands = Array.from({ length: count }, (_, band) => ({ values, start: band * width * height }));
    return { width, height, bands };
  }
  const [height, width, channels = 1] = shape as [number, number, number?];
  const all = channelBands(values, channels);
  return {
    width,
    height,
    bands: hasAlpha ? all.slice(0, -1) : all,
    alpha: hasAlpha ? all.at(-1) : undefined,
  };
}

/** The largest value of a format; undefined if there is none. */
const highestOf = ({ format, bitpix }: RawPicture) =>
  format === 'FITS' || bitpix < 0 ? undefined : 2 ** bitpix - 1;

function describePicture(file: string, raw: RawPicture, pixels: readonly number[] | undefined) {
  const { format, hdu, shape, bitpix, pixelScale = null, values } = raw;
  const outside = pixels?.find((index) => index >= values.length);
  if (outside !== undefined) {
    throw new UserError(
      `${file}: expected an index below ${values.length}, the number of values, got ${outside}`,
    );
  }
  const picture = bandsOf(raw);
  const asked = pixels && { pixels: pixels.map((index) => jsonNumber(values[index]!)) };
  const description: InspectedPicture = {
    ...{ file, format, hdu, shape, bands: picture.bands.length, bitpix, pixelScale },
    ...valueStatistics(values),
    ...asked,
    flags: pictureFlags({ ...picture, highest: highestOf(raw) }),
  };
  return description;
}

const jsonNumber = (value: number) => (Number.isNaN(value) ? null : value);

/** The HDU that is read: the given one, else the first image, else the first table. */
function chooseHdu(fits: Fits, hdu: string | undefined): FitsHdu {
  const hasImage = fits.hdus.some(({ kind }) => kind === 'image');
  const hasTable = fits.hdus.some(({ kind }) => kind === 'table');
  const hasAscii = fits.hdus.some(({ kind }) => kind === 'ascii table');
  if (hdu === undefined) return findHdu(fits, hasImage || !(hasTable || hasAscii) ? 'image' : 'table');
  try {
    return findHdu(fits, 'image', hdu);
  } catch (error) {
    if (!hasTable) throw error;
    return findHdu(fits, 'table', hdu);
  }
}

/** How tables are described. */
interface TableSettings extends SummaryOptions {
  /** The tree of all tables; undefined if their columns show it. */
  tree: Tree | undefined;
  /** The options speak of labels, so that a table without recognised ones is one of Galaxy Zoo 2, as in a training. */
  hasLabels: boolean;
}

const PICTURES = [...new Set([...IMAGE_EXTENSIONS, ...RAW_EXTENSIONS])];

/** The result of a step, or its UserError. */
const attempt = <Result>(step: Promise<Result>): Promise<Result | UserError> =>
  step.catch((error) => {
    if (error instanceof UserError) return error;
    throw error;
  });

/**
 * The pictures of a folder, zip or list: those of 8 bits, else those of raw values.
 * @param options bands have an effect with `bandFiles` alone
 */
async function namePictures(
  path: string,
  {
    idColumn,
    bandFiles,
    bands = ['g', 'r', 'z'],
  }: Partial<Pick<Settings, 'idColumn' | 'bandFiles' | 'bands'>>,
) {
  const frames = bandFiles === undefined ? undefined : { bands, stretch: 'linear' };
  const options: PictureOptions = { idColumn, hasLabels: true, bandFiles, frames };
  if (bandFiles !== undefined)
    return nameImages(path, await listPictures(path, RAW_EXTENSIONS, options), options);
  const name = async (extensions: readonly string[]) =>
    nameImages(path, await listPictures(path, extensions, options), options);
  return name(IMAGE_EXTENSIONS).catch(() => name(PICTURES));
}

async function tableSettings(settings: Settings): Promise<TableSettings> {
  const { images: folder, tree: name, columns, bandFiles, bands, ...others } = settings;
  if (bandFiles !== undefined && folder === undefined)
    throw new OptionError('bandFiles', 'requires `images`', bandFiles);
  if (bands !== undefined && bandFiles === undefined)
    throw new OptionError('bands', 'requires `bandFiles`', bands);
  const { columns: _, ...labels } = labelOptions(others);
  const tree = name === undefined && columns === undefined ? undefined : await openTree(undefined, name);
  const names = tree && (await readColumnNames(tree, columns));
  const { idColumn, countsFromFractions, ...chosen } = labels;
  return {
    ...labels,
    ...(names && { columns: names }),
    ...(folder !== undefined && { images: { folder, pictures: await namePictures(folder, settings) } }),
    tree,
    hasLabels: countsFromFractions || Object.values(chosen).some((value) => value !== undefined),
  };
}

/** Describes a table: one of labels, a list of pictures, or any other. */
async function describeTable(
  file: string,
  table: Table,
  { tree: given, hasLabels, ...options }: TableSettings,
): Promise<TableSummary> {
  const recognised = given ?? (await recogniseSurvey(table, options.missing));
  const tree = recognised ?? (hasLabels ? await openTree(undefined) : undefined);
  const summary = await summariseTable(table, tree, options);
  const paths = await attempt(findPaths(table, PICTURES));
  const columns = summary.columns.map((column) => {
    const isText = column.min === null && column.missing !== null;
    return column.name === paths && column.role === 'ignored' && isText
      ? { ...column, role: 'path' as const }
      : column;
  });
  const isList = tree === undefined && columns.some(({ name, role }) => name === paths && role !== 'ignored');
  const check = async (): Promise<unknown> =>
    isList ? namePictures(file, options) : tree && findTable(file);
  const more = await attempt(check());
  const isNew =
    more instanceof UserError && summary.problems.every(({ message }) => message !== more.message);
  return { ...summary, columns, problems: isNew ? [...summary.problems, more] : summary.problems };
}

/** Describes a list with a path in each line. */
async function describeLines(file: string): Promise<TableSummary> {
  const files = await listPictures(file, PICTURES, {});
  const problem = await attempt(namePictures(file, {}));
  const column = { name: 'path', type: 'text', role: 'path', missing: 0, min: null, max: null } as const;
  return {
    ...{ format: 'text', rows: files.length, columns: [column] },
    ...{ idColumn: null, idColumns: [], survey: null, reading: null },
    problems: problem instanceof UserError ? [problem] : [],
  };
}

async function describeFits(
  file: string,
  bytes: Uint8Array,
  { hdu, pixels }: Settings,
  tables: TableSettings,
) {
  const fits = await readFits(bytes, { file, gunzip, most: MOST_BYTES });
  const found = chooseHdu(fits, hdu);
  const hdus = fits.hdus.map(({ index, name, kind, shape, bitpix }) => ({
    index,
    name,
    kind,
    shape,
    bitpix,
  }));
  if (found.kind === 'table') {
    const summary = await describeTable(file, fitsTable(fits, found.index), tables);
    return { file, ...summary, hdu: found.index, hdus };
  }
  return { ...describePicture(file, await rawFits(fits, found.index), pixels), hdus };
}

/** The first line that is neither blank nor a comment. */
const firstLine = (text: string) =>
  text
    .split('\n')
    .find((line) => line.trim() !== '' && !line.startsWith('#'))
    ?.trim() ?? '';

/** @throws UserError, also if the file is neither a picture nor a table */
async function describe(
  file: string,
  bytes: Uint8Array,
  settings: Settings,
  tables: TableSettings,
): Promise<InspectedPicture | InspectedTable> {
  if (bytes.length === 0) throw new UserError(`${file}: is empty`);
  if (isFits(bytes) || /\.(?:fits?|fts)\b/i.test(file)) return describeFits(file, bytes, settings, tables);
  if (isPicture(bytes)) return describePicture(file, await rawPicture(bytes, file), settings.pixels);
  if (/\.zip$/i.test(file)) {
    const reference = await findTable(file);
    const table = await openTable(await readReference(reference), referenceLabel(reference), gunzip);
    return { file, ...(await describeTable(file, table, tables)) };
  }
  const head = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (!parquet.matches(bytes)) refuseForeign(bytes, file, 'a picture or a table');
  if ((await isLines(file)) && isPictureName(firstLine(head)))
    return { file, ...(await describeLines(file)) };
  return { file, ...(await describeTable(file, await openTable(bytes, file), tables)) };
}

/** Describes a file, or says why it cannot be read. */
async function describeOrExplain(
  file: string,
  settings: Settings,
  tables: TableSettings,
): Promise<InspectedFile> {
  let bytes: Uint8Array = new Uint8Array();
  try {
    bytes = await unpacked(await readBytes(file, MOST_BYTES), file, MOST_BYTES);
    return await describe(file, bytes, settings, tables);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const isKnown = bytes.length === 0 || isFits(bytes) || isPicture(bytes) || parquet.matches(bytes);
    const format = isKnown ? undefined : (foreignFormat(bytes)?.name ?? 'text');
    return { file, ...(format !== undefined && { format }), error: error.message };
  }
}

/** @throws OptionError if an option has no effect on any file, or fits none of the tables */
function checkEffect(settings: Settings, described: readonly InspectedFile[]): void {
  const read = described.flatMap((each) => ('error' in each ? [] : [each]));
  const tables = read.flatMap((each) => ('columns' in each ? [each] : []));
  if (settings.hdu !== undefined && read.length > 0 && read.every(({ format }) => format !== 'FITS')) {
    throw new OptionError('hdu', 'has no effect: none of the files is FITS', settings.hdu);
  }
  if (settings.pixels !== undefined && read.length > 0 && tables.length === read.length) {
    throw new OptionError('pixels', 'has no effect: none of the files is a picture', settings.pixels);
  }
  if (read.length > 0 && tables.length === 0) {
    const problem = 'has no effect: none of the files is a table';
    refuseLabelOptions(settings, problem);
    if (settings.images !== undefined) throw new OptionError('images', problem, settings.images);
  }
  // An option that has a value in the message is one that the user gave.
  const wrong = tables.map(({ problems }) =>
    problems.find((each) => each instanceof OptionError && each.value !== undefined),
  );
  if (wrong.length > 0 && wrong.every((each) => each !== undefined)) throw wrong[0];
}

/**
 * Describes files as they are read: pictures with the statistics of their raw values, tables with the meaning of their columns and the
 * reasons for which training would refuse them. A file that cannot be read has an `error`.
 * @throws OptionError for a wrong option; UserError if `images`, `tree` or `columns` cannot be read
 * @example
 * const [picture] = await inspect({ files: ['m51.fits'], pixels: [0, 17] });
 */
export async function inspect(options: InspectOptions): Promise<InspectedFile[]> {
  const settings = checkedOptions(inspectSchema, options);
  const tables = await tableSettings(settings);
  const described: InspectedFile[] = [];
  for (const file of settings.files) described.push(await describeOrExplain(file, settings, tables));
  checkEffect(settings, described);
  return described;
}
