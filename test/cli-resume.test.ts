/** Training runs that are stopped by a signal or a kill resume, and end bit-identical to one that was never stopped. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeSafetensors } from '../src/files/safetensors.ts';
import {
  checkpointBytes,
  entry,
  expectSameCheckpoints,
  filesBelow,
  filesOfRun,
  interruptingFlags,
  lastValues,
  NAMED,
  outcomeOf,
  readTensors,
  readUntimedMetrics,
  runHere,
  SMALL,
  SMALL_NETWORK,
  succeed,
  temporaryFolder,
  tuningfork,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import type { OutcomeHere } from './here.ts';

const { path, remove } = temporaryFolder();
const sky = path('sky');
const undisturbed = path('undisturbed');

/** Five steps per epoch, and dropout, whose random numbers must continue as well. */
const network = path('dropout.json');
const settings = (run: string) => [
  ...['train', '--data', sky, '--out', run, ...SMALL],
  ...['--network', network, '--batch', '2', '--epochs', '3'],
];

/** The position in a run's last checkpoint. */
const position = (run: string) =>
  JSON.parse(readTensors(`${run}/checkpoint/last.safetensors`).metadata.position!);

/** Stopped in the second of three epochs. */
const stopped = path('stopped');
let stopping: OutcomeHere;

beforeAll(async () => {
  await writeSky(sky, galaxyIds(12));
  const { layers, ...others } = JSON.parse(readFileSync(SMALL_NETWORK, 'utf8'));
  writeFileSync(network, JSON.stringify({ ...others, layers: layers.toSpliced(-1, 0, { dropout: 0.2 }) }));
  await succeed(...settings(undisturbed), '--quiet');
  stopping = await runHere([...settings(stopped), '--json'], {
    when: /epoch 2\/3 step 1\/5/,
    send: ['SIGTERM'],
  });
});
afterAll(remove);

/** Resumes a run, and expects it to end bit-identical to the undisturbed one. */
async function expectToCatchUp(run: string, ...flags: string[]): Promise<void> {
  await succeed('train', '--out', run, '--resume', '--quiet', ...flags);
  expectSameCheckpoints(run, undisturbed);
  expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(undisturbed));
  expect(filesOfRun(run)).toEqual(filesOfRun(undisturbed));
}

it('dropout changes the training', async () => {
  const losses: number[] = [];
  for (const share of ['0', '0.2']) {
    const run = path(`dropout ${share}`);
    await succeed(
      ...settings(run),
      ...NAMED,
      '--dropout',
      share,
      '--epochs',
      '1',
      '--validation',
      '0',
      '--quiet',
    );
    losses.push(readUntimedMetrics(run)[0]!.loss);
  }
  expect(losses[0]).not.toBe(losses[1]);
});

