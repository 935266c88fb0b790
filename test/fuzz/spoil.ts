/** Ways to damage a file: edits of its bytes, its text or its JSON. */
import type { Random } from '../../src/random/philox.ts';

export const pick = <Value>(random: Random, values: readonly Value[]): Value =>
  values[random.below(values.length)]!;

/** Numbers that break counts, sizes and offsets. */
const NUMBERS = [
  ...[0n, 1n, 2n, 7n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn, 0x10000n, 30_000n],
  ...[0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n],
];

/** Pieces of text with a special meaning for a reader, a terminal or JavaScript. */
const TOKENS = [
  ...[',', '\n', '\r', '\r\n', '"', "'", ';', '\t', ' ', '\0', '\u001b[2J', '\u202e', '\ufeff', '\u2028'],
  ...['-', '.', '0', '-0', '1', '1e999', '1e-999', '0x10', 'NaN', 'Infinity', '-Infinity', 'null', 'true'],
  ...['9007199254740993', '1'.repeat(400), '[', ']', '{', '}', ':', '[['.repeat(300), '{"a":'.repeat(300)],
  ...['__proto__', 'constructor', '../', '/', '\\', 'é', 'e\u0301', '🌌', '\ud800', 'GalaxyID', 'Class1.1'],
];

type Edit = (random: Random, bytes: Buffer, others: readonly Uint8Array[]) => Uint8Array;

/** Bytes in which the range start…end is replaced. */
const splice = (bytes: Buffer, start: number, end: number, by: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(end)]);

/** A range of bytes, most often a short one. */
function range(random: Random, length: number): [start: number, end: number] {
  const start = random.below(length + 1);
  const most = random.below(8) === 0 ? length : 16;
  return [start, Math.min(length, start + random.below(most + 1))];
}

const EDITS: readonly Edit[] = [
  // a bit
  (random, bytes) => {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    return bytes;
  },
  // a byte
  (random, bytes) => {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  // a number of 1, 2, 4 or 8 bytes
  (random, bytes) => {
    const size = pick(random, [1, 2, 4, 8]);
    const number = Buffer.alloc(8);
    const isLittle = random.below(2) === 0;
    if (isLittle) number.writeBigUInt64LE(pick(random, NUMBERS));
    else number.writeBigUInt64BE(pick(random, NUMBERS));
    const start = random.below(bytes.length);
    number.copy(bytes, start, isLittle ? 0 : 8 - size, isLittle ? size : 8);
    return bytes;
  },
  // removed
  (random, bytes) => splice(bytes, ...range(random, bytes.length), new Uint8Array()),
  // duplicated
  (random, bytes) => {
    const [start, end] = range(random, bytes.length);
    return splice(bytes, start, start, bytes.subarray(start, end));
  },
  // replaced with a piece of another file
  (random, bytes, others) => {
    const other = pick(random, others);
    return splice(bytes, ...range(random, bytes.length), other.subarray(...range(random, other.length)));
  },
  // a token
  (random, bytes) => splice(bytes, ...range(random, bytes.length), Buffer.from(pick(random, TOKENS))),
  // truncated
  (random, bytes) => bytes.subarray(0, random.below(bytes.length + 1)),
  // extended
  (random, bytes) => Buffer.concat([bytes, Buffer.alloc(random.below(64), random.below(256))]),
];

/** A copy of a file with a few edits. @param others files of the same kind, whose pieces may be inserted */
export function spoil(random: Random, file: Uint8Array, others: readonly Uint8Array[] = [file]): Uint8Array {
  let bytes: Uint8Array = Buffer.from(file);
  for (let edits = 1 + random.below(random.below(4) + 1); edits > 0 && bytes.length > 0; edits--) {
    bytes = pick(random, EDITS)(random, Buffer.from(bytes), others);
  }
  return bytes;
}

/** A JSON value that hardly any reader expects. */
function strange(random: Random): unknown {
  const make = pick<() => unknown>(random, [
    () => Number(pick(random, NUMBERS)),
    () => -Number(pick(random, NUMBERS)),
    () => pick(random, [0.5, -0, 1e300, 5e-324, 1e9, 1_000_007]),
    () => pick(random, TOKENS),
    () => pick(random, [null, true, false, '', [], {}]),
    () => 'x'.repeat(random.below(5000)),
    () => Array.from({ length: random.below(300) }, (_, i) => i),
    () => {
      let deep: unknown = 1;
      for (let depth = random.below(300); depth > 0; depth--) deep = depth % 2 ? [deep] : { a: deep };
      return deep;
    },
    () => withKey({}, '__proto__', { polluted: true }),
  ]);
  return make();
}

/** A copy of an object with one more own key, possibly `__proto__`. */
function withKey(value: object, key: string, held: unknown): object {
  return Object.fromEntries([...Object.entries(value), [key, held]]);
}

/** A copy of a JSON value in which a random part is replaced, removed, duplicated or renamed. */
export function spoilJson(random: Random, value: unknown): unknown {
  const isLeaf = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
  if (isLeaf || random.below(6) === 0) return strange(random);
  if (Array.isArray(value)) {
    const at = random.below(value.length);
    const rest = [value.slice(0, at), value.slice(at + 1)];
    const by = pick<() => unknown[]>(random, [
      () => [],
      () => [value[at], value[at]],
      () => [spoilJson(random, value[at])],
      () => [spoilJson(random, value[at])],
    ]);
    return [...rest[0]!, ...by(), ...rest[1]!];
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length);
  const [key, held] = entries[at]!;
  const edit = pick<() => void>(random, [
    () => entries.splice(at, 1),
    () => entries.splice(at, 1, [pick(random, TOKENS), held]),
    () => entries.push([pick(random, [...TOKENS, 'polluted']), strange(random)]),
    () => entries.splice(at, 1, [key, spoilJson(random, held)]),
    () => entries.splice(at, 1, [key, spoilJson(random, held)]),
    () => entries.splice(at, 1, [key, spoilJson(random, held)]),
  ]);
  edit();
  return Object.fromEntries(entries);
}

/** The text of a JSON value that is damaged: as a value, as a text, or both. */
export function spoilJsonText(random: Random, value: unknown, space?: number): Uint8Array {
  const way = random.below(4);
  let spoilt = way === 0 ? value : spoilJson(random, value);
  if (random.below(4) === 0) spoilt = spoilJson(random, spoilt);
  const text = Buffer.from(JSON.stringify(spoilt, null, space));
  return way < 2 ? spoil(random, text) : text;
}
