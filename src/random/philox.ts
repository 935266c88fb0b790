/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a counter-based generator. Its output
 * is a function of (key, counter), so workers can draw in any order.
 */

const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >>> 16);
  const carry = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(carry / 0x10000)) >>> 0;
}

/**
 * One Philox block of ten rounds.
 * @param counter four unsigned 32-bit integers
 * @param key two unsigned 32-bit integers
 * @returns four unsigned 32-bit integers
 */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0);
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0;
    const high1 = multiplyHigh(MULTIPLIER_1, c2);
    const low1 = Math.imul(MULTIPLIER_1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** Independent streams, one for each purpose. The numbers are part of the key: never reuse or change one. */
const STREAMS = {
  split: 1,
  shuffle: 2,
  view: 3,
  initial: 4,
  dropout: 5,
  test: 6,
  bootstrap: 7,
  signs: 8,
  clusters: 9,
  sky: 10,
  votes: 11,
  seeds: 12,
  check: 13,
  folds: 14,
  limit: 15,
  blur: 16,
} as const;

/** A galaxy's place in a random stream: an integer, or two words of 32 bits. `idKey` makes it of an ID. */
export type IdKey = number | readonly [low: number, high: number];

/**
 * A seeded random number generator. Its numbers depend only on (seed, stream, position); a position has up to three integers.
 */
export class Random {
  private readonly key: [number, number];
  /** Block number, then the position. */
  private readonly counter: [number, number, number, number];
  private words: readonly number[] = [];
  private next = 4;

  constructor(seed: number, stream: keyof typeof STREAMS, ...position: number[]) {
    this.key = [seed >>> 0, ((Math.floor(seed / 2 ** 32) << 8) | STREAMS[stream]) >>> 0];
    this.counter = [0, (position[0] ?? 0) >>> 0, (position[1] ?? 0) >>> 0, (position[2] ?? 0) >>> 0];
  }

  /** An unsigned 32-bit integer. */
  integer(): number {
    if (this.next === 4) {
      this.words = philox(this.counter, this.key);
      this.counter[0]++;
      this.next = 0;
    }
    return this.words[this.next++]!;
  }

  /** A uniform number in [low, high), with 32 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.integer() / 2 ** 32);
  }

  /** An integer in 0…count-1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** A standard normal number (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The integers 0…count-1 in random order (Fisher–Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