describe('a training that is stopped', () => {
  it('leaves a checkpoint, exits with 75, and can be resumed with another number of threads', async () => {
    expect(stopping.code).toBe(75);
    expect(stopping.stderr).toContain('stopping after this step; signal again to stop at once');
    expect(JSON.parse(stopping.stdout)).toMatchObject({
      ...{ run: stopped, stopped: true, resumable: true, epochs: 1 },
    });
    expect(position(stopped)).toMatchObject({ epoch: 1, batch: 1 });
    const run = path('resumed');
    cpSync(stopped, run, { recursive: true });
    await expectToCatchUp(run, '--workers', '2');
  });

  it('by two signals stops immediately, and resumes from the checkpoint of the last epoch', async () => {
    const run = path('twice');
    const send = ['SIGINT', 'SIGTERM'] as const;
    const outcome = await tuningfork(settings(run), { when: /epoch 2\/3 step 1\/5/, send });
    expect(outcome).toMatchObject({ code: 75, signal: null, stdout: '' });
    expect(position(run)).toMatchObject({ epoch: 1, batch: 0 });
    await expectToCatchUp(run);
  });

  it('by a kill resumes from the checkpoint of the last epoch, and decodes the pictures again if necessary', async () => {
    const run = path('killed');
    const outcome = await tuningfork(settings(run), { when: /epoch 2\/3 step 1\/5/, send: ['SIGKILL'] });
    expect(outcome).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(position(run)).toMatchObject({ epoch: 1, batch: 0 });
    rmSync(path('killed', 'images.store'));
    await expectToCatchUp(run);
  });

  it('reads a table of its own in the same way when it resumes', async () => {
    const [head, ...rows] = readFileSync(`${sky}/training_solutions_rev1.csv`, 'utf8').trim().split(/\r?\n/);
    const answers = head!.split(',').slice(1);
    const names = answers.map((name) => [`p_${name}`, name]);
    const lines = [
      ['objid', 'name', ...names.map(([own]) => own)].join(),
      ...rows.map((row, i) => `${i},${row}`),
    ];
    writeFileSync(path('mine.csv'), lines.join('\n'));
    writeFileSync(path('columns.json'), JSON.stringify(Object.fromEntries(names)));
    const run = path('own table');
    const [, , , ...others] = settings(run);
    const sources = ['--solutions', path('mine.csv'), '--images', `${sky}/images_training_rev1`];
    const reading = ['--id-column', 'name', '--columns', path('columns.json'), '--labels', 'fractions'];
    const flags = ['train', ...sources, ...reading, '--fractions', 'cumulative', ...others];
    const outcome = await runHere(flags, { when: /epoch 2\/3 step 1\/5/, send: ['SIGTERM'] });
    expect(outcome.code).toBe(75);
    rmSync(path('own table', 'images.store'));
    await expectToCatchUp(run);
  });

  it('between the last step of an epoch and its validation can be resumed', async () => {
    const flags = ['--batch', '11', '--epochs', '2'];
    const [whole, run] = [path('one step'), path('one step, stopped')];
    await succeed(...settings(whole), ...flags, '--quiet');
    const when = /epoch 1\/2 step 1\/1 /;
    const outcome = await runHere([...settings(run), ...flags], { when, send: ['SIGINT'] });
    expect(outcome.code).toBe(75);
    expect(position(run)).toMatchObject({ batch: 1 });
    await succeed('train', '--out', run, '--resume', '--quiet');
    expectSameCheckpoints(run, whole);
    expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(whole));
  });

  it('in its first epoch can be resumed, but not with other galaxies', async () => {
    const [run, other] = [path('other galaxies'), path('sky of fewer')];
    const outcome = await runHere(settings(run), { when: /epoch 1\/3 step 1\/5/, send: ['SIGINT'] });
    expect(outcome.code).toBe(75);
    expect(position(run)).toMatchObject({ epoch: 0, batch: 1 });
    rmSync(path('other galaxies', 'images.store'));
    cpSync(sky, other, { recursive: true });
    rmSync(path('sky of fewer', 'images_training_rev1', `${galaxyIds(12)[3]}.jpg`));
    renameSync(sky, path('sky that was'));
    try {
      renameSync(other, sky);
      const { code, stderr } = await runHere(['train', '--out', run, '--resume', '--quiet']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('are not those of the run')]);
    } finally {
      rmSync(sky, { recursive: true });
      renameSync(path('sky that was'), sky);
    }
    await expectToCatchUp(run);
  });

  it('reports lost metrics, and resumes without them', async () => {
    const run = path('lost metrics');
    cpSync(stopped, run, { recursive: true });
    const metrics = path('lost metrics', 'metrics.jsonl');
    rmSync(metrics);
    const { stderr } = await succeed('train', '--out', run, '--resume');
    expect(stderr).toContain(`${metrics}: 1 of the 1 finished epochs are missing\n`);
    expectSameCheckpoints(run, undisturbed);
    expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(undisturbed).slice(1));
  });

  it('while pictures are decoded leaves nothing', async () => {
    const run = path('too early');
    const outcome = await runHere(settings(run), { when: /decoding pictures/, send: ['SIGTERM'] });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^tuningfork: stopped before the training began$/m);
    expect(existsSync(run)).toBe(false);
  });
});

