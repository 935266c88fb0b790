/** `tuningfork predict` and `tuningfork evaluate` from the command line. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alignTables } from '../src/evaluate/align.ts';
import { evaluatePredictions } from '../src/evaluate/evaluation.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  runHere,
  SMALL,
  succeed,
  succeedWithJson,
  temporaryFolder,
  tuningfork,
  UNVALIDATED,
} from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const COUNT = 24;
const ids = galaxyIds(COUNT);
const { path, remove } = temporaryFolder();
const run = path('run');
const pictures = path('sky', 'images_training_rev1');
const picture = (id: number) => path('sky', 'images_training_rev1', `${id}.jpg`);
const truth = path('sky', 'training_solutions_rev1.csv');

/** The predictions of all pictures, with the defaults. */
let reference: Awaited<ReturnType<typeof predict>>;

beforeAll(async () => {
  await writeSky(path('sky'), ids);
  await succeed('train', '--data', path('sky'), '--out', run, ...SMALL, '--epochs', '4', '--lr', '2e-3');
  reference = await predict(pictures);
});
afterAll(remove);

/** Predicts, and returns the table by row. */
async function predict(images: string, ...flags: string[]) {
  const out = path(`${basename(images)} ${flags.join(' ')}.csv`);
  const common = ['--run', run, '--images', images, '--out', out, '--threads', '1'];
  const result = await succeedWithJson('predict', ...common, ...flags);
  const lines = readFileSync(out, 'utf8').split('\r\n');
  expect([lines[0], lines.at(-1)]).toEqual([
    ['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(','),
    '',
  ]);
  const rows = lines.slice(1, -1).map((line) => line.split(','));
  return {
    out,
    result,
    names: rows.map(([name]) => name),
    rows: rows.map((row) => row.slice(1).map(Number)),
  };
}

/** The rows of the reference for some galaxies. */
const referenceRows = (wanted: readonly number[] = ids): number[][] =>
  wanted.map((id) => reference.rows[reference.names.indexOf(String(id))]!);

describe('predict', () => {
  it('writes a submission with a row for each picture, in the order of the GalaxyIDs', () => {
    const { result, names, rows } = reference;
    expect(names).toEqual(ids.map(String));
    expect(new Set(rows.map(String)).size).toBe(COUNT);
    expect(result).toMatchObject({
      galaxies: COUNT,
      leftOut: [],
      weights: `${run}/checkpoint/best.safetensors`,
    });
  });

  it("leaves nothing in the home folder, where ONNX Runtime's telemetry would count sessions", async () => {
    mkdirSync(path('home'));
    const flags = ['--run', run, '--images', picture(ids[0]!), '--out', path('home.csv'), '--quiet'];
    const { code, stderr } = await tuningfork(['predict', ...flags], undefined, { HOME: path('home') });
    expect([code, stderr]).toEqual([0, '']);
    expect(readdirSync(path('home'))).toEqual([]);
  });

  it('writes Parquet and JSON Lines, with routes in words', async () => {
    const [parquet, lines] = [path('p.parquet'), path('p.jsonl')];
    const common = ['predict', '--run', run, '--images', pictures, '--threads', '1', '--readable', '--out'];
    await succeed(...common, parquet);
    await succeed(...common, lines);
    const rows = readFileSync(lines, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { names } = reference;
    expect(rows.map(({ GalaxyID }) => GalaxyID)).toEqual(names);
    expect(GALAXY_ZOO_2.columns.map(({ name }) => rows[3][name])).toEqual(reference.rows[3]);
    for (const { route, route_probability } of rows) {
      expect(route).toMatch(/^(?:smooth, |features or disk|star or artifact$)/);
      expect(route_probability).toBeGreaterThan(0);
    }
    const bytes = readFileSync(parquet);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
    const close = (row: object) =>
      Object.entries(row).map(([key, value]) => [
        key,
        typeof value === 'number' ? Math.fround(value) : String(value), // a list of no flags is ''
      ]);
    expect((await parquetReadObjects({ file })).map(close)).toEqual(rows.map(close));
    const metadata = parquetMetadata(file).key_value_metadata!;
    await succeed('export', '--run', run, '--out', path('hashed.safetensors'));
    const hash = createHash('sha256')
      .update(readFileSync(path('hashed.safetensors')))
      .digest('hex');
    expect(Object.fromEntries(metadata.map(({ key, value }) => [key, value]))).toEqual({
      'tuningfork.survey': 'gz2',
      'tuningfork.model': hash,
    });
    expect((await readSolutions(GALAXY_ZOO_2, parquet)).ids).toEqual(names);
  });

  it('writes flags in a column, or beside a submission', async () => {
    const [folder, other] = [path('odd'), path('odd.parquet')];
    mkdirSync(folder);
    cpSync(picture(ids[0]!), path('odd', `${ids[0]}.jpg`));
    const { default: sharp } = await import('sharp');
    const create = { width: 50, height: 90, channels: 3, background: '#000' } as const;
    await sharp({ create }).png().toFile(path('odd', 'black.png'));
    const { out, result, names, rows } = await predict(folder);
    expect([names, rows[0]]).toEqual([[String(ids[0]), 'black'], referenceRows([ids[0]!])[0]]);
    const flags = out.replace(/csv$/, 'flags.csv');
    expect(result).toMatchObject({ flagged: 1, flags });
    const said = 'constant black tiny sides-cut';
    expect(readFileSync(flags, 'utf8')).toBe(`GalaxyID,flags\r\nblack,${said}\r\n`);
    const { stderr } = await succeed('predict', '--run', run, '--images', folder, '--out', other);
    expect(stderr).toContain('1 picture flagged black: no value exceeds 2 % of the range (black.png)');
    const bytes = readFileSync(other);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { parquetReadObjects } = await import('hyparquet');
    expect((await parquetReadObjects({ file })).map((row) => row.flags)).toEqual(['', said]);
    await predict(path('odd', `${ids[0]}.jpg`));
    expect(existsSync(path(`${ids[0]}.jpg .flags.csv`))).toBe(false);
  });

  it('flags pictures unlike those of the training', async () => {
    // 220 galaxies that share the pictures; with fewer than 200, a training measures none.
    const rows = Array.from({ length: 220 }, (_, i) => ({ id: i + 1, file: picture(ids[i % COUNT]!) }));
    const list = ['GalaxyID,path', ...rows.map(({ id, file }) => `${id},${file}`), ''].join('\n');
    writeFileSync(path('many.csv'), list);
    writeFileSync(path('votes.csv'), solutionsTable(rows.map(({ id }) => id)));
    const many = path('many');
    const data = ['--solutions', path('votes.csv'), '--images', path('many.csv'), '--out', many];
    await succeed('train', ...data, ...UNVALIDATED, '--epochs', '1');

    const folder = path('unlike');
    mkdirSync(folder);
    const { default: sharp } = await import('sharp');
    const change = async (name: string, changed: Sharp) =>
      writeFileSync(path('unlike', `${name}.png`), await changed.png().toBuffer());
    const usual = sharp(picture(ids[3]!));
    await change('usual', usual.clone());
    await change('faint', usual.clone().linear(0.5, 0));
    await change('large', usual.clone().extract({ left: 159, top: 159, width: 106, height: 106 }));
    const noise = { type: 'gaussian', mean: 60, sigma: 40 } as const;
    await change(
      'noise',
      sharp({ create: { width: 424, height: 424, channels: 3, background: '#000', noise } }),
    );
    const flags = async (...network: string[]) => {
      const out = path('unlike.jsonl');
      const { stderr } = await succeed('predict', ...network, '--images', folder, '--out', out);
      const lines = readFileSync(out, 'utf8').trim().split('\n');
      const found = lines.map((line) => JSON.parse(line)).map(({ GalaxyID, flags }) => [GalaxyID, flags]);
      return { stderr, found: Object.fromEntries(found) };
    };
    const { stderr, found } = await flags('--run', many);
    const unlike = ['unlike-training'];
    expect(found).toEqual({ usual: [], faint: unlike, large: unlike, noise: unlike });
    expect(stderr).toContain(
      '3 pictures flagged unlike-training: brightness, colour, detail or size is unlike that of the training pictures' +
        ' (faint.png, large.png, noise.png)',
    );
    const explained = ['--image', path('unlike', 'noise.png'), '--layer', 'conv5', '--views', '1'];
    const explain = await succeed('explain', '--run', many, ...explained, '--out', path('noise.png'));
    expect(explain.stderr).toContain('1 picture flagged unlike-training');
    await succeed('export', '--run', many, '--out', path('many.safetensors'));
    expect((await flags('--model', path('many.safetensors'))).found).toEqual(found);
    // A run without statistics, such as an older one, flags none.
    expect((await flags('--run', run)).found).toEqual({ usual: [], faint: [], large: [], noise: [] });
  });

  it('gives the same numbers for a zip and for a single picture', async () => {
    const zip = path('pictures.zip');
    const files = ids.toReversed().map((id) => [`images/${id}.jpg`, readFileSync(picture(id))]);
    writeFileSync(zip, zipFixture(Object.fromEntries(files)));
    const zipped = await predict(zip);
    expect(zipped.names).toEqual(ids.map(String));
    expect(zipped.rows).toEqual(referenceRows());

    const single = await predict(picture(ids[5]!));
    expect(single.names).toEqual([String(ids[5])]);
    expect(difference(single.rows[0]!, referenceRows([ids[5]!])[0]!)).toBeLessThan(1e-5);
  });

  it.each(['1', '7', '10'])('gives the same numbers in batches of %s', async (batch) => {
    const { names, rows } = await predict(pictures, '--batch', batch, '--workers', '1');
    expect(names).toEqual(ids.map(String));
    expect(difference(rows.flat(), referenceRows().flat())).toBeLessThan(1e-5);
  });

  it('averages views, whatever the batch', async () => {
    const one = referenceRows();
    const two = await predict(pictures, '--views', '2');
    const inTurn = await predict(pictures, '--views', '2', '--batch', '5');
    expect(two.names).toEqual(ids.map(String));
    expect(difference(two.rows.flat(), inTurn.rows.flat())).toBeLessThan(1e-5);
    expect(difference(two.rows.flat(), one.flat())).toBeGreaterThan(1e-4);
    // Two views are the neutral one and its mirror image: a mirrored picture has the same mean.
    const { default: sharp } = await import('sharp');
    const { nodeDecoder } = await import('../src/node/pictures/decode.ts');
    const { decodeSquare } = await import('../src/picture/decode.ts');
    const { png } = await import('./fixtures/pictures.ts');
    const { pixels } = await decodeSquare(nodeDecoder, readFileSync(picture(ids[0]!)), 'picture');
    const mirrored = await sharp(await png(pixels, 424, 424))
      .flop()
      .png()
      .toBuffer();
    writeFileSync(path(`${ids[0]}.png`), mirrored);
    const other = await predict(path(`${ids[0]}.png`), '--views', '2');
    expect(difference(other.rows[0]!, two.rows[0]!)).toBeLessThan(1e-5);
  });

  it('writes the spread of the views beside their mean', async () => {
    const few = path('three');
    mkdirSync(few);
    for (const id of ids.slice(0, 3)) cpSync(picture(id), path('three', `${id}.jpg`));
    const uncertainty = path('spread.csv');
    const { rows, result } = await predict(few, '--views', '2', '--uncertainty', uncertainty);
    expect(result.uncertainty).toBe(uncertainty);
    const spread = await readSolutions(GALAXY_ZOO_2, uncertainty); // the same format, with its checks
    expect(spread.ids).toEqual(ids.slice(0, 3).map(String));
    // Of two views m ± d, one is the neutral view, and the standard deviation is √2 · d.
    const neutral = referenceRows(ids.slice(0, 3)).flat();
    const expected = rows.flat().map((mean, i) => Math.SQRT2 * Math.abs(neutral[i]! - mean));
    expect(difference(spread.fractions, expected)).toBeLessThan(1e-5);
    expect(Math.max(...spread.fractions)).toBeGreaterThan(1e-4);
  });

  it('refuses --uncertainty with one view, or with the path of the predictions', async () => {
    const flags = ['--run', run, '--images', pictures, '--out', path('never.csv')];
    const one = await runHere(['predict', ...flags, '--uncertainty', path('spreads.csv')]);
    expect([one.code, one.stderr]).toEqual([
      2,
      'tuningfork: --uncertainty: requires --views of 2 or more: one view has no spread\n',
    ]);
    const same = await runHere([
      'predict',
      ...flags,
      ...['--views', '2', '--uncertainty', path('never.csv')],
    ]);
    expect([same.code, same.stderr]).toEqual([
      2,
      `tuningfork: --uncertainty ${path('never.csv')}: expected a different file from --out\n`,
    ]);
    const curve = await runHere(['predict', ...flags, '--views', 'curve']);
    expect(curve.code).toBe(2);
    expect(curve.stderr).toContain('--views curve: expected a number');
    expect(existsSync(path('never.csv'))).toBe(false);
  });

  it('refuses a batch that is smaller than the views of one galaxy', async () => {
    const flags = [
      '--run',
      run,
      '--images',
      pictures,
      '--out',
      path('small.csv'),
      '--views',
      '16',
      '--batch',
      '4',
    ];
    const { code, stderr } = await runHere(['predict', ...flags]);
    expect([code, stderr]).toEqual([2, 'tuningfork: --batch 4: less than the 16 views of one galaxy\n']);
    expect(existsSync(path('small.csv'))).toBe(false);
  });

  it('names pictures by their files, digit for digit, integers first', async () => {
    const folder = path('mixed');
    mkdirSync(folder);
    for (const [name, id] of [
      ['NGC 1300.jpg', ids[0]],
      ['M51, Whirlpool.jpg', ids[1]],
      ['7.jpg', ids[2]],
      ['000123.jpg', ids[2]],
      ['1237649770260463687.jpg', ids[2]],
      ['J094651.40-010228.5.jpg', ids[2]],
    ] as const)
      cpSync(picture(id!), path('mixed', name));
    const out = path('mixed.csv');
    await succeed('predict', '--run', run, '--images', folder, '--out', out);
    const [, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\r\n');
    const names = lines.map((line) => line.replace(/(,[\d.e-]+){37}$/, ''));
    expect(names).toEqual([
      '7',
      '000123',
      '1237649770260463687',
      'J094651.40-010228.5',
      '"M51, Whirlpool"',
      'NGC 1300',
    ]);
  });

  it('predicts the first pictures of a list, in its order', async () => {
    const files = [ids[3], ids[0], ids[2]].map((id) => picture(id!));
    writeFileSync(path('listed.txt'), `${files.join('\n')}\n`);
    const { names, rows } = await predict(path('listed.txt'), '--limit', '2');
    expect(names).toEqual([ids[3], ids[0]].map(String));
    expect(rows).toEqual(referenceRows([ids[3]!, ids[0]!]));
  });

  it('reports a broken picture and skips it, up to --max-bad', async () => {
    const folder = path('damaged');
    cpSync(pictures, folder, { recursive: true });
    const whole = readFileSync(picture(ids[4]!));
    writeFileSync(path('damaged', `${ids[4]}.jpg`), whole.subarray(0, whole.length / 2));
    const { result, names, rows } = await predict(folder, '--max-bad', '0.1');
    const others = ids.filter((id) => id !== ids[4]);
    expect(result).toMatchObject({ galaxies: COUNT - 1, leftOut: [{ name: `${ids[4]}.jpg` }] });
    expect(names).toEqual(others.map(String));
    expect(rows).toEqual(referenceRows(others));

    const out = path('too bad.csv');
    const { code, stderr } = await runHere(['predict', '--run', run, '--images', folder, '--out', out]);
    expect(code).toBe(2);
    expect(stderr).toContain(`tuningfork: --max-bad 0.01: 1 of 24 pictures cannot be read: ${ids[4]}.jpg: `);
    expect(existsSync(out)).toBe(false);
  });

  it('writes no table if no picture can be read, whatever --max-bad is', async () => {
    const folder = path('bad');
    mkdirSync(folder);
    for (const name of ['1.jpg', '2.jpg']) writeFileSync(path('bad', name), 'no picture');
    const out = path('none.csv');
    const flags = ['--run', run, '--images', folder, '--out', out, '--max-bad', '1', '--quiet'];
    const { code, stderr } = await runHere(['predict', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      `tuningfork: --max-bad 1: 2 of 2 pictures in ${folder} cannot be read: not a JPEG, PNG, TIFF, WebP or FITS file`,
    );
    expect(existsSync(out)).toBe(false);
  });

  it('immediately refuses a zip in which a name occurs twice', async () => {
    const zip = path('twice.zip');
    const bytes = readFileSync(picture(ids[0]!));
    const twice = zipFixture({ 'spiral.jpg': bytes, 'barred.jpg': bytes }).toString('latin1');
    writeFileSync(zip, twice.replaceAll('barred', 'spiral'), 'latin1');
    const flags = ['--run', run, '--images', zip, '--out', path('twice.csv'), '--quiet'];
    const { code, stderr } = await runHere(['predict', ...flags]);
    expect([code, stderr]).toEqual([2, `tuningfork: ${zip}: two pictures are named spiral.jpg\n`]);
  });
});

describe('viewCurve', () => {
  it('is the score of predict for each number of views', async () => {
    const built = (file: string) =>
      import(/* @vite-ignore */ new URL(`../dist/${file}`, import.meta.url).href);
    const { viewCurve }: typeof import('../src/predict/viewCurve.ts') = await built('predict/viewCurve.js');
    const { openRun }: typeof import('../src/tasks/model.ts') = await built('tasks/model.js');
    const { openCatalogue }: typeof import('../src/node/data/openCatalogue.ts') = await built(
      'node/data/openCatalogue.js',
    );
    const { nodePlatform }: typeof import('../src/node/platform.ts') = await built('node/platform.js');
    const { galaxies } = await openCatalogue(GALAXY_ZOO_2, { solutions: [truth], images: [pictures] });
    const trained = await openRun(run);
    const device = { name: 'cpu', threads: 1 };
    const curve = await viewCurve(nodePlatform, trained, galaxies.slice(0, 5), [2, 1, 6], { device });
    expect(curve.map(({ views }) => views)).toEqual([2, 1, 6]);
    const few = path('five');
    mkdirSync(few);
    for (const id of ids.slice(0, 5)) cpSync(picture(id), path('five', `${id}.jpg`));
    const { fractions } = await readSolutions(GALAXY_ZOO_2, truth);
    for (const { views, rmse } of curve) {
      const { rows } = await predict(few, '--views', String(views));
      const predictions = Float32Array.from(rows.flat());
      const score = evaluatePredictions(GALAXY_ZOO_2, fractions.subarray(0, 5 * 37), predictions);
      expect(rmse).toBeCloseTo(score.rmse, 5);
    }
    await expect(viewCurve(nodePlatform, trained, galaxies, [8, 3], { device, batch: 9 })).rejects.toThrow(
      'batch 9: less than the 10 views of one galaxy',
    );
    await expect(viewCurve(nodePlatform, trained, [], [1], { device })).rejects.toThrow(
      'at least one labelled galaxy',
    );
  });
});

describe('evaluate', () => {
  const common = ['--run', run, '--solutions', truth, '--threads', '1'];
  let evaluation: Awaited<ReturnType<typeof succeedWithJson>>;
  beforeAll(async () => {
    evaluation = await succeedWithJson('evaluate', ...common, '--images', pictures);
  });

  it('scores the predictions of predict', async () => {
    const { weights, leftOut, trainedOn, centralPixelRmse, ...scores } = evaluation;
    const tables = alignTables(
      GALAXY_ZOO_2,
      await readSolutions(GALAXY_ZOO_2, truth),
      await readSolutions(GALAXY_ZOO_2, reference.out),
    );
    const predictions = Float32Array.from(tables.predictions); // which the table's decimals represent
    expect(trainedOn).toBe(COUNT - 2);
    expect(centralPixelRmse).toBeGreaterThan(0.05);
    expect(scores).toEqual(evaluatePredictions(GALAXY_ZOO_2, tables.truth, predictions));
    expect([weights, leftOut]).toEqual([`${run}/checkpoint/best.safetensors`, []]);
  });

  it('reports every score that other programs need', () => {
    const { rmse, rmseMeanOfColumns, rmseByQuestion, classOne, galaxies } = evaluation;
    expect(galaxies).toBe(COUNT);
    expect(rmse).toBeGreaterThan(rmseMeanOfColumns);
    expect(rmseMeanOfColumns).toBeGreaterThan(0);
    expect(rmseByQuestion).toHaveLength(11);
    expect(classOne.confusion.map((row: number[]) => row.length)).toEqual([3, 3, 3]);
    expect(classOne.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(COUNT);
    const right = classOne.confusion[0][0] + classOne.confusion[1][1] + classOne.confusion[2][2];
    expect(classOne.accuracy).toBeCloseTo(right / COUNT, 12);
    expect(classOne.report['weighted avg'].support).toBe(COUNT);
  });

  it('writes predictions and scores into a folder, and prints the pooled score as text', async () => {
    const out = path('scores', 'of run');
    const { stdout } = await succeed('evaluate', ...common, '--images', pictures, '--out', out, '--quiet');
    const saved = JSON.parse(readFileSync(`${out}/evaluation.json`, 'utf8'));
    expect(saved).toEqual(evaluation);
    expect(stdout).toContain(`pooled             ${saved.rmse.toFixed(5)}`);
    expect(readFileSync(`${out}/predictions.csv`).equals(readFileSync(reference.out))).toBe(true);
  });

  it('scores the mean of 16 views as predict --views 16 gives it', async () => {
    const few = path('few');
    mkdirSync(few);
    for (const id of ids.slice(0, 3)) cpSync(picture(id), path('few', `${id}.jpg`));
    const scores = await succeedWithJson('evaluate', ...common, '--images', few, '--views', '16');
    const { rows } = await predict(few, '--views', '16');
    const { fractions } = await readSolutions(GALAXY_ZOO_2, truth);
    const ofFew = (predictions: number[][]) =>
      evaluatePredictions(GALAXY_ZOO_2, fractions.subarray(0, 3 * 37), Float32Array.from(predictions.flat()))
        .rmse;
    expect(scores.rmse).toBe(ofFew(rows));
    expect(scores.rmse).not.toBe(ofFew(referenceRows(ids.slice(0, 3))));
  });

  it('scores the galaxies with pictures, and counts those without', async () => {
    const table = path('more.csv');
    writeFileSync(table, solutionsTable([5, ...ids.slice(0, 10), 6]));
    const flags = ['--solutions', table, '--images', pictures, '--json'];
    const { stdout, stderr } = await succeed('evaluate', ...common, ...flags);
    expect(JSON.parse(stdout).galaxies).toBe(10);
    expect(stderr).toContain('10 galaxies (14 images without row)\n');
    expect(stderr).toContain(`2 of 12 rows of ${table} have no picture in ${pictures}: 5, 6\n`);
  });
});
