import type { z } from 'zod';
import { summariseTable, type TableSummary } from '../data/summary.ts';
import { fitsTable } from '../data/tables/fits.ts';
import { openTable } from '../data/tables/open.ts';
import { parquet } from '../data/tables/parquet.ts';
import { OptionError, UserError } from '../errors.ts';
import { type Fits, type FitsHdu, findHdu, isFits, readFits } from '../files/fits/fits.ts';
import { namedTree } from '../node/data/openTree.ts';
import { gunzip } from '../node/files/gunzip.ts';
import { readBytes } from '../node/files/read.ts';
import { unpacked } from '../node/files/unpack.ts';
import { isPicture, type RawPicture, rawFits, rawPicture } from '../node/pictures/raw.ts';
import { channelBands, type FlaggedValues, type PictureFlag, pictureFlags } from '../picture/flags.ts';
import { type ValueStatistics, valueStatistics } from '../picture/statistics.ts';
import { SURVEYS } from '../tree/surveys.ts';
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

export interface InspectedTable extends TableSummary {
  file: string;
  /** Of FITS. */
  hdu?: number;
  hdus?: HduSummary[];
}

/** A file that cannot be read. */
export interface UninspectedFile {
  file: string;
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
}: RawPicture): Pick<FlaggedValues, 'width' | 'height' | 'bands' | 'alpha'> {
  if (format === 'FITS') {
    const [width = 1, height = 1, ...rest] = shape.toReversed();
    const count = rest.reduce((a, b) => a * b, 1);
    const bands = Array.from({ length: count }, (_, band) => ({ values, start: band * width * height }));
    return { width, height, bands };
  }
  const [height, width, channels = 1] = shape as [number, number, number?];
  const all = channelBands(values, channels);
  const hasAlpha = channels % 2 === 0; // grey or colours, and alpha
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
  if (hdu === undefined) return findHdu(fits, hasImage || !hasTable ? 'image' : 'table');
  try {
    return findHdu(fits, 'image', hdu);
  } catch (error) {
    if (!hasTable) throw error;
    return findHdu(fits, 'table', hdu);
  }
}

async function describeFits(
  file: string,
  bytes: Uint8Array,
  { hdu, pixels }: Settings,
  trees: readonly Tree[],
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
    const summary = await summariseTable(fitsTable(fits, found.index), trees);
    return { file, ...summary, hdu: found.index, hdus };
  }
  return { ...describePicture(file, await rawFits(fits, found.index), pixels), hdus };
}

/** @throws UserError, also if the file is neither a picture nor a table */
async function describe(file: string, settings: Settings, trees: readonly Tree[]): Promise<InspectedFile> {
  const bytes = await unpacked(await readBytes(file, MOST_BYTES), file, MOST_BYTES);
  if (bytes.length === 0) throw new UserError(`${file}: is empty`);
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 1024));
  if (isFits(bytes) || /\.(?:fits?|fts)\b/i.test(file)) {
    return describeFits(file, bytes, settings, trees);
  }
  if (isPicture(bytes)) return describePicture(file, await rawPicture(bytes, file), settings.pixels);
  if (head.includes('\0') && !parquet.matches(bytes)) {
    throw new UserError(
      `${file}: neither a picture nor a table: begins with ${JSON.stringify(head.slice(0, 8))}`,
    );
  }
  return { file, ...(await summariseTable(await openTable(bytes, file), trees)) };
}

/**
 * Describes files as they are read: pictures with the statistics of their raw values, tables with the meaning of their columns.
 * A file that cannot be read has an `error`.
 * @throws OptionError for a wrong option
 * @example
 * const [picture] = await inspect({ files: ['m51.fits'], pixels: [0, 17] });
 */
export async function inspect(options: InspectOptions): Promise<InspectedFile[]> {
  const settings = checkedOptions(inspectSchema, options);
  const trees = settings.tree === undefined ? SURVEYS : [await namedTree(settings.tree)];
  const described: InspectedFile[] = [];
  for (const file of settings.files) {
    try {
      described.push(await describe(file, settings, trees));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      described.push({ file, error: error.message });
    }
  }
  const read = described.flatMap((each) => ('error' in each ? [] : [each]));
  if (settings.hdu !== undefined && read.length > 0 && read.every(({ format }) => format !== 'FITS')) {
    throw new OptionError('hdu', 'has no effect: none of the files is FITS', settings.hdu);
  }
  if (settings.pixels !== undefined && read.length > 0 && read.every((each) => 'columns' in each)) {
    throw new OptionError('pixels', 'has no effect: none of the files is a picture', settings.pixels);
  }
  return described;
}
