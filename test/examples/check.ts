/** Compares the values of examples with their comments, in the process that runs them. */
import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Expected, Pattern } from './expected.ts';

let held = 0;

/** The number of values compared so far. */
export const heldValues = (): number => held;

const isTensor = (value: object): value is { shape: readonly number[] } =>
  'shape' in value && 'source' in value;

/** Float32 values equal the written values to float32 precision. */
const isNumber = (value: unknown, written: unknown): boolean =>
  typeof value === 'number' && typeof written === 'number' && Math.fround(value) === Math.fround(written);

function agrees(value: unknown, pattern: Pattern): boolean {
  if ('is' in pattern) return Object.is(value, pattern.is) || isNumber(value, pattern.is);
  if ('prefix' in pattern) return String(value).startsWith(pattern.prefix);
  if (typeof value !== 'object' || value === null) return false;
  if ('list' in pattern) {
    const values = isTensor(value) ? value.shape : value;
    if (!Array.isArray(values) && !ArrayBuffer.isView(values)) return false;
    const list = [...(values as Iterable<unknown>)];
    const rest = pattern.list.indexOf('rest');
    if (rest === -1 && list.length !== pattern.list.length) return false;
    if (list.length < pattern.list.length - 1) return false;
    return pattern.list.every((each, index) => {
      if (each === 'rest') return true;
      const fromEnd = rest !== -1 && index > rest;
      return agrees(list[fromEnd ? list.length - (pattern.list.length - index) : index], each);
    });
  }
  const keys = Object.keys(value);
  if (pattern.isWhole && keys.length !== pattern.members.length) return false;
  return pattern.members.every(([key, each]) => agrees((value as Record<string, unknown>)[key], each));
}

/** @throws AssertionError if a value differs from its comment */
export function check<T>(value: T, comment: string, expected: Expected): T {
  assert('value' in expected);
  held++;
  const shown = typeof value === 'object' && value !== null && isTensor(value) ? value.shape : value;
  assert(agrees(value, expected.value), `expected ${comment}, got ${inspect(shown, { depth: 4 })}`);
  return value;
}

/** @throws AssertionError if no such error is thrown */
export async function checkThrows(run: () => unknown, expected: Expected): Promise<void> {
  assert('error' in expected);
  held++;
  await assert.rejects(async () => run(), { name: expected.error, message: expected.message });
}
