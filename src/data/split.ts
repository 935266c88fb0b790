/** Training and validation galaxies. */
import { UserError } from '../errors.ts';
import { Random } from '../random/philox.ts';
import { leadingAnswer } from '../tree/route.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

/** What a split needs to know of a galaxy. */
export interface Splittable {
  readonly id: number;
  /** Vote fractions `[37]`. */
  readonly fractions: ArrayLike<number>;
}

/**
 * Shares out `total` seats in proportion to `sizes` by largest remainder. A seat that would take the last member of a
 * group is given only when no other group has room: a class too small to share stays in training.
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

/**
 * Splits galaxies by a hash of (seed, GalaxyID), stratified by the leading answer to Q1: of each stratum, those with the
 * smallest hashes go to validation, round(fraction · N) in all. The split does not depend on the order of the galaxies,
 * and a galaxy more or less moves at most one other per stratum.
 *
 * @param fraction share of validation, 0 ≤ fraction < 1
 * @returns both parts, sorted by GalaxyID
 * @throws UserError where the fraction is out of range
 * @example
 * const { training, validation } = splitGalaxies(catalogue.galaxies, 0.05, seed);
 */
export function splitGalaxies<G extends Splittable>(
  galaxies: readonly G[],
  fraction: number,
  seed: number,
): { training: G[]; validation: G[] } {
  if (!(fraction >= 0 && fraction < 1)) {
    throw new UserError(`validation: expected a fraction of 0 or more and less than 1, got ${fraction}`);
  }
  const strata: { galaxy: G; hash: number }[][] = [];
  for (let column = GALAXY_ZOO_2.questions[0]!.start; column < GALAXY_ZOO_2.questions[0]!.end; column++)
    strata.push([]);
  for (const galaxy of galaxies) {
    const { id, fractions } = galaxy;
    const hash = new Random(seed, 'split', id, Math.floor(id / 2 ** 32)).integer();
    strata[leadingAnswer(GALAXY_ZOO_2, fractions, 1)]!.push({ galaxy, hash });
  }
  const seats = allot(
    strata.map(({ length }) => length),
    fraction,
    Math.round(fraction * galaxies.length),
  );
  const training: G[] = [];
  const validation: G[] = [];
  strata.forEach((stratum, i) => {
    stratum.sort((a, b) => a.hash - b.hash || a.galaxy.id - b.galaxy.id);
    stratum.forEach(({ galaxy }, rank) => {
      (rank < seats[i]! ? validation : training).push(galaxy);
    });
  });
  const byId = (a: G, b: G) => a.id - b.id;
  return { training: training.sort(byId), validation: validation.sort(byId) };
}
