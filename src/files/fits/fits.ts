/**
 * FITS files (FITS standard 4.0, https://fits.gsfc.nasa.gov/fits_standard.html): a list of headers and data units (HDUs). The
 * first is the primary HDU; the others are extensions: images, tables, or images compressed in tiles.
 */
import { enumerate, inWords, shorten, UserError } from '../../errors.ts';
import { type Gunzip, gunzipStream, isGzip, unpacking } from '../gunzip.ts';
import { BLOCK_BYTES, countIn, type FitsHeader, readHeader, textIn } from './header.ts';
import { type Bitpix, isBitpix } from './numbers.ts';

/** `none`: an HDU without data; `groups`: random groups; `other`: an extension of an unknown type. */
export type FitsKind = 'image' | 'table' | 'ascii table' | 'groups' | 'none' | 'other';

/** A header and its data. */
export interface FitsHdu {
  /** From 0, the primary HDU. */
  readonly index: number;
  /** EXTNAME; empty if there is none. */
  readonly name: string;
  readonly kind: FitsKind;
  /** The axes, the slowest first: `[NAXISn, …, NAXIS1]`; of a table `[rows, bytes of a row]`. */
  readonly shape: readonly number[];
  /** Bits of a stored value; negative for floating point. Of a compressed image, those of its pixels. */
  readonly bitpix: Bitpix;
  /** The algorithm of an image compressed in tiles, such as `RICE_1`. */
  readonly compression?: string;
  readonly header: FitsHeader;
  /** The data in the file, in bytes. */
  readonly start: number;
  readonly end: number;
}

/** A FITS file in memory. */
export interface Fits {
  /** Its name, for messages. */
  readonly file: string;
  /** The file; unpacked if it was gzipped. */
  readonly bytes: Uint8Array;
  readonly hdus: readonly FitsHdu[];
  /** Bytes after the last HDU that belong to none (section 3.5). */
  readonly ignored: number;
  readonly gunzip: Gunzip;
}

export interface FitsOptions {
  /** The file's name, for messages. */
  file: string;
  /** Unpacks gzip; default: with the platform's DecompressionStream. */
  gunzip?: Gunzip;
  /** The largest length of an unpacked file in bytes; default 2 GiB. */
  most?: number;
}

