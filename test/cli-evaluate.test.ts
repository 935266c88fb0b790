/** `tuningfork evaluate` from the command line: reference scores, the comparison of two runs, and the files it writes. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { centralPixelRmse, readCentralColours } from '../src/evaluate/centralPixels.ts';
import { openCatalogue } from '../src/node/data/openCatalogue.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { DEFAULT_PREPROCESSING } from '../src/picture/preprocessing.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { filesBelow, runHere, SMALL, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';

const COUNT = 24;
const ids = galaxyIds(COUNT);
const { path, remove } = temporaryFolder();
const pictures = path('sky', 'images_training_rev1');
const truth = path('sky', 'training_solutions_rev1.csv');

beforeAll(async () => {
  await writeSky(path('sky'), ids);
  const train = (name: string, ...flags: string[]) =>
    succeed('train', '--data', path('sky'), '--out', path(name), ...SMALL, '--validation', '0.4', ...flags);
  await Promise.all([train('first'), train('second', '--lr', '5e-3'), train('other seed', '--seed', '2')]);
});
afterAll(remove);

/** The flags that score a run on the galaxies that `first` was validated on, or on those of a table. */
const on = (run: string, table = path('first', 'validation.csv')) => [
  'evaluate',
  ...['--run', path(run), '--solutions', table, '--images', pictures, '--threads', '1'],
];

