/** `tuningfork average` from the command line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submissionHeader, submissionLine } from '../src/data/submission.ts';
import { alignTables } from '../src/evaluate/align.ts';
import { rmseScores } from '../src/evaluate/rmse.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { Random } from '../src/random/philox.ts';
import { brokenSums } from '../src/tree/sums.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { filesBelow, runHere, succeed, succeedWithJson, temporaryFolder, UNVALIDATED } from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyFractions, galaxyIds, solutionsTable, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const ids = galaxyIds(40);
const labelled = [7, ...ids.slice(5, 35)];
const { path, remove } = temporaryFolder();
const truth = path('truth.csv');
const noises = [0.3, 0.1, 0.12];
const tables = noises.map((_, model) => path(`model ${model}.csv`));

/** Predictions of a made-up model: the truth plus its noise. */
function guess(model: number, id: number): Float32Array {
  const random = new Random(10 + model, 'shuffle', id);
  return Float32Array.from(galaxyFractions(id), (fraction) =>
    Math.min(1, Math.max(0, fraction + noises[model]! * random.uniform(-1, 1))),
  );
}

const submission = (model: number, wanted: readonly number[]) =>
  [
    submissionHeader(GALAXY_ZOO_2),
    ...wanted.map((id) => submissionLine(GALAXY_ZOO_2, { id: String(id), fractions: guess(model, id) })),
  ].join('');

beforeAll(() => {
  writeFileSync(truth, solutionsTable(labelled));
  for (const [model, table] of tables.entries()) {
    writeFileSync(table, submission(model, model === 1 ? ids.toReversed() : ids));
  }
});
afterAll(remove);

/** Averages, and returns the JSON document and the written table. */
async function average(name: string, ...flags: string[]) {
  const out = path(name);
  const result = await succeedWithJson('average', '--out', out, ...flags);
  return { result, text: readFileSync(out, 'utf8'), ...(await readSolutions(GALAXY_ZOO_2, out)) };
}

/** Their weighted mean, [40, 37]. */
const weighted = (weights: readonly number[]) =>
  ids.flatMap((id) => {
    const rows = weights.map((_, model) => guess(model, id));
    return Array.from(rows[0]!, (_, c) =>
      rows.reduce((sum, row, model) => sum + weights[model]! * row[c]!, 0),
    );
  });

/** Expects a one-line refusal that leaves no file. */
async function expectRefusal(message: string | RegExp, ...flags: string[]): Promise<void> {
  const before = filesBelow(path());
  const outcome = await runHere(['average', '--quiet', '--out', path('no.csv'), ...flags]);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  if (typeof message === 'string') expect(outcome.stderr).toBe(`tuningfork: ${message}\n`);
  else expect(outcome.stderr).toMatch(message);
  expect(filesBelow(path())).toEqual(before);
}

