/** The model in the package, which commands use without `--run` or `--model`. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitGalaxies } from '../src/data/split.ts';
import { tableRows } from '../src/data/submission.ts';
import { encodeModel } from '../src/model/model.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { openModel } from '../src/tasks/model.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { runHere, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { sharedNote } from './fixtures/pictures.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const ids = galaxyIds(6);
const { path, remove } = temporaryFolder();
const pictures = path('sky', 'images_training_rev1');
const more = '../shared/data/galaxy-zoo-more';
const card = readFileSync('models/box.md', 'utf8');

beforeAll(() => writeSky(path('sky'), ids));
afterAll(remove);

describe('the model in the box', () => {
  it('is one file of at most 10 MB, with the tree, the intervals and the limits of its training pictures', async () => {
    expect(statSync('models/box.safetensors').size).toBeLessThan(10e6);
    const model = await openModel();
    expect([model.tree.data, model.file]).toEqual([GALAXY_ZOO_2.data, 'box']);
    expect(model.conformal).toBeDefined();
    expect(model.trainingPictures).toBeDefined();
    const bytes = encodeModel(model);
    for (const path of ['box', 'models/box.safetensors'])
      expect(Buffer.compare(encodeModel(await openModel(path)), bytes), path).toBe(0);
  });

  it('predicts without --run and --model', async () => {
    const flags = ['--images', pictures, '--out'];
    const result = await succeedWithJson(
      'predict',
      ...flags,
      path('votes.csv'),
      '--intervals',
      path('intervals.csv'),
    );
    expect(result).toMatchObject({ weights: 'box', galaxies: ids.length });
    await succeed('predict', '--model', 'box', ...flags, path('named.csv'), '--quiet');
    expect(readFileSync(path('named.csv'))).toEqual(readFileSync(path('votes.csv')));
  });

  it('is explained, gives features, and is exported', async () => {
    await succeed('explain', '--image', `${pictures}/${ids[0]}.jpg`, '--out', path('why.png'), '--quiet');
    await succeed('features', '--images', pictures, '--out', path('features.parquet'), '--quiet');
    const table = ['--features', path('features.parquet')];
    await succeed(
      'similar',
      ...table,
      '--to',
      `${pictures}/${ids[0]}.jpg`,
      '--out',
      path('similar.html'),
      '--quiet',
    );
    await succeed('export', '--out', path('box.onnx'), '--quiet');
    expect(['why.png', 'similar.html', 'box.onnx'].every((name) => existsSync(path(name)))).toBe(true);
  });

  it('leaves the name ./box to files', async () => {
    writeFileSync(path('box'), 'not a model');
    const { code, stderr } = await runHere(['export', '--model', path('box'), '--out', path('never.onnx')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('box: not a safetensors file')]);
  });

  it.skipIf(!existsSync(more))(`scores as its card says${sharedNote}`, async () => {
    const table = `${more}/training_solutions_rev1.csv`;
    const labelled = tableRows(GALAXY_ZOO_2, await readSolutions(GALAXY_ZOO_2, table));
    const { validation } = splitGalaxies(GALAXY_ZOO_2, labelled, { validation: 0.03 }, 1);
    const lines = readFileSync(table, 'utf8').split(/\r?\n/);
    const ids = new Set(validation.map(({ id }) => id));
    const kept = lines.filter((line, i) => i === 0 || ids.has(line.slice(0, line.indexOf(','))));
    writeFileSync(path('validation.csv'), kept.join('\n'));
    const flags = ['--solutions', path('validation.csv'), '--images', `${more}/images_training_rev1`];
    const { galaxies, rmse } = await succeedWithJson('evaluate', ...flags, '--no-central-pixels');
    const [, count, stated] = /^\| (\d+) validation galaxies, one view \| ([\d.]+) \|/m
      .exec(card)!
      .map(Number);
    expect(galaxies).toBe(count);
    expect(Math.abs(rmse - stated!)).toBeLessThan(2e-4); // another processor rounds differently
  });
});
