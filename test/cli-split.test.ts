/** Galaxies that a run holds out: `train --test`, and `evaluate`, `average`, `compare` and `explain` on that part. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  filesBelow,
  readUntimedMetrics,
  runHere,
  SMALL,
  SMALL_NETWORK,
  succeed,
  succeedWithJson,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';

const COUNT = 40;
const half = galaxyIds(COUNT / 2).map(String);
const { path, remove } = temporaryFolder();
const pictures = path('sky', 'images_training_rev1');

/** GalaxyIDs of a table of a run. */
const idsOf = (run: string, part: string) =>
  readFileSync(path(run, `${part}.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',')[0]!);

const split = ['--validation', '0.1', '--test', '0.25', '--split-seed', '7'];

beforeAll(async () => {
  await writeSky(path('sky'), galaxyIds(COUNT));
  const settings = ['--data', path('sky'), ...SMALL];
  const restarts = ['--schedule', 'warm-restarts', '--restart-first', '1', '--min-lr', '1e-5'];
  await succeed('train', '--out', path('first'), ...settings, ...split, '--seed', '1', ...restarts);
  await succeed('train', '--out', path('second'), ...settings, ...split, '--seed', '2');
  mkdirSync(path('other'));
  writeFileSync(path('other', 'test.csv'), 'left by a run that never began');
  const few = ['--hold-out', path('half.csv'), '--validation', '0.2', '--limit', '10', '--epochs', '1'];
  writeFileSync(path('half.csv'), `GalaxyID\n${half.join('\n')}\n`);
  await succeed('train', '--out', path('other'), ...settings, ...few);
});
afterAll(remove);

describe('a split with a test part', () => {
  it('puts each galaxy into one part, and depends only on the split seed', () => {
    const parts = ['training', 'validation', 'test'].map((part) => idsOf('first', part));
    expect(parts.map(({ length }) => length)).toEqual([26, 4, 10]);
    expect(new Set(parts.flat()).size).toBe(COUNT);
    for (const part of ['training', 'validation', 'test'])
      expect(idsOf('second', part)).toEqual(idsOf('first', part));
    expect(idsOf('other', 'validation')).not.toEqual(idsOf('first', 'validation'));
  });

  it('holds out only galaxies of a table, and trains on a number of its others and on all other galaxies', () => {
    const [training, validation] = ['training', 'validation'].map((part) => idsOf('other', part));
    expect([training!.length, validation!.length]).toEqual([30, 4]); // 10 of the table's 16, and 20 others
    expect(half).toEqual(expect.arrayContaining(validation!));
    expect(training!.filter((id) => validation!.includes(id))).toEqual([]);
    expect(training!.filter((id) => !half.includes(id)).length).toBe(20);
  });

  it.each([
    ['--limit 37', '--limit 37: there are only 36 galaxies to draw from'],
    [`--limit 19 --hold-out ${path('half.csv')}`, '--limit 19: there are only 18 galaxies to draw from'],
    [`--hold-out ${path('strangers.csv')}`, 'has none of the 40 galaxies'],
    [`--hold-out ${path('nameless.csv')}`, 'has no column of IDs with a usual name'],
  ])('refuses %s', async (given, problem) => {
    writeFileSync(path('strangers.csv'), 'GalaxyID\n7\n8\n');
    writeFileSync(path('nameless.csv'), 'name\n7\n');
    const flags = ['--data', path('sky'), '--out', path('empty'), ...SMALL, '--validation', '0.1'];
    const { code, stderr } = await runHere(['train', ...flags, ...given.split(' ')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(existsSync(path('empty', 'config.json'))).toBe(false);
  });

  it('trains with the options of the schedule', () => {
    const rates = (run: string) => readUntimedMetrics(path(run)).map(({ learningRate }) => learningRate);
    expect(rates('first')).toEqual([5e-4, 5e-4]); // a restart after the first epoch
    expect(rates('second')[1]).toBeCloseTo(2.5e-4, 7);
  });

  it('is refused if it would be empty', async () => {
    const flags = ['--data', path('sky'), '--out', path('empty'), ...SMALL, '--test', '0.01'];
    const { code, stderr } = await runHere(['train', ...flags]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('--test 0.01: holds out none of the 40 galaxies'),
    ]);
    expect(existsSync(path('empty', 'config.json'))).toBe(false);
  });

  it('records the validation loss', () => {
    for (const { validationLoss } of readUntimedMetrics(path('first')))
      expect(validationLoss).toBeGreaterThan(0.1);
  });
});

describe('evaluate --part', () => {
  it('gives the same scores as the table and pictures of these galaxies', async () => {
    const evaluate = (...flags: string[]) =>
      succeedWithJson('evaluate', '--run', path('first'), '--threads', '1', ...flags);
    for (const part of ['test', 'validation']) {
      const table = path('first', `${part}.csv`);
      const expected = await evaluate('--solutions', table, '--images', pictures);
      expect(await evaluate('--part', part)).toEqual(expected);
      expect(expected).toMatchObject({ galaxies: part === 'test' ? 10 : 4, trainedOn: 0 });
    }
  });

  it('warns that the best epoch was chosen on the validation galaxies', async () => {
    const { stdout } = await succeed(
      'evaluate',
      '--run',
      path('first'),
      '--part',
      'validation',
      '--threads',
      '1',
    );
    expect(stdout).toMatch(/^Caution: the best epoch of .*first was chosen on these galaxies/);
  });

  it.each([
    ['--run', 'other', '--part', 'test', 'other has no test galaxies'],
    ['--run', 'first', '', '', '--solutions: required, unless --part is given'],
    [
      '--model',
      'first/checkpoint/best.safetensors',
      '--part',
      'test',
      'requires --run: a model file does not list its galaxies',
    ],
  ])('refuses %s %s %s %s', async (flag, run, part, value, says) => {
    const { code, stderr } = await runHere([
      'evaluate',
      flag,
      path(run),
      ...(part === '' ? [] : [part, value]),
    ]);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });

  it('does not write over a table that the run was trained on', async () => {
    mkdirSync(path('linked'));
    symlinkSync(path('sky', 'training_solutions_rev1.csv'), path('linked', 'predictions.csv'));
    const part = ['--run', path('first'), '--part', 'test', '--out'];
    const evaluated = await runHere(['evaluate', ...part, path('linked')]);
    const averaged = await runHere(['average', ...part, path('linked', 'predictions.csv')]);
    for (const { code, stderr } of [evaluated, averaged]) {
      expect(stderr).toMatch(/would overwrite .*an input of --part; choose another path/);
      expect(code).toBe(2);
    }
  });

  it('names galaxies whose pictures are missing', async () => {
    const [id] = idsOf('second', 'test');
    const file = path('sky', 'images_training_rev1', `${id}.jpg`);
    const picture = readFileSync(file);
    rmSync(file);
    const { code, stderr } = await runHere(['evaluate', '--run', path('second'), '--part', 'test']);
    writeFileSync(file, picture);
    expect(stderr).toContain(
      `test.csv: pictures of 1 of these 10 galaxies are missing from the run's data: ${id}`,
    );
    expect(code).toBe(2);
  });
});

