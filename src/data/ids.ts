/** IDs of galaxies: any text, kept digit for digit. `000123` and `123` are two galaxies. */
import type { IdKey } from '../random/philox.ts';

/** The value of an ID that is spelled as JavaScript spells an integer of 0…2⁵³-1; undefined for any other. */
function canonicalInteger(id: string): number | undefined {
  const value = /^(?:0|[1-9]\d{0,15})$/.test(id) ? Number(id) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * The key of an ID: its value if it is a canonical integer, else the FNV-1a hash (64 bits) of its UTF-8 bytes.
 * @example idKey('100008') // 100008
 */
export function idKey(id: string): IdKey {
  const value = canonicalInteger(id);
  if (value !== undefined) return value;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(id)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return [Number(hash & 0xffffffffn), Number(hash >> 32n)];
}

/**
 * Compares two IDs for sorting: canonical integers first, by value, then all others by code point.
 * @example ['b', '000123', '10', '9'].sort(compareIds) // ['9', '10', '000123', 'b']
 */
export function compareIds(a: string, b: string): number {
  const [m, n] = [canonicalInteger(a), canonicalInteger(b)];
  if (m !== undefined && n !== undefined) return m - n;
  if (m !== undefined) return -1;
  if (n !== undefined) return 1;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return (a.codePointAt(i) ?? -1) - (b.codePointAt(i) ?? -1);
}

/**
 * An ID in a JSON document: a number if it is a canonical integer, else a string.
 * @example ['100008', '000123'].map(jsonId) // [100008, '000123']
 */
export const jsonId = (id: string): number | string => canonicalInteger(id) ?? id;

/** Checks an ID of Kaggle's files, which are positive integers. @example isKaggleId('100008') // true */
export const isKaggleId = (id: string): boolean => (canonicalInteger(id) ?? 0) > 0;