describe('average', () => {
  it('writes the mean, joined by GalaxyID, in the first table’s order', async () => {
    const { result, text, ...mean } = await average('mean.csv', '--predictions', ...tables);
    expect(mean.ids).toEqual(ids.map(String));
    expect(difference(mean.fractions, weighted([1 / 3, 1 / 3, 1 / 3]))).toBeLessThan(1e-7);
    expect(
      text.startsWith(
        `${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}\r\n${ids[0]},`,
      ),
    ).toBe(true);
    expect(result).toMatchObject({ galaxies: 40, way: 'equal', projected: false, leftOut: [] });
    expect(result.weights).toEqual(tables.map((model) => ({ model, weight: 1 / 3 })));
    expect(result.scores).toBeUndefined();

    const { stdout } = await succeed('average', '--predictions', tables[1]!, '--out', path('one.csv'));
    expect(stdout).toBe(`40 predictions in ${path('one.csv')}: equal weights, 1 of 1 models\n`);
    expect((await readSolutions(GALAXY_ZOO_2, path('one.csv'))).ids).toEqual(ids.toReversed().map(String));
  });

  it('chooses weights on one half, and reports their gain on the other', async () => {
    const given = ['--predictions', ...tables, '--solutions', truth];
    const { result, fractions } = await average('fitted.csv', ...given, '--weights', 'fitted');
    const { scores } = result;
    expect(scores).toMatchObject({ galaxies: 30, choosingGalaxies: 15, heldOutGalaxies: 15, seed: 1 });
    expect(result.solutionsWithoutPrediction).toBe(1);
    expect(result.weights).toEqual(
      tables.map((model, i) => ({ model, weight: scores.weightings.fitted.weights[i] })),
    );
    expect(difference(fractions, weighted(scores.weightings.fitted.weights))).toBeLessThan(1e-7);
    expect(scores.weightings.fitted.gain).toBeGreaterThan(0);
    expect(scores.models.map(({ name }: { name: string }) => name)).toEqual(tables);
    expect(scores.bestTogether.map(({ added }: { added: string }) => added)[2]).toBe(tables[0]);

    const greedy = await average('greedy.csv', ...given, '--weights', 'greedy', '--seed', '2');
    expect(greedy.result.scores.seed).toBe(2);
    const { weights } = greedy.result.scores.weightings.greedy;
    expect(difference(greedy.fractions, weighted(weights))).toBeLessThan(1e-7);
    expect(greedy.result.scores.models).not.toEqual(scores.models);

    const equal = await average('equal.csv', ...given);
    expect(equal.result.scores).toEqual(scores);
    expect(difference(equal.fractions, weighted([1 / 3, 1 / 3, 1 / 3]))).toBeLessThan(1e-7);
  });

  it('prints the tables as text', async () => {
    const out = path('people.csv');
    const flags = ['--predictions', ...tables, '--solutions', truth, '--out', out];
    const { stdout, stderr } = await succeed('average', ...flags);
    expect(stderr).toContain(
      `30 of the 40 galaxies have a solution in ${truth} (1 solutions without prediction)`,
    );
    expect(stdout).toContain('30 labelled galaxies: 15 to choose on, 15 held out (seed 1)');
    for (const title of ['Each model', 'The best k models', 'Weightings', 'Weights']) {
      expect(stdout).toMatch(new RegExp(`^${title}`, 'm'));
    }
    expect(stdout).toMatch(new RegExp(`40 predictions in ${out}: equal weights, 3 of 3 models\\n$`));
  });

  it('writes the galaxies of a sample in its order, or names those that are missing or extra', async () => {
    const sample = path('sample.zip');
    const turned = ids.toReversed();
    writeFileSync(sample, zipFixture({ 'sample.csv': submission(0, turned) }));
    const { result, ...mean } = await average('sampled.csv', '--predictions', tables[0]!, '--sample', sample);
    expect(mean.ids).toEqual(turned.map(String));
    expect(result.sample).toContain('sample.csv');

    const other = path('other.csv');
    writeFileSync(other, submission(0, [...ids.slice(2), 5]));
    await expectRefusal(
      `${tables[0]} lacks 1 of the 39 galaxies in ${other}: 5; ` +
        `${other} lacks 2 of the 40 galaxies in ${tables[0]}: ${ids[0]}, ${ids[1]}`,
      ...['--predictions', tables[0]!, '--sample', other],
    );
  });

  it('projects rows onto the tree with --project', async () => {
    const given = ['--predictions', tables[0]!, tables[1]!];
    const { fractions } = await average('plain.csv', ...given);
    expect(brokenSums(GALAXY_ZOO_2, fractions)).not.toEqual([]);
    const projected = await average('projected.csv', ...given, '--project');
    expect(brokenSums(GALAXY_ZOO_2, projected.fractions)).toEqual([]);
    expect(projected.result.projected).toBe(true);
    const scored = await average('scored.csv', ...given, '--project', '--solutions', truth);
    const written = alignTables(
      GALAXY_ZOO_2,
      await readSolutions(GALAXY_ZOO_2, truth),
      await readSolutions(GALAXY_ZOO_2, path('scored.csv')),
      {
        partial: true,
      },
    );
    expect(scored.result.projectedRmse).toBeCloseTo(
      rmseScores(GALAXY_ZOO_2, written.truth, written.predictions).rmse,
      6,
    );
    expect(scored.result.projectedRmse).not.toBeCloseTo(scored.result.scores.weightings.equal.rmse, 4);
  });

  it('refuses options and tables that contradict each other', async () => {
    const given = ['--predictions', tables[0]!];
    const fewer = path('fewer.csv');
    writeFileSync(fewer, submission(0, ids.slice(4)));
    const bad = path('bad.csv');
    writeFileSync(bad, submission(0, ids).replace(/,[^,]+\r\n$/, ',1.5\r\n'));
    const refused: [string | RegExp, ...string[]][] = [
      ['--predictions: expected one or more, unless --run or --model is given'],
      [
        `${fewer} lacks 4 of the 40 galaxies in ${tables[0]!}: ${ids.slice(0, 3).join(', ')}, …`,
        ...given,
        fewer,
      ],
      [`${bad} line 41: Class11.6: expected 0…1, got 1.5`, ...given, bad],
      [`${tables[0]!} is given twice`, ...given, tables[0]!],
      [/ is given twice/, ...given, `${path()}/./${basename(tables[0]!)}`],
      ['--run: requires --images', '--run', 'x'],
      ['--images: requires --run or --model: nothing is predicted without it', ...given, '--images', 'x'],
      ['--views: requires --run or --model: nothing is predicted without it', ...given, '--views', '4'],
      ['--max-bad: requires --run or --model: nothing is predicted without it', ...given, '--max-bad', '0.5'],
      ['--weights fitted: requires --solutions or --part', ...given, '--weights', 'fitted'],
      ['--seed: requires --solutions or --part: it splits the labelled galaxies', ...given, '--seed', '3'],
      ['--choosing x: requires --solutions: the galaxies to score on', ...given, '--choosing', 'x'],
      ['--report x: requires --solutions or --part', ...given, '--report', 'x'],
      [
        '--seed 3: has no effect with --choosing',
        ...[...given, '--solutions', truth, '--choosing', truth, '--seed', '3'],
      ],
      [
        'expected labelled galaxies to choose models on and others to score them on, got 30 and 0',
        ...[...given, '--solutions', truth, '--choosing', truth],
      ],
      ['--weights best: expected equal, best-single, best-together, greedy or fitted', '--weights', 'best'],
      ['--seed 1.5: expected a whole number', '--seed', '1.5'],
    ];
    for (const [message, ...flags] of refused) await expectRefusal(message, ...flags);
    const over = await runHere(['average', ...given, '--out', tables[0]!]);
    expect([over.code, over.stderr]).toEqual([
      2,
      `tuningfork: --out ${tables[0]}: would overwrite an input of --predictions; choose another path\n`,
    ]);
  });
});

