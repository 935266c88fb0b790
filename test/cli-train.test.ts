/** `tuningfork train` and `tuningfork pack` from the command line: the files that they write, and their reproducibility. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  checkpointBytes,
  expectSameBits,
  expectSameCheckpoints,
  filesBelow,
  filesOfRun,
  NAMED,
  readTensors,
  readUntimedMetrics,
  runHere,
  SMALL,
  SMALL_NETWORK,
  succeed,
  succeedWithJson,
  temporaryFolder,
  UNVALIDATED,
} from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const COUNT = 24;
const ids = galaxyIds(COUNT);
const { path, remove } = temporaryFolder();
const sky = path('sky');
const first = path('first');
/** The same without validation. */
const unvalidated = path('unvalidated');
let outcome: Awaited<ReturnType<typeof succeedWithJson>>;

beforeAll(async () => {
  await writeSky(sky, ids);
  outcome = await succeedWithJson('train', '--data', sky, '--out', first, ...SMALL);
  await train('unvalidated', sky);
});
afterAll(remove);

/** Trains like `unvalidated`, with other data and further flags, and returns the run's folder. */
async function train(name: string, data: string, ...flags: string[]): Promise<string> {
  await succeed('train', '--data', data, '--out', path(name), '--quiet', ...UNVALIDATED, ...flags);
  return path(name);
}

describe('a training', () => {
  it('leaves settings, metrics, validation votes, two checkpoints, a page with charts and the IDs of its galaxies, and nothing else', () => {
    expect(filesOfRun(first).filter((name) => !name.startsWith('charts/'))).toEqual([
      'checkpoint/best.safetensors',
      'checkpoint/last.safetensors',
      'config.json',
      'events.out.tfevents.TIME.tuningfork',
      'metrics.jsonl',
      'report.html',
      'training.csv',
      'validation.csv',
    ]);
    const charts = filesBelow(path('first', 'charts'));
    expect(charts).toEqual(expect.arrayContaining(['history-rmse.png', 'history-rmse.svg', 'network.svg']));
    expect(charts).toEqual(expect.arrayContaining(['standing.svg', 'confusion-1.svg', 'calibration-11.png']));
  });

  it('prints its result as one JSON document', () => {
    const metrics = readUntimedMetrics(first);
    expect(metrics.map(({ epoch }) => epoch)).toEqual([1, 2]);
    const best = metrics.reduce((a, b) => (b.validationRmse! < a.validationRmse! ? b : a));
    expect(outcome).toMatchObject({ run: first, stopped: false, epochs: 2, last: metrics[1] });
    expect(outcome.best).toEqual({ epoch: best.epoch, rmse: best.validationRmse });
  });

  it('saves the resolved settings, including defaults', () => {
    const { training, network } = JSON.parse(readFileSync(path('first', 'config.json'), 'utf8'));
    expect(training).toMatchObject({
      data: sky,
      network: SMALL_NETWORK,
      epochs: 2,
      learningRate: 5e-4,
      loss: 'bce',
    });
    expect(network.layers[0]).toEqual({ convolution: { channels: 4, kernel: 3, pool: 'max' } });
  });

  it('keeps a tenth of the galaxies for validation, with their votes', async () => {
    const [kept, all] = await Promise.all([
      readSolutions(GALAXY_ZOO_2, path('first', 'validation.csv')),
      readSolutions(GALAXY_ZOO_2, path('sky', 'training_solutions_rev1.csv')),
    ]);
    expect(kept.ids).toHaveLength(Math.round(COUNT / 10));
    for (const [row, id] of kept.ids.entries()) {
      const votes = (table: typeof all, at: number) => [...table.fractions.slice(at * 37, at * 37 + 37)];
      const truth = votes(all, all.ids.indexOf(id)).map(Math.fround);
      expect(votes(kept, row).map(Math.fround)).toEqual(truth);
    }
  });

  it('continues if a chart cannot be written, reports it, and writes it when resumed', async () => {
    const blocked = path('blocked');
    const chart = path('blocked', 'charts', 'standing.svg');
    mkdirSync(chart, { recursive: true });
    const { stderr } = await succeed('train', '--data', sky, '--out', blocked, ...SMALL);
    expect(stderr).toContain(`not written: ${chart}: expected a file`);
    expectSameCheckpoints(blocked, first);
    rmSync(chart, { recursive: true });
    await succeed('train', '--out', blocked, '--resume');
    expect(filesOfRun(blocked)).toEqual(filesOfRun(first));
    expectSameCheckpoints(blocked, first);
  });

  it('works without validation', () => {
    const run = unvalidated;
    expect(filesOfRun(run).filter((name) => !name.startsWith('charts/'))).toEqual([
      'checkpoint/last.safetensors',
      'config.json',
      'events.out.tfevents.TIME.tuningfork',
      'metrics.jsonl',
      'report.html',
      'training.csv',
    ]);
    expect(readFileSync(`${run}/report.html`, 'utf8')).not.toContain('Most uncertain');
    expect(readUntimedMetrics(run).map(({ validationRmse }) => validationRmse)).toEqual([null, null]);
  });
});

