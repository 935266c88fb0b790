/** `tuningfork features`, `tuningfork similar` and linear probes from the command line. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFeatures } from '../src/node/data/readFeatures.ts';
import { writeTable } from '../src/node/data/writeTable.ts';
import { readTensors, runHere, SMALL, succeed, succeedWithJson, temporaryFolder } from './command.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';

const COUNT = 24;
const ids = galaxyIds(COUNT);
const { path, remove } = temporaryFolder();
const [run, table] = [path('run'), path('features.parquet')];
const pictures = path('sky', 'images_training_rev1');
const picture = (id: number) => path('sky', 'images_training_rev1', `${id}.jpg`);
const one = ['--threads', '1'];
let result: Record<string, unknown>;

beforeAll(async () => {
  await writeSky(path('sky'), ids);
  await succeed('train', '--data', path('sky'), '--out', run, ...SMALL);
  const images = ['--run', run, '--images', pictures, ...one];
  result = await succeedWithJson('features', ...images, '--layer', 'conv4', '--views', '2', '--out', table);
});
afterAll(remove);

async function expectRefusal(parameters: readonly string[], message: string | RegExp): Promise<void> {
  const { code, stderr } = await runHere([...parameters, '--quiet']);
  expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
}

describe('features', () => {
  it('writes a row for each picture, and the network, layer, views and preprocessing', async () => {
    const weights = `${run}/checkpoint/best.safetensors`;
    const counts = { galaxies: COUNT, flagged: 0, leftOut: [] };
    expect(result).toEqual({ out: table, weights, layer: 'conv4', features: 4, ...counts });
    const bytes = readFileSync(table);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const rows = await parquetReadObjects({ file });
    expect(rows.map(({ GalaxyID }) => GalaxyID)).toEqual(ids.map(String));
    expect(Object.keys(rows[0]!)).toEqual(['GalaxyID', 'flags', 'f0', 'f1', 'f2', 'f3']);
    const metadata = parquetMetadata(file).key_value_metadata!;
    const { 'tuningfork.features': about, ...others } = Object.fromEntries(
      metadata.map(({ key, value }) => [key, value!]),
    );
    expect(others).toEqual({
      'tuningfork.survey': 'gz2',
      'tuningfork.model': expect.stringMatching(/^[\da-f]{64}$/),
    });
    expect(JSON.parse(about!)).toMatchObject({
      network: run,
      layer: 'conv4',
      views: 2,
      preprocessing: { size: 32, bands: ['red', 'green', 'blue'] },
    });
  });

  it('are those of one view or the mean of several, in every format, with kept columns', async () => {
    const list = path('list.csv');
    const lines = ids.slice(0, 3).map((id) => `${id},${picture(id)},${id / 7}`);
    writeFileSync(list, ['GalaxyID,path,ra', ...lines, ''].join('\n'));
    const images = ['--run', run, '--images', list, ...one, '--layer', 'conv4'];
    const [csv, jsonl] = [path('f.csv'), path('f.jsonl')];
    await succeed('features', ...images, '--keep', 'ra', '--views', '2', '--out', csv);
    await succeed('features', ...images, '--keep', 'ra', '--out', jsonl);
    const [header, ...cells] = readFileSync(csv, 'utf8').trim().split('\r\n');
    expect(header).toBe('GalaxyID,flags,ra,f0,f1,f2,f3');
    const { values } = await readFeatures(table);
    const two = cells.map((line) => line.split(',').slice(3).map(Number));
    expect(two.flat()).toEqual([...values.subarray(0, 12)].map((value) => expect.closeTo(value, 5)));
    const first = readFileSync(jsonl, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first.map(({ GalaxyID, ra }) => [GalaxyID, ra])).toEqual(
      ids.slice(0, 3).map((id) => [String(id), id / 7]),
    );
    expect(first.map(({ f0 }) => f0)).not.toEqual(two.map(([f0]) => f0));
    await expectRefusal(
      ['features', ...images, '--keep', 'f3', '--out', csv],
      '--keep f3: the table would have f3 twice',
    );
  });
});

describe('similar', () => {
  const page = path('similar.html');
  const common = ['--features', table, '--out', page, ...one];

  it('finds the galaxies most similar to one of the table, with their pictures', async () => {
    const to = String(ids[5]!);
    const found = await succeedWithJson(
      'similar',
      ...common,
      '--to',
      to,
      '--images',
      pictures,
      '--count',
      '4',
    );
    expect(found).toMatchObject({ out: page, to, layer: 'conv4', galaxies: COUNT, leftOut: [] });
    const similarities = found.neighbours.map(({ similarity }: { similarity: number }) => similarity);
    expect(similarities).toHaveLength(4);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    expect(found.neighbours.map(({ id }: { id: number }) => id)).not.toContain(ids[5]);
    expect(readFileSync(page, 'utf8').match(/<img src="data:image\/jpeg/g)).toHaveLength(5);
  });

  it('finds a picture among the galaxies, by the network that the table names', async () => {
    const found = await succeedWithJson('similar', ...common, '--to', picture(ids[5]!), '--count', '1');
    expect(found.neighbours).toEqual([{ id: ids[5], similarity: expect.closeTo(1, 5) }]);
    await succeed('export', '--run', run, '--out', path('model.safetensors'));
    const model = ['--model', path('model.safetensors')];
    const again = await succeedWithJson(
      'similar',
      ...common,
      ...model,
      '--to',
      picture(ids[5]!),
      '--count',
      '1',
    );
    expect(again).toEqual(found);
  });

  it('refuses an ID that is not there, and another network', async () => {
    await expectRefusal(
      ['similar', ...common, '--to', '7'],
      `--to 7: expected a picture, or an ID of ${table}, such as 99980`,
    );
    const other = path('other');
    cpSync(run, other, { recursive: true });
    const config = readFileSync(path('other', 'config.json'), 'utf8');
    writeFileSync(path('other', 'config.json'), config.replace('"seed": 1', '"seed": 2'));
    await expectRefusal(
      ['similar', ...common, '--to', picture(ids[5]!), '--run', other],
      /--run \S+other: is not the network of the features in \S+features.parquet: its SHA-256 is [\da-f]{12}…, not/,
    );
  });
});

describe('a probe', () => {
  const probe = path('probe');
  const solutions = path('sky', 'training_solutions_rev1.csv');
  const flags = ['--network', 'probe', '--features', table, ...one];

  it('is a run of the network up to the layer, with the probe as its last layer', async () => {
    const own = ['--solutions', solutions, '--images', pictures, '--validation', '0.25'];
    const trained = await succeedWithJson('train', ...flags, ...own, '--out', probe);
    const { regularisation, scores } = trained.probe;
    expect(scores.map((each: { regularisation: number }) => each.regularisation)).toContain(regularisation);
    const { tensors } = readTensors(path('probe', 'checkpoint', 'best.safetensors'));
    const backbone = readTensors(`${run}/checkpoint/best.safetensors`).tensors;
    const kept = [...tensors].filter(([name]) => backbone.has(name) && !/num_batches/.test(name));
    expect(kept.length).toBe(4 * 6);
    for (const [name, { data }] of kept) expect(data, name).toEqual(backbone.get(name)!.data);
    const { training } = JSON.parse(readFileSync(path('probe', 'config.json'), 'utf8'));
    expect(training).toMatchObject({ network: 'probe', model: run, head: 'softmax', regularisation });
    expect(training).not.toHaveProperty('learningRate');
    // The score of the network on pictures is that of the probe on features, but for the second view.
    const evaluated = await succeedWithJson('evaluate', '--run', probe, '--part', 'validation', ...one);
    expect(evaluated.rmse).toBeCloseTo(trained.best.rmse, 3);
    const images = ['--images', pictures, '--out', path('probe.csv'), ...one];
    expect(await succeedWithJson('predict', '--run', probe, ...images)).toMatchObject({ galaxies: COUNT });
    await expectRefusal(['train', '--out', probe, '--resume'], '--resume .*probe: has no effect on a probe');
  });

  it('is given up after a signal, and leaves no run', async () => {
    const train = ['train', ...flags, '--solutions', solutions, '--out', path('stopped')];
    const { code, stderr } = await runHere(train, { when: /fitting probes/, send: ['SIGINT'] });
    expect([code, stderr]).toEqual([1, expect.stringContaining('stopped before the training began')]);
    expect(existsSync(path('stopped', 'config.json'))).toBe(false);
  });

  it('takes classes of another survey, without pictures', async () => {
    const [classes, names] = [path('classes.csv'), ['round', 'flat']];
    const lines = ids.map((id, i) => `${id},${i % 5 === 3 ? '' : names[i % 2]}`);
    writeFileSync(classes, ['GalaxyID,class', ...lines, ''].join('\n'));
    writeFileSync(path('classes.json'), JSON.stringify(names));
    const labels = ['--tree', path('classes.json'), '--solutions', classes, '--regularisation', '0.1'];
    const out = path('classes');
    const trained = await succeedWithJson('train', ...flags, ...labels, '--out', out);
    expect(trained.probe).toEqual({ regularisation: 0.1, scores: [] });
    await succeed('export', '--run', out, '--out', path('classes.safetensors'));
    const model = ['--model', path('classes.safetensors'), '--images', picture(ids[0]!), ...one];
    const { stdout } = await succeed('predict', ...model, '--out', path('classes.jsonl'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({ galaxies: 1 });
    const row = JSON.parse(readFileSync(path('classes.jsonl'), 'utf8'));
    expect(row.round + row.flat).toBeCloseTo(1, 6);
  });

  it('is refused without labels for its galaxies, and with another network', async () => {
    writeFileSync(path('others.csv'), solutionsTable([1, 2, 3]));
    const train = ['train', ...flags, '--out', path('refused')];
    await expectRefusal(
      [...train, '--solutions', path('others.csv')],
      `${table}: has no features of the galaxies in .*others.csv: IDs such as 1 and 99980`,
    );
    const wrong = ['--solutions', solutions, '--model', path('other')];
    await expectRefusal([...train, ...wrong], /--model \S+other: is not the network of the features in/);
    await expectRefusal(['train', '--network', 'probe', '--out', path('refused')], '--features: required');
    await expectRefusal([...train, '--solutions', solutions, '--head', 'tree'], '--head tree: a probe has');
    await expectRefusal(
      [...train, '--solutions', solutions, '--loss', 'mse'],
      '--loss mse: a probe minimises',
    );
    const epochs = ['--solutions', solutions, '--epochs', '3'];
    await expectRefusal([...train, ...epochs], '--epochs: has no effect with --network probe');
    expect(existsSync(path('refused', 'config.json'))).toBe(false);
  });
});

describe('a table of features is refused', () => {
  const columns = [
    { name: 'GalaxyID', type: 'text' },
    { name: 'f0', type: 'float32' },
  ] as const;
  const metadata = {
    'tuningfork.model': 'aa',
    'tuningfork.features': JSON.stringify({ network: 'gone', layer: 'conv1', views: 1, preprocessing: {} }),
  };
  const write = async (name: string, rows: (string | number)[][], about: Record<string, string>) => {
    const file = path(`${name}.parquet`);
    await writeTable(
      file,
      columns,
      async (out) => {
        for (const row of rows) await out.add(row);
      },
      about,
    );
    return readFeatures(file);
  };

  it.each([
    ['without metadata', [['a', 1]], {}, 'its metadata names no network'],
    [
      'with an ID twice',
      [
        ['a', 1],
        ['a', 2],
      ],
      metadata,
      'row 2: GalaxyID a occurs twice',
    ],
    [
      'with a feature that is no number',
      [
        ['a', 1],
        ['b', Number.NaN],
      ],
      metadata,
      'row 2: f0: expected a number, got NaN',
    ],
    [
      'with other metadata',
      [['a', 1]],
      { ...metadata, 'tuningfork.features': '{}' },
      'tuningfork.features: network: ',
    ],
  ])('%s', async (name, rows, about, message) => {
    await expect(write(name, rows, about as Record<string, string>)).rejects.toThrow(message);
  });
});
