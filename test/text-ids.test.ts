/** IDs that are not integers, from file names and tables through training to every output. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { submissionLine } from '../src/data/submission.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { runHere, SMALL, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { galaxyFractions, galaxyPicture, solutionsTable } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const names = [
  '7',
  '12',
  '000123',
  '1237649770260463687',
  '1237649770260463688',
  'J094651.40-010228.5',
  'M51, "Whirlpool"',
  'étoile',
];
const table = path('votes.csv');
const sources = ['--solutions', table, '--images', path('cutouts')];

/** The first cell of each line after the header. */
const idsOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.replace(/(,[\d.e-]+){37}$/, ''));
const written = (id: string) => (id.startsWith('M51') ? '"M51, ""Whirlpool"""' : id);

beforeAll(async () => {
  mkdirSync(path('cutouts'));
  const header = solutionsTable([]).split('\n')[0]!;
  const lines = names.map((id, i) => submissionLine(GALAXY_ZOO_2, { id, fractions: galaxyFractions(i + 1) }));
  writeFileSync(table, [header, '\n', ...lines.toReversed()].join(''));
  for (const [i, name] of names.entries()) {
    writeFileSync(path('cutouts', `${name}.jpg`), await galaxyPicture(i + 1));
  }
  const split = ['--validation', '0.25', '--epochs', '1', '--batch', '4'];
  await succeed('train', ...sources, '--out', path('run'), ...SMALL, ...split, '--quiet');
});
afterAll(remove);

it('splits them, and lists them in the run', () => {
  const lists = ['training.csv', 'validation.csv'].map((file) => idsOf(path('run', file)));
  expect(lists.map(({ length }) => length)).toEqual([6, 2]);
  expect(lists.flat().sort()).toEqual(names.map(written).sort());
});

it('predicts them in order, integers first', async () => {
  const out = path('predictions.csv');
  await succeed('predict', '--run', path('run'), '--images', path('cutouts'), '--out', out, '--quiet');
  expect(idsOf(out)).toEqual(names.map(written));
  const average = path('average.csv');
  const flags = ['--predictions', out, '--solutions', table, '--out', average, '--quiet'];
  await succeed('average', ...flags);
  expect(idsOf(average)).toEqual(names.map(written));
  const sampled = ['average', '--predictions', out, '--sample', out, '--out', path('sampled.csv')];
  expect(await runHere(sampled)).toMatchObject({
    code: 2,
    stderr: `tuningfork: ${out} line 4: GalaxyID: expected a positive integer, got '000123'; 5 more rows have a wrong ID\n`,
  });
});

it('scores them, and recognises those trained on', async () => {
  const result = await succeedWithJson('evaluate', '--run', path('run'), ...sources);
  expect(result).toMatchObject({ galaxies: 8, trainedOn: 6 });
});

it('shows them: integers as numbers in JSON, everything else as text', async () => {
  const { classes } = await succeedWithJson(
    'show',
    ...sources,
    '--out',
    path('sky.html'),
    '--per-class',
    '8',
  );
  const shown = new Set(
    classes.flatMap(({ galaxies }: { galaxies: { id: unknown }[] }) => galaxies.map(({ id }) => id)),
  );
  expect(shown.size).toBeGreaterThan(0);
  for (const id of shown) expect([7, 12, ...names.slice(2)]).toContain(id);
});
