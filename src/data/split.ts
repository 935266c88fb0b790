/** Splits galaxies into training and validation. */
import { UserError } from '../errors.ts';
import { Random } from '../random/philox.ts';
import type { Tree } from '../tree/tree.ts';
import { compareIds, idKey } from './ids.ts';
import type { Prediction } from './submission.ts';

/**
 * Distributes `total` validation places over groups in proportion to their sizes, by largest remainder. A group gives up its last
 * member only if no other group has room: a class too small to be split stays in training.
 */
function allot(sizes: readonly number[], fraction: number, total: number): number[] {
  const seats = sizes.map((size) => Math.floor(size * fraction));
  const remainders = sizes.map((size, i) => size * fraction - seats[i]!);
  const claim = (i: number) => remainders[i]! - (seats[i]! + 1 < sizes[i]! ? 0 : 2);
  const order = sizes.map((_, i) => i).sort((a, b) => claim(b) - claim(a) || a - b);
  let left = total - seats.reduce((a, b) => a + b, 0);
  for (const i of order) {
    if (left > 0 && seats[i]! < sizes[i]!) {
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

/**
 * Splits galaxies by a hash of (seed, ID), stratified by the leading answer to the first question. Of each stratum, the
 * galaxies with the smallest hashes go to validation, round(fraction · N) in all. The order of the galaxies does not matter,
 * and an additional galaxy moves at most one other per stratum.
 * @param fraction share of validation, 0 ≤ fraction < 1
 * @returns both parts, sorted by ID
 * @throws UserError if the fraction is out of range
 */
export function splitGalaxies<G extends Prediction>(
  tree: Tree,
  galaxies: readonly G[],
  fraction: number,
  seed: number,
): { training: G[]; validation: G[] } {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new UserError(`validation: expected a fraction of 0 or more and less than 1, got ${fraction}`);
  }
  const { start, end } = tree.questions[0]!;
  const strata = Array.from({ length: end - start + 1 }, (): { galaxy: G; hash: number }[] => []);
  for (const galaxy of galaxies) {
    const key = idKey(galaxy.id);
    const words = typeof key === 'number' ? [key, Math.floor(key / 2 ** 32)] : key;
    const hash = new Random(seed, 'split', words[0], words[1]).integer();
    strata[stratumOf(tree, galaxy.fractions)]!.push({ galaxy, hash });
  }
  const seats = allot(
    strata.map(({ length }) => length),
    fraction,
    Math.round(fraction * galaxies.length),
  );
  const training: G[] = [];
  const validation: G[] = [];
  const byId = (a: G, b: G) => compareIds(a.id, b.id);
  strata.forEach((stratum, i) => {
    stratum.sort((a, b) => a.hash - b.hash || byId(a.galaxy, b.galaxy));
    stratum.forEach(({ galaxy }, rank) => {
      (rank < seats[i]! ? validation : training).push(galaxy);
    });
  });
  return { training: training.sort(byId), validation: validation.sort(byId) };
}