describe('a second training', () => {
  it('into the same run is refused as long as the first is alive', async () => {
    const run = path('shared');
    const when = /epoch 1\/3 step 1\/5/;
    const flags = interruptingFlags({ when, send: ['SIGSTOP'] });
    const first = spawn(process.execPath, [...flags, entry, ...lastValues(settings(run))], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = outcomeOf(first);
    let progress = '';
    first.stderr.on('data', (text) => {
      progress += text;
    });
    await vi.waitFor(() => expect(progress).toMatch(when), 60_000);
    const refusal = {
      code: 2,
      stdout: '',
      stderr: `tuningfork: ${run}: another process is using it (process ${first.pid} on ${hostname()}); if that is wrong, remove ${run}/lock\n`,
    };
    expect(await runHere(settings(run))).toEqual(refusal);
    expect(await runHere(['train', '--out', run, '--resume'])).toEqual(refusal);
    first.kill('SIGCONT');
    expect((await ended).code).toBe(0);
    expectSameCheckpoints(run, undisturbed);
    expect(filesOfRun(run)).toEqual(filesOfRun(undisturbed));
  });
});

describe('--resume', () => {
  it('has nothing to do if a run is finished', async () => {
    const contents = () =>
      filesBelow(undisturbed).map((name) => [name, readFileSync(path('undisturbed', name), 'latin1')]);
    const before = contents();
    const { stdout, stderr } = await succeed('train', '--out', undisturbed, '--resume');
    expect(stdout).toMatch(/^trained 3 epochs in \d+ s: best validation RMSE 0\.\d+ \(epoch \d\); run in /);
    expect(stderr).toBe('');
    expect(contents()).toEqual(before);
  });

  it('accepts the same settings again, and others only if they do not affect the result', async () => {
    await succeed(...settings(undisturbed), '--resume', '--workers', '3', '--threads', '2');
    const { code, stdout, stderr } = await runHere([
      ...settings(undisturbed),
      ...['--resume', '--lr', '0.1', '--epochs', '9'],
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `tuningfork: --resume ${undisturbed}: this run was started with epochs 3, learningRate 0.0005; cannot resume it with epochs 9, learningRate 0.1\n`,
    );
  });

  it('is required to continue a run, and requires a run', async () => {
    const again = await runHere(settings(undisturbed));
    expect([again.code, again.stderr]).toEqual([
      2,
      `tuningfork: --out ${undisturbed}: already contains a run; continue it with --resume, or choose another folder\n`,
    ]);
    const none = await runHere([...settings(path('none')), '--resume']);
    expect([none.code, none.stderr]).toEqual([2, `tuningfork: ${path('none')}: not a run: no such folder\n`]);
  });

  it('refuses a damaged checkpoint', async () => {
    const run = path('damaged');
    mkdirSync(path('damaged', 'checkpoint'), { recursive: true });
    writeFileSync(path('damaged', 'config.json'), readFileSync(path('undisturbed', 'config.json')));
    const whole = checkpointBytes(undisturbed);
    writeFileSync(path('damaged', 'checkpoint', 'last.safetensors'), whole.subarray(0, whole.length - 4));
    const { code, stderr } = await runHere(['train', '--out', run, '--resume']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^tuningfork: .*last\.safetensors: tensor '.*': ends at byte \d+ of a file of \d+: truncated\n$/,
    );
  });

  it.each([
    [{ epoch: 900 }, 'expected 3 finished epochs at most, got 900'],
    [{ epoch: 1, step: 8 }, 'expected step 7 after 1 epochs of 5, got 8'],
    [{ batch: 6 }, 'expected 5 finished steps of epoch 2 at most, got 6'],
    [{ epoch: 3, batch: 1 }, 'expected 0 finished steps of epoch 4 at most, got 1'],
    [
      { sums: { galaxies: 5, loss: 1, squaredError: 1 } },
      'expected sums over 4 galaxies after 2 steps, got 5',
    ],
  ])('refuses a checkpoint that does not fit the settings: %j', async (changes, problem) => {
    const run = path('misplaced');
    rmSync(run, { recursive: true, force: true });
    cpSync(undisturbed, run, { recursive: true });
    const file = path('misplaced', 'checkpoint', 'last.safetensors');
    const { tensors, metadata } = readTensors(file);
    const sums = { galaxies: 4, loss: 1, squaredError: 1 };
    const place = { ...JSON.parse(metadata.position!), epoch: 1, batch: 2, step: 7, sums, ...changes };
    writeFileSync(file, encodeSafetensors(tensors, { ...metadata, position: JSON.stringify(place) }));
    const before = filesBelow(run);
    const { code, stdout, stderr } = await runHere(['train', '--out', run, '--resume', '--quiet']);
    expect([code, stdout, stderr]).toEqual([2, '', `tuningfork: ${file}: position: ${problem}\n`]);
    expect(filesBelow(run)).toEqual(before);
  });

  it('does not need the weights that the run started from', async () => {
    const weights = path('start.safetensors');
    await succeed('export', '--run', undisturbed, '--out', weights, '--quiet');
    const run = path('initialised');
    const flags = [...settings(run), '--init', weights, '--batch', '4', '--epochs', '1'];
    const outcome = await runHere(flags, { when: /epoch 1\/1 step 1\/2/, send: ['SIGINT'] });
    expect(outcome.code).toBe(75);
    rmSync(weights);
    await succeed('train', '--out', run, '--resume', '--quiet');
    expect(position(run)).toMatchObject({ epoch: 1, step: 2 });
  });
});