/** First bytes of files that are not read. */
const OTHERS: readonly [problem: string, start: readonly number[]][] = [
  ['compressed by compress (LZW, .Z), which is not read; unpack it first: gzip -d', [0x1f, 0x9d]],
  ['compressed by bzip2, which is not read; unpack it first: bunzip2', [0x42, 0x5a, 0x68]],
  ['compressed by xz, which is not read; unpack it first: xz -d', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['a zip; unpack it first', [0x50, 0x4b, 0x03, 0x04]],
  ['a gzip in a gzip; unpack it first: gzip -d', [0x1f, 0x8b]],
];

const startsWith = (bytes: Uint8Array, start: readonly number[]) =>
  start.every((byte, i) => bytes[i] === byte);

/** The file and HDU, for messages. */
export const hduLabel = (file: string, { index, name }: Pick<FitsHdu, 'index' | 'name'>): string =>
  `${file}: HDU ${index}${name === '' ? '' : ` (${name})`}`;

/** The axes of a header, the slowest first. @param prefix `Z` for the axes of a compressed image */
function readShape(header: FitsHeader, prefix: '' | 'Z', where: string): number[] {
  const axes = countIn(header, `${prefix}NAXIS`, where);
  if (axes > 999) throw new UserError(`${where}: ${prefix}NAXIS: expected at most 999 axes, got ${axes}`);
  return Array.from({ length: axes }, (_, i) => countIn(header, `${prefix}NAXIS${axes - i}`, where));
}

function readBitpix(header: FitsHeader, key: string, where: string): Bitpix {
  const value = header.get(key);
  if (isBitpix(value)) return value;
  const got = typeof value === 'bigint' ? String(value) : inWords(value);
  throw new UserError(`${where}: ${key}: expected 8, 16, 32, 64, -32 or -64, got ${got}`);
}

/** The product; 0 if a factor is 0, even beside an infinite one. */
export const product = (factors: readonly number[]): number =>
  factors.includes(0) ? 0 : factors.reduce((a, b) => a * b, 1);

const EXTENSIONS: Readonly<Record<string, FitsKind>> = {
  IMAGE: 'image',
  BINTABLE: 'table',
  A3DTABLE: 'table', // the old name of BINTABLE
  TABLE: 'ascii table',
};

/** Reads the HDU at `start`. @throws UserError */
function readHdu(file: string, bytes: Uint8Array, start: number, index: number): FitsHdu {
  const { header, end: dataStart } = readHeader(bytes, start, `${file}: HDU ${index}`);
  const extension = header.get('EXTNAME');
  const name = typeof extension === 'string' ? extension.trim() : '';
  const where = hduLabel(file, { index, name });
  const bitpix = readBitpix(header, 'BITPIX', where);
  const shape = readShape(header, '', where);
  const isGroups = index === 0 && header.get('GROUPS') === true && shape.at(-1) === 0;
  const xtension = index === 0 ? 'IMAGE' : String(header.get('XTENSION')).trimEnd();
  let kind = isGroups ? 'groups' : Object.hasOwn(EXTENSIONS, xtension) ? EXTENSIONS[xtension]! : 'other';

  // Sections 4.4.1.2, 6.1.1 and 7.1.1. Random groups have no first axis.
  const isTable = kind === 'table' || kind === 'ascii table';
  const hasCounts = index > 0 || isGroups;
  const parameters = hasCounts ? countIn(header, 'PCOUNT', where, 0) : 0;
  const groups = hasCounts ? countIn(header, 'GCOUNT', where, 1) : 1;
  const values = shape.length === 0 ? 0 : product(isGroups ? shape.slice(0, -1) : shape) + parameters;
  const length = product([Math.abs(bitpix) / 8, groups, values]);
  const available = Math.max(0, bytes.length - dataStart);
  if (length > available) {
    const axes = `${shorten(shape.toReversed().join('×'), 80)} values of ${Math.abs(bitpix)} bits`;
    throw new UserError(
      `${where}: ${axes} take ${length} bytes, but the file has only ${available} bytes for them; is it truncated?`,
    );
  }
  if (isTable && (bitpix !== 8 || shape.length !== 2)) {
    throw new UserError(
      `${where}: expected a table of BITPIX 8 and two axes, got ${bitpix} and ${shape.length}`,
    );
  }
  if ((isTable || kind === 'image') && groups !== 1) {
    throw new UserError(`${where}: GCOUNT: expected 1, got ${groups}`);
  }
  const place = { index, name, header, start: dataStart, end: dataStart + length };
  if (kind === 'table' && header.get('ZIMAGE') === true) {
    const image = readShape(header, 'Z', where);
    return {
      ...{ ...place, kind: product(image) === 0 || image.length === 0 ? 'none' : 'image', shape: image },
      bitpix: readBitpix(header, 'ZBITPIX', where),
      compression: textIn(header, 'ZCMPTYPE', where) ?? 'an unnamed algorithm',
    };
  }
  if (kind === 'image' && values === 0) kind = 'none';
  return { ...place, kind, shape, bitpix };
}

/** The first bytes of a FITS file. */
const SIGNATURE = 'SIMPLE  =';

/** The first bytes as text. */
const startOf = (bytes: Uint8Array, length: number) =>
  new TextDecoder('latin1').decode(bytes.subarray(0, length));

/** True for bytes that begin as a FITS file does. */
export const isFits = (bytes: Uint8Array): boolean => startOf(bytes, SIGNATURE.length) === SIGNATURE;

/** @throws UserError with the reason, if the file does not begin as FITS */
function checkSignature(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new UserError(`${file}: the file is empty`);
  const [problem] = OTHERS.find(([, start]) => startsWith(bytes, start)) ?? [];
  if (problem !== undefined) throw new UserError(`${file}: ${problem}`);
  const start = startOf(bytes, 30);
  if (!isFits(bytes)) {
    throw new UserError(
      `${file}: not a FITS file: expected "${SIGNATURE}" at its start, got ${inWords(start)}`,
    );
  }
  const value = start.slice(SIGNATURE.length).trim();
  if (value !== 'T')
    throw new UserError(
      `${file}: SIMPLE: expected T, a FITS file that follows the standard, got ${inWords(value)}`,
    );
}

/**
 * Reads the structure of a FITS file; `readFitsImage` and `readFitsTable` read its data. A gzipped file is unpacked,
 * whatever its name. Padding may be missing at the end of the file.
 * @param bytes the whole file
 * @throws UserError that names file and HDU, if the file is not FITS, is truncated, or contradicts its headers
 * @example
 * const card = (text: string) => text.padEnd(80);
 * const cards = ['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 1', 'NAXIS1  = 3', 'END'].map(card).join('').padEnd(2880);
 * const fits = await readFits(new TextEncoder().encode(`${cards}abc`), { file: 'abc.fits' });
 * fits.hdus.map(({ kind, shape }) => `${kind} ${shape}`) // ['image 3']
 */
export async function readFits(bytes: Uint8Array, options: FitsOptions): Promise<Fits> {
  const { file, gunzip = gunzipStream, most = 2 ** 31 } = options;
  const unpacked = isGzip(bytes) ? await unpacking(file, () => gunzip(bytes, most)) : bytes;
  checkSignature(unpacked, file);
  const hdus: FitsHdu[] = [];
  let start = 0;
  while (start < unpacked.length) {
    if (start > 0 && !startsWith(unpacked.subarray(start, start + 8), XTENSION)) break;
    const hdu = readHdu(file, unpacked, start, hdus.length);
    hdus.push(hdu);
    start = Math.ceil(hdu.end / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return { file, bytes: unpacked, hdus, ignored: Math.max(0, unpacked.length - start), gunzip };
}

const XTENSION = [...'XTENSION'].map((character) => character.charCodeAt(0));

const KIND_NAMES: Readonly<Record<FitsKind, string>> = {
  image: 'an image',
  table: 'a binary table',
  'ascii table': 'an ASCII table',
  groups: 'random groups',
  none: 'no data',
  other: 'an extension of an unknown type',
};

/**
 * An HDU of a file.
 * @param hdu its index; its EXTNAME, without regard to case; or `EXTNAME,EXTVER`. Default: the first of the kind; of images,
 * the first that has two axes or more
 * @throws UserError if there is no such HDU, or it is of another kind
 */
export function findHdu(fits: Fits, kind: 'image' | 'table', hdu?: number | string): FitsHdu {
  const { file, hdus } = fits;
  const contents = () =>
    enumerate(
      hdus.map((each) => `${hduLabel('', each).slice(2)} ${KIND_NAMES[each.kind]}`),
      6,
    );
  if (hdu === undefined) {
    const candidates = hdus.filter((each) => each.kind === kind);
    const found = candidates.find(({ shape }) => shape.length >= 2) ?? candidates[0];
    if (found !== undefined) return found;
    const hasAscii = kind === 'table' && hdus.some((each) => each.kind === 'ascii table');
    const advice = hasAscii ? '; save the ASCII table as a binary one or as CSV' : '';
    throw new UserError(`${file}: expected ${KIND_NAMES[kind]}, got ${contents()}${advice}`);
  }
  const wanted = String(hdu).trim().toUpperCase();
  const found =
    typeof hdu === 'number'
      ? hdus[hdu]
      : (hdus.find(({ name }) => name !== '' && name.toUpperCase() === wanted) ??
        hdus.find(({ name, header }) => `${name.toUpperCase()},${header.get('EXTVER') ?? 1}` === wanted) ??
        hdus.find(({ index }) => String(index) === wanted));
  if (found === undefined)
    throw new UserError(`${file}: there is no HDU ${inWords(hdu)}, only ${contents()}`);
  if (found.kind !== kind) {
    throw new UserError(
      `${hduLabel(file, found)}: expected ${KIND_NAMES[kind]}, got ${KIND_NAMES[found.kind]}`,
    );
  }
  return found;
}