describe('average --part', () => {
  const average = (...flags: string[]) =>
    runHere(['average', '--run', path('first'), '--part', 'test', '--threads', '1', '--json', ...flags]);

  it('averages and scores runs on the galaxies that all held out', async () => {
    const own = await average('--run', path('second'), '--out', path('own.csv'));
    expect(own.stderr).toContain('14 of the 14 galaxies have a solution');
    const { scores } = JSON.parse(own.stdout);
    expect(scores).toMatchObject({ choosingGalaxies: 4, heldOutGalaxies: 10, seed: null });
    const test = path('first', 'test.csv');
    writeFileSync(path('sample.csv'), solutionsTable(idsOf('first', 'test').map(Number)));
    const means = path('expected.csv');
    const from = ['--run', path('first'), '--run', path('second'), '--images', pictures, '--threads', '1'];
    await succeed('average', ...from, '--sample', path('sample.csv'), '--out', means);
    expect(readFileSync(path('own.csv'), 'utf8')).toBe(readFileSync(means, 'utf8'));
    const evaluated = await succeedWithJson(
      'evaluate',
      '--run',
      path('first'),
      '--part',
      'test',
      '--threads',
      '1',
    );
    expect(scores.models[0].heldOut).toBeCloseTo(evaluated.rmse, 5);

    // The same scores from tables of predictions.
    const tables = ['first', 'second'].map((run) => path(`${run}.csv`));
    const both = [...idsOf('first', 'validation'), ...idsOf('first', 'test')];
    writeFileSync(path('both.csv'), solutionsTable(both.map(Number)));
    for (const [i, run] of ['first', 'second'].entries()) {
      const flags = [
        '--run',
        path(run),
        '--images',
        pictures,
        '--sample',
        path('both.csv'),
        '--threads',
        '1',
      ];
      await succeed('average', ...flags, '--out', tables[i]!);
    }
    const choosing = ['--solutions', test, '--choosing', path('first', 'validation.csv')];
    const report = path('report');
    const flags = ['--predictions', ...tables, ...choosing, '--out', path('mean.csv'), '--report', report];
    const again = await succeedWithJson('average', ...flags);
    again.scores.models.forEach(({ choosing, heldOut }: Record<string, number>, i: number) => {
      expect(choosing).toBeCloseTo(scores.models[i].choosing, 6);
      expect(heldOut).toBeCloseTo(scores.models[i].heldOut, 6);
    });
    expect(JSON.parse(readFileSync(`${report}/ensemble.json`, 'utf8'))).toEqual(again.scores);
    for (const file of ['ensemble.txt', 'ensemble.md', 'ensemble.html']) {
      expect(readFileSync(`${report}/${file}`, 'utf8')).toContain('4 to choose on, 10 held out');
    }
  });

  it('refuses a sample: the part has the galaxies to write', async () => {
    const { code, stderr } = await average('--sample', pictures, '--out', path('none.csv'));
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`--sample ${pictures}: has no effect with --part`),
    ]);
  });

  it('names the run whose training data is not there', async () => {
    const run = path('moved');
    cpSync(path('first'), run, { recursive: true });
    const config = readFileSync(path('first', 'config.json'), 'utf8');
    writeFileSync(path('moved', 'config.json'), config.replace(path('sky'), 'sky'));
    const { code, stderr } = await runHere(['evaluate', '--run', run, '--part', 'test']);
    expect(stderr).toContain(`${run}: cannot read its training data: sky: no such folder`);
    expect(stderr).toContain('relative paths start at the folder where `train` was called');
    expect(code).toBe(2);
  });

  it('refuses runs that held out different galaxies', async () => {
    const { code, stderr } = await average('--run', path('other'), '--out', path('none.csv'));
    expect(stderr).toMatch(
      /--part test: .*other held out different galaxies from .*first: train both on the same data, with the same --split-seed, --hold-out, --validation and --test/,
    );
    expect(code).toBe(2);
  });
});