describe('evaluate', () => {
  it('prints reference scores next to the score', async () => {
    const scores = await succeedWithJson(...on('first', truth));
    expect(scores.rmseInterval.low).toBeLessThan(scores.rmse);
    expect(scores.rmseInterval.high).toBeGreaterThan(scores.rmse);
    expect(scores.meanPredictorRmse).toBeGreaterThan(0);
    const { galaxies } = await openCatalogue(GALAXY_ZOO_2, { solutions: [truth], images: [pictures] });
    const colours = await readCentralColours(
      nodePlatform,
      galaxies.map(({ image }) => image),
      DEFAULT_PREPROCESSING,
    );
    const fractions = galaxies.flatMap((galaxy) => [...galaxy.fractions]);
    expect(scores.centralPixelRmse).toBe(centralPixelRmse(GALAXY_ZOO_2, fractions, colours));
    expect(scores.kaggleScores).toMatchObject([
      { name: 'report', rmse: 0.07742 },
      { name: 'winner', rmse: 0.07491 },
    ]);
    const without = await succeedWithJson(...on('first', truth), '--no-central-pixels');
    expect({ ...without, centralPixelRmse: scores.centralPixelRmse }).toEqual(scores);
    expect(without).not.toHaveProperty('centralPixelRmse');
  });

  it('writes everything into a folder, and prints a summary', async () => {
    const out = path('scores');
    const { stdout } = await succeed(...on('first'), '--out', out, '--quiet');
    expect(filesBelow(out).filter((name) => !name.startsWith('charts/'))).toEqual([
      'evaluation.json',
      'evaluation.txt',
      'predictions.csv',
      'report.html',
    ]);
    const page = readFileSync(`${out}/report.html`, 'utf8');
    expect(filesBelow(`${out}/charts`)).toContain('history-rmse.png');
    const text = readFileSync(`${out}/evaluation.txt`, 'utf8');
    expect(text.startsWith(stdout.trimEnd())).toBe(true);
    expect(text.match(/^Question \d+, .*: \d+ galaxies$/gm)).toHaveLength(11);
    expect(stdout.split('\n').length).toBeLessThan(50);
    const saved = JSON.parse(readFileSync(`${out}/evaluation.json`, 'utf8'));
    expect(saved).toEqual(await succeedWithJson(...on('first')));
    expect(page).toContain(saved.rmse.toFixed(5));
    expect(page.match(/data:image\/jpeg;base64,/g)!.length).toBeGreaterThanOrEqual(saved.galaxies);
    expect(saved.questions).toHaveLength(11);
    expect(Object.keys(saved.calibration.byColumn)).toHaveLength(37);
    expect(saved.trainedOn).toBe(0);
  });

  it('compares two runs, galaxy by galaxy', async () => {
    const [first, second, both, reversed] = await Promise.all([
      succeedWithJson(...on('first')),
      succeedWithJson(...on('second')),
      succeedWithJson(...on('first'), '--against', path('second')),
      succeedWithJson(...on('second'), '--against', path('first')),
    ]);
    const { against, ...scores } = both;
    expect(scores).toEqual(first);
    expect(against.rmse).toBeCloseTo(second.rmse, 14);
    expect(against.difference).toBeCloseTo(first.rmse - second.rmse, 14);
    expect(against.difference).not.toBe(0);
    expect(against.better + against.worse + against.equal).toBe(first.galaxies);
    expect(against).toMatchObject({ weights: second.weights, trainedOn: 0 });
    expect(against.differenceInterval.low).toBeLessThan(against.differenceInterval.high);
    expect(reversed.against).toMatchObject({ pValue: against.pValue, better: against.worse });

    const { stdout } = await succeed(...on('first'), '--against', path('first'), '--quiet');
    expect(stdout).toContain(
      `Against ${path('first')}, galaxy by galaxy\n  its pooled RMSE    ${first.rmse.toFixed(5)}`,
    );
    expect(stdout).toMatch(/difference +0\.00000 {2}no difference; 95 %: 0\.00000 … 0\.00000\n/);
    expect(stdout).toMatch(/p-value +1\.0000 /);
    expect(stdout).toMatch(/galaxies +0 better, 0 worse, \d+ equal\n/);
  });

  it('reports galaxies that a run was trained on', async () => {
    const { stdout, stderr } = await succeed(...on('first'), '--against', path('other seed'));
    const caution = new RegExp(
      `Caution: ${path('other seed')} was trained on [1-9]\\d* of these \\d+ galaxies: its score says little about others\\n`,
    );
    expect(stdout).toMatch(caution);
    expect(stderr).toMatch(caution);
    expect(stderr).not.toContain(`Caution: ${path('first')}`);
  });

  it('reports a run whose training galaxies are unknown', async () => {
    const old = path('old');
    cpSync(path('first'), old, { recursive: true });
    rmSync(`${old}/training.csv`);
    const { stdout } = await succeed(...on('old'), '--quiet');
    expect(stdout).toMatch(`Caution: ${old} does not say which galaxies it was trained on\n`);
  });

  it("does not overwrite a run's own page", async () => {
    const before = readFileSync(path('first', 'report.html'), 'utf8');
    const { code, stderr } = await runHere([...on('first'), '--out', path('first')]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `tuningfork: --out ${path('first')}: is a run; its report.html would be overwritten; try ${path('first', 'scores')}\n`,
    );
    expect(readFileSync(path('first', 'report.html'), 'utf8')).toBe(before);
  });

  it('measures the score against the number of views', async () => {
    const out = path('curve');
    const { galaxies, curve } = await succeedWithJson(...on('first'), '--views', 'curve', '--out', out);
    expect(curve.map(({ views }: { views: number }) => views)).toEqual([1, 2, 4, 8, 16, 32, 60]);
    expect(filesBelow(out)).toEqual(['view-curve.json', 'view-curve.png', 'view-curve.svg']);
    for (const views of [1, 4]) {
      const scores = await succeedWithJson(...on('first'), '--views', String(views));
      expect(scores.galaxies).toBe(galaxies);
      expect(curve.find((point: { views: number }) => point.views === views).rmse).toBeCloseTo(
        scores.rmse,
        6,
      );
    }
    const { stdout } = await succeed(...on('first'), '--views', 'curve', '--quiet');
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      '  views     RMSE',
      expect.stringMatching(/^ {6}1 {2}0\.\d{5}$/),
    ]);
  });

  it('reports mistakes before it predicts', async () => {
    const table = path('three.csv');
    writeFileSync(table, solutionsTable(ids.slice(0, 3)));
    const nothing = await runHere([...on('first', table), '--against', path('sky')]);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toBe(`tuningfork: ${path('sky')}: not a run: it has no config.json\n`);
    const weighted = await runHere(on('first', `${table}:0.5`));
    expect(weighted).toMatchObject({ code: 2, stdout: '' });
    expect(weighted.stderr).toContain(`--solutions ${table}:0.5: weights apply only in training`);
  });

  it('scores a single galaxy, without an interval', async () => {
    const table = path('one.csv');
    writeFileSync(table, solutionsTable(ids.slice(0, 1)));
    const scores = await succeedWithJson(...on('first', table), '--against', path('second'));
    expect(scores).toMatchObject({ galaxies: 1, rmseInterval: null, centralPixelRmse: null });
    expect(scores.against).toMatchObject({ differenceInterval: null, pValue: 1 });
  });
});
