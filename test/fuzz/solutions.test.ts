import { expect } from 'vitest';
import { openTable } from '../../src/data/tables/open.ts';
import { readVotes, type Solutions } from '../../src/data/votes.ts';
import type { Random } from '../../src/random/philox.ts';
import { GALAXY_ZOO_2 } from '../../src/tree/surveys/galaxyZoo2.ts';
import { fuzz, type Sample } from './fuzz.ts';
import { pick, spoil } from './spoil.ts';

const file = 'solutions.csv';

/** A table of a few galaxies, in any of the forms that are allowed. */
function draw(random: Random): Sample<Buffer, Solutions> {
  const ids = [...new Set(Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(10 ** 6)))];
  const fractions = Float64Array.from({ length: ids.length * GALAXY_ZOO_2.columns.length }, () =>
    pick(random, [0, 1, 0.5, 1e-7, random.uniform()]),
  );
  const order = random.permutation(GALAXY_ZOO_2.columns.length + 1);
  const quote = pick(random, ['', '"']);
  const write = (cells: readonly unknown[]) =>
    Array.from(order, (place) => `${quote}${cells[place]}${quote}`).join(',');
  const rows = ids.map((id, i) => [
    id,
    ...fractions.subarray(i * GALAXY_ZOO_2.columns.length, (i + 1) * GALAXY_ZOO_2.columns.length),
  ]);
  const end = pick(random, ['\n', '\r\n', '\n\n']);
  const text = [['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',').split(','), ...rows]
    .map(write)
    .join(end);
  const input = Buffer.from(`${pick(random, ['', '\ufeff'])}${text}${pick(random, ['', end])}`);
  return { input, result: { file, ids: ids.map(String), fractions } };
}

fuzz<Uint8Array, Solutions>({
  name: 'CSV table',
  file,
  growth: 150,
  sound: draw,
  spoilt: (random) => spoil(random, draw(random).input, [draw(random).input]),
  async read(bytes) {
    const { reading: _, ...solutions } = await readVotes(GALAXY_ZOO_2, await openTable(bytes, file));
    return solutions;
  },
  check({ ids, fractions }) {
    expect(fractions.length).toBe(ids.length * GALAXY_ZOO_2.columns.length);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => id !== '')).toBe(true);
    expect(fractions.every((value) => value >= 0 && value <= 1)).toBe(true);
  },
});
