/** Headers of FITS files: cards of 80 bytes in blocks of 2880. Sections are those of the FITS standard 4.0. */
import { shorten, UserError } from '../../errors.ts';

/** Headers and data are padded to whole blocks of this many bytes (section 3.1). */
export const BLOCK_BYTES = 2880;

const CARD_BYTES = 80;

/** Integers beyond ±2⁵³ are bigints. A value of an unknown form is its text. */
export type FitsValue = string | number | bigint | boolean;

/**
 * The values of a header by keyword, in the file's order. If a keyword is repeated, its first value counts. Comments and
 * undefined values are left out.
 */
export type FitsHeader = ReadonlyMap<string, FitsValue>;

/** A string: quotes around it, quotes in it doubled (section 4.2.1). Trailing spaces do not count. */
const STRING = /^ *'((?:[^']|'')*)/;
const INTEGER = /^[+-]?\d+$/;
const REAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[ED][+-]?\d+)?$/i;

/** The value of a card's text after the value indicator (section 4.2); undefined if it has none. */
function parseValue(text: string): FitsValue | undefined {
  const [, quoted] = STRING.exec(text) ?? [];
  if (quoted !== undefined) return quoted.replaceAll("''", "'").trimEnd();
  const value = text.replace(/\/.*$/s, '').trim();
  if (value === '') return undefined;
  if (value === 'T' || value === 'F') return value === 'T';
  if (INTEGER.test(value)) {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : BigInt(value.replace('+', ''));
  }
  return REAL.test(value) ? Number(value.replace(/d/i, 'e')) : value;
}

/** The offset of the END card; undefined if there is none. */
function findEnd(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; at + CARD_BYTES <= bytes.length; at += CARD_BYTES) {
    if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x4e || bytes[at + 2] !== 0x44) continue;
    if (bytes.subarray(at + 3, at + 8).every((byte) => byte === 0x20)) return at;
  }
  return undefined;
}

/**
 * Parses the header at `start`. Long strings (CONTINUE, section 4.2.1.2) are joined.
 * @param where the file and HDU, for messages
 * @returns the header and the offset of the data after it
 * @throws UserError if there is no END card
 */
export function readHeader(
  bytes: Uint8Array,
  start: number,
  where: string,
): { header: FitsHeader; end: number } {
  const last = findEnd(bytes, start);
  if (last === undefined) {
    throw new UserError(
      `${where}: the header has no END card in the remaining ${bytes.length - start} bytes; is the file truncated?`,
    );
  }
  const text = new TextDecoder('latin1');
  const header = new Map<string, FitsValue>();
  /** The keyword of a string that ends in `&`. */
  let open: string | undefined;
  for (let at = start; at < last; at += CARD_BYTES) {
    const card = text.decode(bytes.subarray(at, at + CARD_BYTES));
    const key = card.slice(0, 8).trimEnd();
    const rest = card.slice(8);
    if (key === 'CONTINUE' && open !== undefined) {
      const more = parseValue(rest);
      const text = typeof more === 'string' ? more : '';
      header.set(open, `${String(header.get(open)).slice(0, -1)}${text}`);
      if (!text.endsWith('&')) open = undefined;
      continue;
    }
    open = undefined;
    if (!rest.startsWith('= ') || header.has(key)) continue;
    const value = parseValue(rest.slice(2));
    if (value === undefined) continue;
    header.set(key, value);
    if (typeof value === 'string' && value.endsWith('&')) open = key;
  }
  const length = last + CARD_BYTES - start;
  return { header, end: start + Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES };
}

/** A value for a message. */
const quote = (value: FitsValue | undefined) => {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? JSON.stringify(shorten(value)) : String(value);
};

/**
 * A number of a header.
 * @param fallback the value of a missing keyword
 * @throws UserError if the value is missing without a fallback, or is not a finite number
 */
export function numberIn(header: FitsHeader, key: string, where: string, fallback?: number): number {
  const value = header.get(key) ?? fallback;
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new UserError(`${where}: ${key}: expected a number, got ${quote(value)}`);
  }
  return number;
}

/** A count of a header, 0 or more; else as {@link numberIn}. @throws UserError */
export function countIn(header: FitsHeader, key: string, where: string, fallback?: number): number {
  const value = header.get(key) ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new UserError(`${where}: ${key}: expected a whole number, 0 or more, got ${quote(value)}`);
  }
  return value;
}

/**
 * The integer that stands for null in data; undefined if the keyword is missing.
 * @throws UserError if the value is not an integer
 */
export function nullIn(header: FitsHeader, key: string, where: string): number | bigint | undefined {
  const value = header.get(key);
  if (value === undefined || typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new UserError(`${where}: ${key}: expected a whole number, got ${quote(value)}`);
}

/** A text of a header; undefined if the keyword is missing. @throws UserError if the value is not a text */
export function textIn(header: FitsHeader, key: string, where: string): string | undefined {
  const value = header.get(key);
  if (value === undefined || typeof value === 'string') return value;
  throw new UserError(`${where}: ${key}: expected a text, got ${quote(value)}`);
}