it('compare scores the test part, on one split for all seeds', async () => {
  const plan = {
    title: 'Two seeds',
    seeds: [1, 2],
    settings: {
      network: SMALL_NETWORK,
      epochs: 1,
      batch: 8,
      validation: 0.1,
      test: 0.25,
      splitSeed: 7,
    },
    variants: [
      { name: 'tree', head: 'tree' },
      { name: 'sigmoid', seeds: [3] },
    ],
  };
  writeFileSync(path('plan.json'), JSON.stringify(plan));
  const flags = [
    '--config',
    path('plan.json'),
    '--data',
    path('sky'),
    '--out',
    path('compared'),
    '--threads',
    '1',
  ];
  const { variants, about } = await succeedWithJson('compare', ...flags);
  expect(about.join('\n')).toContain(
    'Each run is scored on 10 test galaxies, one view each, with the weights of the best epoch.',
  );
  expect(about.join('\n')).toContain('All runs have the split of split seed 7.');
  expect(variants[1].runs).toMatchObject([{ seed: 3, galaxies: 10 }]);
  const { mean, interval } = variants[1].difference;
  expect(mean).toBeCloseTo(variants[1].rmse.mean - variants[0].rmse.mean, 12);
  expect([interval.low < mean, interval.high > mean]).toEqual([true, true]);
  for (const { seed, rmse, galaxies } of variants[0].runs) {
    const run = path('compared', 'runs', 'tree', `seed-${seed}`);
    const [validation, test, predicted] = ['validation', 'test', 'predictions'].map(
      (file) => readFileSync(`${run}/${file}.csv`, 'utf8').match(/^\d+/gm)!,
    );
    expect(predicted).toEqual([...validation!, ...test!]);
    const scored = await succeedWithJson('evaluate', '--run', run, '--part', 'test', '--threads', '1');
    expect([galaxies, rmse]).toEqual([10, expect.closeTo(scored.rmse, 6)]);
  }
});