describe('the result of a training', () => {
  it('is the same for any number of threads that read pictures, with several threads for the network', async () => {
    const one = await train('one worker', sky, '--workers', '1', '--threads', '2');
    const three = await train('three workers', sky, '--workers', '3', '--threads', '2');
    expectSameCheckpoints(three, one);
    expect(readUntimedMetrics(three)).toEqual(readUntimedMetrics(one));
  });

  it('differs with another seed', async () => {
    const other = await train('another seed', sky, '--seed', '2');
    expect(checkpointBytes(other).equals(checkpointBytes(unvalidated))).toBe(false);
    const start = (run: string) => readUntimedMetrics(run)[0]!.loss;
    expect(start(other)).not.toBe(start(unvalidated));
  });

  it('is the same from a packed file as from the folder', async () => {
    const packed = path('sky.pack');
    const result = await succeedWithJson('pack', '--data', sky, '--out', packed);
    expect(result).toEqual({ out: packed, count: COUNT, leftOut: [], resampled: 0 });
    expectSameCheckpoints(await train('from the pack', packed), unvalidated);
    expect(existsSync(packed)).toBe(true); // it belongs to the user
  });

  it("is the same from Kaggle's zips as from the folder", async () => {
    const folder = path('zips');
    const table = 'training_solutions_rev1.csv';
    const pictures = ids.map((id) => `images_training_rev1/${id}.jpg`);
    mkdirSync(folder);
    const zip = (names: string[]) =>
      zipFixture(Object.fromEntries(names.map((name) => [name, readFileSync(path('sky', name))])));
    writeFileSync(path('zips', 'images_training_rev1.zip'), zip(pictures));
    writeFileSync(path('zips', 'training_solutions_rev1.zip'), zip([table]));
    expectSameCheckpoints(await train('from zips', folder), unvalidated);
  });
});

describe('--config', () => {
  it('sets settings, which flags override', async () => {
    const file = path('settings.json');
    const settings = {
      data: sky,
      network: SMALL_NETWORK,
      batch: 8,
      epochs: 7,
      seed: 1,
      validation: 0,
    };
    writeFileSync(file, JSON.stringify(settings));
    await succeed('train', '--config', file, '--epochs', '2', '--out', path('configured'), '--quiet');
    expectSameCheckpoints(path('configured'), unvalidated);
  });

  it('leaves out settings of the file that have no effect with a flag', async () => {
    const file = path('restarts.json');
    const restarts = { schedule: 'warm-restarts', restartFirst: 60, restartFactor: 3 };
    writeFileSync(file, JSON.stringify({ data: sky, network: SMALL_NETWORK, batch: 8, ...restarts }));
    const flags = ['--schedule', 'cosine', '--epochs', '2', '--seed', '1', '--validation', '0'];
    await succeed('train', '--config', file, ...flags, '--out', path('without restarts'), '--quiet');
    expectSameCheckpoints(path('without restarts'), unvalidated);
  });

  it("accepts a run's own config.json and gives bit-identical results", async () => {
    const file = path('unvalidated', 'config.json');
    await succeed('train', '--config', file, '--out', path('configured by a run'), '--quiet');
    expectSameCheckpoints(path('configured by a run'), unvalidated);
  });

  it.each([
    [{ epochs: 2, learningrate: 1e-3 }, /typo\.json: .*learningrate/],
    [{ epochs: 'many' }, /typo\.json: epochs: /],
  ])('refuses %j and names file and key', async (settings, message) => {
    writeFileSync(path('typo.json'), JSON.stringify(settings));
    const flags = ['--data', sky, '--config', path('typo.json'), '--out', path('typo')];
    const { code, stderr } = await runHere(['train', ...flags]);
    expect([code, existsSync(path('typo'))]).toEqual([2, false]);
    expect(stderr).toMatch(message);
  });
});

describe('--init', () => {
  const weights = path('weights.safetensors');
  beforeAll(() => succeed('export', '--run', first, '--out', weights, '--quiet'));

  it('starts from exactly these weights, including running statistics', async () => {
    // The learning rate is so small that no float32 weight moves; batch 24 makes one step.
    const still = ['--init', weights, '--lr', '1e-30', '--epochs', '1', '--batch', '24'];
    const started = readTensors(`${await train('started', sky, ...still)}/checkpoint/last.safetensors`);
    const given = readTensors(weights);
    const rows = [...given.tensors].filter(([name]) => /(weight|bias)$/.test(name));
    expect(rows).toHaveLength(22);
    for (const [name, { data }] of rows) expectSameBits(started.tensors.get(name)!.data, data, name);

    // Running mean' = 0.9 · running mean + 0.1 · batch mean: after the same batch, two initial means differ by 0.9 of the original difference.
    const shifted = new Map(given.tensors);
    const mean = given.tensors.get('1.running_mean')!;
    shifted.set('1.running_mean', {
      ...mean,
      data: Float32Array.from(mean.data as Float32Array, (v) => v + 1),
    });
    const { encodeSafetensors } = await import('../src/files/safetensors.ts');
    writeFileSync(path('shifted.safetensors'), encodeSafetensors(shifted));
    const flags = ['--init', path('shifted.safetensors'), ...still.slice(2)];
    const other = readTensors(`${await train('shifted', sky, ...flags)}/checkpoint/last.safetensors`);
    const means = [started, other].map(({ tensors }) => tensors.get('1.running_mean')!.data as Float32Array);
    for (const [channel, value] of means[0]!.entries())
      expect(means[1]![channel]! - value).toBeCloseTo(0.9, 5);
  });

  it('refuses the weights of another network and names the tensor', async () => {
    const flags = ['--data', sky, '--out', path('misfit'), '--init', weights, ...SMALL];
    const { code, stderr } = await runHere(['train', ...flags, ...NAMED, '--channels', '4,4,4,8']);
    expect([code, existsSync(path('misfit'))]).toEqual([2, false]);
    expect(stderr).toMatch(
      /weights\.safetensors: '12\.weight': expected F32 \[8,4,3,3\], got F32 \[4,4,3,3\]/,
    );
  });
});

