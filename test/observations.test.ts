/** The tables of docs/observations.md and docs/accuracy.md follow from the kept predictions and scores. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { accuracyTables } from '../bench/accuracy.ts';
import { observationTables } from '../bench/observations.ts';

const DATA = '../shared/data/galaxy-zoo-more';
const isHere = existsSync(DATA);

it.skipIf(!isHere)(
  `the tables of docs/observations.md follow from the kept predictions${isHere ? '' : ' (skipped: ../shared is not here)'}`,
  async () => {
    const { markdown } = await observationTables(DATA);
    expect(readFileSync('docs/observations.md', 'utf8')).toContain(markdown);
  },
);

it('the tables of docs/accuracy.md follow from the kept scores', () => {
  expect(readFileSync('docs/accuracy.md', 'utf8')).toContain(accuracyTables().markdown);
});
