/** Splits galaxies into training, validation and test. */
import { UserError } from '../errors.ts';
import { Random } from '../random/philox.ts';
import type { Tree } from '../tree/tree.ts';
import { compareIds, idKey } from './ids.ts';
import type { Prediction } from './submission.ts';

/**
 * Distributes `total` places over groups in proportion to their sizes, by largest remainder. A group gives up its last
 * member only if no other group has room: a class too small to be split stays in training.
 * @param room members of each group that have no place yet
 */
function allot(sizes: readonly number[], room: readonly number[], fraction: number, total: number): number[] {
  const seats = sizes.map((size, i) => Math.min(Math.floor(size * fraction), room[i]!));
  const remainders = sizes.map((size, i) => size * fraction - seats[i]!);
  const claim = (i: number) => remainders[i]! - (seats[i]! + 1 < room[i]! ? 0 : 2);
  const order = sizes.map((_, i) => i).sort((a, b) => claim(b) - claim(a) || a - b);
  let left = total - seats.reduce((a, b) => a + b, 0);
  for (const i of order) {
    if (left > 0 && seats[i]! < room[i]!) {
      seats[i]!++;
      left--;
    }
  }
  return seats;
}

/** The number of the leading answer to the first question, from 0; the number of answers if none is known. */
function stratumOf({ questions }: Tree, fractions: ArrayLike<number>): number {
  const { start, end } = questions[0]!;
  let leading = end;
  let largest = Number.NEGATIVE_INFINITY;
  for (let column = start; column < end; column++) {
    if (!(fractions[column]! > largest)) continue; // NaN is never larger
    leading = column;
    largest = fractions[column]!;
  }
  return leading - start;
}

/** The parts of a split, each sorted by ID. */
export interface Split<G> {
  training: G[];
  validation: G[];
  test: G[];
  calibration: G[];
}

/** A number of a galaxy, uniform in 0 … 2^32 - 1. */
function hashOf(seed: number, purpose: 'split' | 'limit', id: string): number {
  const key = idKey(id);
  const words = typeof key === 'number' ? [key, Math.floor(key / 2 ** 32)] : key;
  return new Random(seed, purpose, words[0], words[1]).integer();
}

const byId = (a: { id: string }, b: { id: string }) => compareIds(a.id, b.id);

interface Shares {
  validation: number;
  test?: number;
  calibration?: number;
  /** IDs of the galaxies that are split; the others are trained on. Default: all. */
  from?: ReadonlySet<string>;
}

/**
 * Splits galaxies by a hash of (seed, ID), stratified by the leading answer to the first question. Of each stratum, the
 * galaxies with the smallest hashes go to validation, the next ones to test and then to calibration, round(share · N) in all. The order of the
 * galaxies does not matter, an additional galaxy moves at most one other per stratum into or out of validation, and the
 * galaxies of a part do not depend on the shares of later parts.
 * @param shares of the galaxies that are split: each 0 or more, less than 1 together
 * @throws UserError if a share is out of range
 * @example splitGalaxies(GALAXY_ZOO_2, galaxies, { validation: 0.05, test: 0.1 }, 1).test.length // 6158 of 61578
 */
export function splitGalaxies<G extends Prediction>(
  tree: Tree,
  galaxies: readonly G[],
  { validation, test = 0, calibration = 0, from }: Shares,
  seed: number,
): Split<G> {
  if (!(validation >= 0 && test >= 0 && calibration >= 0 && validation + test + calibration < 1)) {
    const got = `validation ${validation} and test ${test}${calibration === 0 ? '' : ` and calibration ${calibration}`}`;
    throw new UserError(`split: expected shares of 0 or more, less than 1 together, got ${got}`);
  }
  const { start, end } = tree.questions[0]!;
  const strata = Array.from({ length: end - start + 1 }, (): { galaxy: G; hash: number }[] => []);
  const isSplit = ({ id }: G) => from === undefined || from.has(id);
  const pool = galaxies.filter(isSplit);
  for (const galaxy of pool) {
    const hash = hashOf(seed, 'split', galaxy.id);
    strata[stratumOf(tree, galaxy.fractions)]!.push({ galaxy, hash });
  }
  const sizes = strata.map(({ length }) => length);
  const validated = allot(sizes, sizes, validation, Math.round(validation * pool.length));
  const left = sizes.map((size, i) => size - validated[i]!);
  const tested = allot(sizes, left, test, Math.round(test * pool.length));
  const rest = left.map((size, i) => size - tested[i]!);
  const calibrated = allot(sizes, rest, calibration, Math.round(calibration * pool.length));
  const training = galaxies.filter((galaxy) => !isSplit(galaxy));
  const split: Split<G> = { training, validation: [], test: [], calibration: [] };
  strata.forEach((stratum, i) => {
    const first = validated[i]!;
    const second = first + tested[i]!;
    const third = second + calibrated[i]!;
    stratum.sort((a, b) => a.hash - b.hash || byId(a.galaxy, b.galaxy));
    stratum.forEach(({ galaxy }, rank) => {
      const part = rank < second ? 'test' : rank < third ? 'calibration' : 'training';
      split[rank < first ? 'validation' : part].push(galaxy);
    });
  });
  for (const part of Object.values(split)) part.sort(byId);
  return split;
}

/**
 * Draws galaxies at random: those with the smallest hashes of (seed, ID), sorted by ID. A smaller number of them are among those of a
 * larger one.
 * @example drawGalaxies(training, 300, 1).length // 300
 */
export function drawGalaxies<G extends { id: string }>(
  galaxies: readonly G[],
  count: number,
  seed: number,
): G[] {
  return galaxies
    .map((galaxy) => ({ galaxy, hash: hashOf(seed, 'limit', galaxy.id) }))
    .sort((a, b) => a.hash - b.hash || byId(a.galaxy, b.galaxy))
    .slice(0, count)
    .map(({ galaxy }) => galaxy)
    .sort(byId);
}
