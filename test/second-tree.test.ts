/** A decision tree with other numbers of questions and answers, from the command line: from its sky to its model file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../src/files/safetensors.ts';
import { readModel } from '../src/model/model.ts';
import { brokenSums } from '../src/tree/sums.ts';
import { filesBelow, readTensors, runHere, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { SHAPES } from './fixtures/shapes.ts';

/** A training of one epoch. */
const SMALL = ['--network', 'baseline-small', '--channels', '4,4,4,4', '--epochs', '1'];
const { path, remove } = temporaryFolder();
const [sky, run, model] = [path('sky'), path('run'), path('model.safetensors')];
const COLUMNS = ['smooth', 'features', 'no-galaxy', 'round', 'long', 'few', 'many', 'unclear'];
const threads = ['--threads', '1', '--workers', '1'];
const test = ['--images', path('sky', 'images_test_rev1')];
const lines = (file: string) => readFileSync(file, 'utf8').trim().split(/\r?\n/);
const numbers = (file: string) =>
  lines(file)
    .slice(1)
    .flatMap((line) =>
      line
        .split(',')
        .slice(1, 1 + COLUMNS.length)
        .map(Number),
    );

beforeAll(async () => {
  writeFileSync(path('shapes.json'), JSON.stringify({ tree: SHAPES }));
  const flags = ['--train', '24', '--test', '8', '--config', path('shapes.json'), '--workers', '2'];
  const { classes } = await succeedWithJson('sky', '--out', sky, ...flags);
  expect(Object.keys(classes)).toEqual(['smooth', 'features', 'no galaxy']);
  const network = ['--network', 'baseline-small', '--channels', '4,4,4,4', '--head', 'tree'];
  const settings = ['--batch', '8', '--epochs', '1', '--validation', '0.25', ...threads];
  await succeed('train', '--data', sky, '--out', run, ...network, ...settings);
  await succeed('export', '--run', run, '--out', model);
});
afterAll(remove);