describe('explain --part', () => {
  const runs = () => ['--run', path('first'), path('second')];
  const flags = ['--part', 'test', '--threads', '1', '--layer', 'conv1', '--layer', 'conv2'];
  /** The cells of a table, by row. */
  const cellsOf = (file: string) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));

  it('measures the maps of several runs for one answer per galaxy', async () => {
    const [out, two] = [path('measured'), path('two')];
    const result = await succeedWithJson('explain', ...runs(), ...flags, '--no-drawings', '--out', out);
    expect(filesBelow(out)).toEqual(['measures.csv']);
    const [head, ...rows] = cellsOf(path('measured', 'measures.csv'));
    expect(head!.slice(0, 4)).toEqual(['galaxy', 'run', 'layer', 'answer']);
    expect(rows).toHaveLength(10 * 2 * 2);
    expect([...new Set(rows.map(([galaxy]) => galaxy))]).toEqual(idsOf('first', 'test'));
    for (const id of idsOf('first', 'test'))
      expect(new Set(rows.filter(([galaxy]) => galaxy === id).map((row) => row[3])).size).toBe(1);
    expect(result).toMatchObject({
      runs: [{ run: path('first') }, { run: path('second') }],
      table: path('measured', 'measures.csv'),
      summary: {
        galaxies: 10,
        layers: ['conv1', 'conv2'].flatMap((layer) => [
          { layer, run: path('first'), maps: 10 },
          { layer, run: path('second'), maps: 10 },
          { layer, run: null, maps: 20 },
        ]),
        pairs: [{ layer: 'conv1' }, { layer: 'conv2' }],
      },
    });
    expect(result.pictures[0].explanations).toMatchObject([{ run: path('first') }, { run: path('second') }]);

    // The first run alone chooses the same answers, and has the same maps.
    const own = ['--run', path('first'), ...flags, '--limit', '2', '--out', two];
    const { stdout } = await succeed('explain', ...own);
    expect(stdout).toMatch(/^Maps of 2 galaxies: .*\n +layer +run +flat +half-mass radius /);
    expect(stdout).not.toContain('between runs');
    const width = head!.length - 2;
    expect(cellsOf(path('two', 'measures.csv')).slice(1)).toEqual(
      rows
        .filter(([galaxy, run]) => idsOf('first', 'test').indexOf(galaxy!) < 2 && run === path('first'))
        .map((row) => row.slice(0, width)),
    );
  });

  it.each([
    [
      'all answers of several runs',
      ['--answer', 'all'],
      '--answer all: expected auto or one answer for several runs',
    ],
    [
      'a layer that no network has',
      ['--layer', 'cbam1'],
      '--layer cbam1: in none of these networks, which have conv1, conv2, conv3, conv4, conv5',
    ],
    [
      'a run without the part',
      ['--run', path('other')],
      `--part test: ${path('other')} held out different galaxies from ${path('first')}`,
    ],
    ['a model', ['--model', path('other')], '--part test: requires --run, without --model'],
    ['pictures', ['--image', pictures], `--image ${pictures}: has no effect with --part`],
    [
      'a .png path for several pictures',
      ['--out', path('x.png')],
      `--out ${path('x.png')}: expected a folder for the pictures of test`,
    ],
  ])('refuses %s', async (_, others, message) => {
    const out = ['--out', path('refused')];
    const { code, stderr } = await runHere(['explain', ...runs(), ...flags, ...out, ...others]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`tuningfork: ${message}`)]);
    expect(existsSync(path('refused'))).toBe(false);
  });

  it('requires pictures', async () => {
    const { code, stderr } = await runHere(['explain', ...runs(), '--out', path('refused')]);
    expect([code, stderr]).toEqual([2, 'tuningfork: --image: required, unless --part is given\n']);
  });
});