describe('average of runs', () => {
  const pictures = path('sky', 'images_training_rev1');
  const run = path('run');
  const few = ids.slice(0, 12);
  const common = ['--images', pictures, '--threads', '1', '--views', '2'];

  beforeAll(async () => {
    await writeSky(path('sky'), few);
    await succeed('train', '--data', path('sky'), '--out', run, ...UNVALIDATED);
  });

  it('predicts them first, as predict does', async () => {
    const out = path('predicted.csv');
    await succeed('predict', '--run', run, ...common, '--out', out);
    const { fractions } = await readSolutions(GALAXY_ZOO_2, out);
    const alone = await average('alone.csv', '--run', run, ...common);
    expect(alone.ids).toEqual(few.map(String));
    expect(difference(alone.fractions, fractions)).toBeLessThan(1e-6);

    const table = path('some.csv');
    writeFileSync(table, submission(1, few.slice(2).toReversed()));
    const solutions = ['--solutions', truth, '--weights', 'fitted'];
    const both = await average('both.csv', '--predictions', table, '--run', run, ...common, ...solutions);
    expect(both.ids).toEqual(few.slice(2).toReversed().map(String));
    expect(both.result.scores.galaxies).toBe(7);
    const [first, second] = both.result.weights.map(({ weight }: { weight: number }) => weight);
    const at = few.indexOf(Number(both.ids[3])) * 37;
    const expected = Array.from(
      guess(1, Number(both.ids[3])),
      (value, c) => first * value + second * fractions[at + c]!,
    );
    expect(difference(both.fractions.subarray(3 * 37, 4 * 37), expected)).toBeLessThan(1e-6);
  });

  it('names missing pictures and runs before it predicts', async () => {
    await expectRefusal(
      `${pictures} lacks the pictures of 28 of the 40 galaxies in ${tables[0]}: ${ids.slice(12, 15).join(', ')}, …`,
      ...['--predictions', tables[0]!, '--run', run, ...common],
    );
    await expectRefusal(/sky: not a run/, '--run', run, path('sky'), ...common);
    const strange = path('strange.csv');
    writeFileSync(strange, solutionsTable([1, 2]));
    await expectRefusal(
      `${pictures} contains no picture of the 2 galaxies in ${strange}`,
      ...['--run', run, ...common, '--solutions', strange],
    );
    expect(existsSync(path('no.csv'))).toBe(false);
  });
});