describe('a second tree', () => {
  it('is saved next to the tables of its sky, and in the run', () => {
    expect(filesBelow(sky)).toContain('tree.json');
    const tree = JSON.parse(readFileSync(path('sky', 'tree.json'), 'utf8'));
    expect(tree.questions[1].answers[1]).toEqual({ text: 'long', column: 'long' });
    const table = path('sky', 'training_solutions_rev1.csv');
    expect(lines(table)[0]).toBe(['GalaxyID', ...COLUMNS].join());
    const config = JSON.parse(readFileSync(path('run', 'config.json'), 'utf8'));
    expect(config.tree).toEqual(tree);
    expect(config.network.layers.at(-1)).toEqual({ dense: 8 });
    const read = readModel(readFileSync(model), model);
    expect(read.tree.data).toEqual(tree);
    expect(brokenSums(read.tree, numbers(table), 1e-6)).toEqual([]);
  });

  it('is evaluated, with its questions on the page', async () => {
    const solutions = path('sky', 'test_solutions.csv');
    const out = path('scores');
    const flags = ['--solutions', solutions, ...test, '--out', out, ...threads];
    const result = await succeedWithJson('evaluate', '--run', run, ...flags);
    expect(result).toMatchObject({ galaxies: 8, trainedOn: 0 });
    expect(result.rmseByQuestion).toHaveLength(3);
    expect(Object.keys(result.rmseByColumn)).toEqual(COLUMNS);
    for (const page of [path('scores', 'report.html'), path('run', 'report.html')]) {
      const html = readFileSync(page, 'utf8');
      expect(html).toContain('<td>Is it round?</td><td>2.1 round</td><td>end</td><td>round</td>');
      expect(html).not.toContain('spiral');
    }
    expect(readFileSync(path('scores', 'evaluation.txt'), 'utf8')).toContain('form: no galaxy');

    const own = ['--solutions', solutions, ...test, '--out', path('again'), ...threads];
    const again = await succeedWithJson('evaluate', '--model', model, '--against', run, ...own);
    expect(again.rmse).toBe(result.rmse);
    expect(again.against.difference).toBe(0);
    expect(again.trainedOn).toBe(null);
    expect(existsSync(path('again', 'report.html'))).toBe(true);
  });

  it('is explained, answer by answer', async () => {
    const picture = path('sky', 'images_test_rev1', '500001.jpg');
    const flags = ['--image', picture, '--layer', 'conv4', '--threads', '1'];
    const all = await succeedWithJson(
      'explain',
      '--run',
      run,
      '--out',
      path('a.png'),
      ...flags,
      '--answer',
      'all',
    );
    expect(all.answers.map(({ label }: { label: string }) => label).slice(2, 4)).toEqual([
      'form: no galaxy',
      'outline: round',
    ]);
    expect(Object.keys(all.scores)).toHaveLength(8);
    const one = ['--out', path('b.png'), ...flags, '--answer', 'few'];
    const { answers } = await succeedWithJson('explain', '--model', model, ...one);
    expect(answers[0]).toEqual(all.answers[5]);
    const wrong = await runHere([
      'explain',
      '--run',
      run,
      '--out',
      path('c.png'),
      ...flags,
      '--answer',
      '4.1',
    ]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--answer 4.1: expected auto') });
  });

  it('is predicted identically with --run and --model, and its rows satisfy its sums', async () => {
    for (const [source, value] of [
      ['run', run],
      ['model', model],
    ] as const) {
      await succeed(
        'predict',
        `--${source}`,
        value,
        ...test,
        '--out',
        path(`${source}.csv`),
        '--views',
        '3',
        ...threads,
      );
    }
    const bytes = readFileSync(path('run.csv'));
    expect(readFileSync(path('model.csv'))).toEqual(bytes);
    expect(lines(path('run.csv'))[0]).toBe(['GalaxyID', ...COLUMNS, 'flags'].join());
    const { tree } = readModel(readFileSync(model), model);
    expect(brokenSums(tree, numbers(path('run.csv')), 1e-6)).toEqual([]);
    const average = ['--model', model, ...test, '--out', path('average.csv'), '--views', '3', ...threads];
    await succeed('average', ...average);
    expect(numbers(path('average.csv'))).toEqual(numbers(path('run.csv')));
  });

  it('is saved in a packed file, on which a network can be trained', async () => {
    await succeed('pack', '--data', sky, '--out', path('sky.pack'), '--workers', '1');
    const settings = [...SMALL, '--batch', '8'];
    const init = ['--init', model, '--head', 'softmax', '--validation', '0', ...threads];
    await succeed('train', '--data', path('sky.pack'), '--out', path('packed'), ...settings, ...init);
    const config = JSON.parse(readFileSync(path('packed', 'config.json'), 'utf8'));
    expect(config.tree.name).toBe('shapes');
  });

  it('is named by --tree, with conditional fractions in the tables', async () => {
    const tree = path('conditional.json');
    writeFileSync(
      tree,
      JSON.stringify({ ...readModel(readFileSync(model), model).tree.data, fractions: 'conditional' }),
    );
    const table = path('conditional.csv');
    const ids = lines(path('sky', 'training_solutions_rev1.csv'))
      .slice(1, 9)
      .map((line) => line.split(',')[0]!);
    const row = '0.25,0.5,0.25,0.5,0.5,0.75,0.125,0.125'; // each question sums to 1
    writeFileSync(
      table,
      [['GalaxyID', ...COLUMNS].join(), ...ids.map((id) => `${id},${row}`), ''].join('\n'),
    );
    const flags = ['--solutions', table, '--images', path('sky', 'images_training_rev1'), '--tree', tree];
    const settings = [...SMALL, '--batch', '4'];
    const out = path('conditional');
    await succeed(
      'train',
      ...flags,
      '--out',
      out,
      ...settings,
      '--head',
      'tree',
      '--validation',
      '0.25',
      ...threads,
    );
    for (const line of lines(path('conditional', 'validation.csv')).slice(1))
      expect(line.endsWith(`,${row}`)).toBe(true);
    const predictions = path('conditional-predictions.csv');
    await succeed('predict', '--run', out, ...test, '--out', predictions, ...threads);
    for (const line of lines(predictions).slice(1)) {
      const cells = line.split(',').slice(1).map(Number);
      const sums = [cells.slice(0, 3), cells.slice(3, 5), cells.slice(5)].map((each) =>
        each.reduce((a, b) => a + b),
      );
      for (const sum of sums) expect(sum).toBeCloseTo(1, 5);
    }
  });

  it('is shown', async () => {
    const { classes } = await succeedWithJson('show', '--data', sky, '--out', path('sky.html'));
    expect(classes.length).toBeGreaterThan(1);
    expect(readFileSync(path('sky.html'), 'utf8')).toContain('outline');
  });
});

describe('a model file', () => {
  it('is identical whenever it is exported, even from itself', async () => {
    await succeed('export', '--model', model, '--out', path('again.safetensors'));
    expect(readFileSync(path('again.safetensors')).equals(readFileSync(model))).toBe(true);
    await succeed('export', '--model', model, '--out', path('model.onnx'));
    await succeed('export', '--run', run, '--out', path('run.onnx'));
    expect(readFileSync(path('model.onnx')).equals(readFileSync(path('run.onnx')))).toBe(true);
  });

  it.each<[string, () => void, string]>([
    ['does not exist', () => {}, 'no such file or folder'],
    ['is a text', () => writeFileSync(path('bad'), 'smooth'), 'not a safetensors file'],
    [
      'has only weights',
      () => writeFileSync(path('bad'), encodeSafetensors(readTensors(model).tensors, { format: 'pt' })),
      'contains only weights; expected a model file',
    ],
    [
      'has another tree',
      () => {
        const { tensors, metadata } = readTensors(model);
        const about = JSON.parse(metadata['tuningfork.model']!);
        about.tree.questions[0].answers.push({ text: 'odd', column: 'odd' });
        writeFileSync(path('bad'), encodeSafetensors(tensors, { 'tuningfork.model': JSON.stringify(about) }));
      },
      'network: layers: the last one must give 9 numbers, got 8',
    ],
    ['is cut short', () => writeFileSync(path('bad'), readFileSync(model).subarray(0, 5000)), 'truncated'],
  ])('that %s is refused by its name, with the reason', async (_, write, reason) => {
    write();
    const { code, stderr } = await runHere([
      'predict',
      '--model',
      path('bad'),
      ...test,
      '--out',
      path('x.csv'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(path('bad'));
    expect(stderr).toContain(reason);
    expect(existsSync(path('x.csv'))).toBe(false);
  });
});