describe('a store left by a run that never began', () => {
  it('is not used for the galaxies of another run', async () => {
    const out = path('begun before');
    mkdirSync(out);
    const other = path('other sky');
    await writeSky(other, galaxyIds(20));
    await succeed('pack', '--data', other, '--out', `${out}/images.store`, '--quiet');
    expectSameCheckpoints(await train('begun before', sky), unvalidated);
  });
});

describe('a run without its settings', () => {
  it.each(['checkpoint/best.safetensors', 'metrics.jsonl', 'report.html', 'checkpoint/last.safetensors'])(
    'is not overwritten: %s',
    async (name) => {
      const out = path('lost settings');
      rmSync(out, { recursive: true, force: true });
      mkdirSync(`${out}/checkpoint`, { recursive: true });
      cpSync(`${first}/${name}`, `${out}/${name}`);
      const { code, stderr } = await runHere(['train', '--data', sky, '--out', out, ...SMALL]);
      expect([code, stderr]).toEqual([
        2,
        `tuningfork: --out ${out}: ${out}/${name} belongs to a run that has lost its config.json; choose another folder\n`,
      ]);
      expectSameBits(readFileSync(`${out}/${name}`), readFileSync(`${first}/${name}`), name);
    },
  );
});

describe('a run whose best weights are lost', () => {
  it('is not used with its last weights instead', async () => {
    const run = path('lost best');
    cpSync(first, run, { recursive: true });
    rmSync(`${run}/checkpoint/best.safetensors`);
    const { code, stderr } = await runHere(['export', '--run', run, '--out', path('lost.onnx')]);
    expect([code, stderr]).toEqual([
      2,
      `tuningfork: ${run}/checkpoint/best.safetensors: is missing; it had the run's best weights\n`,
    ]);
  });
});

describe('a broken picture', () => {
  const damaged = path('damaged sky');
  const broken = `${ids[3]}.jpg`;
  beforeAll(() => {
    cpSync(sky, damaged, { recursive: true });
    writeFileSync(path('damaged sky', 'images_training_rev1', broken), '<html>not found</html>');
  });

  it('is reported by name and skipped, up to --max-bad', async () => {
    const flags = ['--data', damaged, '--out', path('most'), '--max-bad', '0.05'];
    const { stderr } = await succeed('train', ...flags, ...SMALL);
    expect(stderr).toContain(`${broken}: skipped: not a JPEG, PNG, TIFF, WebP or FITS file`);
    expect(stderr).toContain('1 of 24 pictures left out');
    expect(stderr).toContain('21 galaxies to train on, 2 to validate');
  });

  it('exceeds the default limit among 24: exit code 2, and no file is left', async () => {
    for (const command of ['train', 'pack']) {
      const out = path(`${command} of the damaged`);
      const { code, stdout, stderr } = await runHere([
        command,
        '--data',
        damaged,
        '--out',
        out,
        '--quiet',
        ...(command === 'train' ? ['--batch', '8'] : []),
      ]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(
        `tuningfork: --max-bad 0.01: 1 of 24 pictures cannot be read: ${broken}: not a JPEG, PNG, TIFF, WebP or FITS file`,
      );
      expect(existsSync(out)).toBe(false);
    }
  });
});

describe('a training run that diverges', () => {
  it('stops with exit code 1, names the step and a good checkpoint, and does not overwrite that', async () => {
    const out = path('diverged');
    const flags = ['--data', sky, '--out', out, ...SMALL, '--lr', '1e30', '--quiet'];
    const { code, stdout, stderr } = await runHere(['train', ...flags]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tuningfork: .* at step \d+ \(epoch 1\); the last good checkpoint is .*\n$/);
    const [, checkpoint] = /checkpoint is (.*)\n/.exec(stderr)!;
    for (const [name, { data }] of readTensors(checkpoint!).tensors) {
      expect((data as Float32Array).every(Number.isFinite), name).toBe(true);
    }
  });
});
