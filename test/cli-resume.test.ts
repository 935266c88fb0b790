/** Trainings that are stopped, by a signal or by force, go on to the bits of one that was never stopped. */
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
  lastValues,
  readTensors,
  readUntimedMetrics,
  SMALL,
  succeed,
  temporaryFolder,
  tuningfork,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';
import { tuningforkHere } from './here.ts';

const { path, remove } = temporaryFolder();
const sky = path('sky');
const undisturbed = path('undisturbed');

/** Five steps an epoch, and dropout: its random numbers have to go on as well. */
const settings = (run: string) => [
  ...['train', '--data', sky, '--out', run, ...SMALL],
  ...['--batch', '2', '--dropout', '0.2', '--epochs', '3'],
];

/** Where a run's last checkpoint stands. */
const position = (run: string) =>
  JSON.parse(readTensors(`${run}/checkpoint/last.safetensors`).metadata.position!);

beforeAll(async () => {
  await writeSky(sky, galaxyIds(12));
  await succeed(...settings(undisturbed), '--quiet');
});
afterAll(remove);

/** Resumes a run, and expects it to become the undisturbed one. */
async function expectToCatchUp(run: string): Promise<void> {
  await succeed('train', '--out', run, '--resume', '--quiet');
  expectSameCheckpoints(run, undisturbed);
  expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(undisturbed));
  expect(filesOfRun(run)).toEqual(filesOfRun(undisturbed));
}

describe('a training with dropout', () => {
  it('comes to the same bits again', async () => {
    const again = path('again');
    await succeed(...settings(again), '--quiet', '--workers', '2');
    expectSameCheckpoints(again, undisturbed);
    expect(readUntimedMetrics(again)).toEqual(readUntimedMetrics(undisturbed));
  });

  it('learns otherwise than one without', async () => {
    const without = path('without dropout');
    await succeed(...settings(without), '--quiet', '--dropout', '0', '--epochs', '1');
    expect(readUntimedMetrics(without)[0]!.loss).not.toBe(readUntimedMetrics(undisturbed)[0]!.loss);
  });
});

describe('a training that is stopped', () => {
  it.each([
    ['SIGINT', 1],
    ['SIGTERM', 2],
  ] as const)(
    'by %s in epoch %i leaves a checkpoint and exit code 75, and can be resumed',
    async (signal, epoch) => {
      const run = path(signal);
      const when = new RegExp(`epoch ${epoch}/3 step 1/5`);
      const outcome = await tuningfork([...settings(run), '--json'], { when, send: [signal] });
      expect(outcome).toMatchObject({ code: 75, signal: null });
      expect(outcome.stderr).toContain('stopping after this step; signal again to stop at once');
      expect(JSON.parse(outcome.stdout)).toMatchObject({
        run,
        stopped: true,
        resumable: true,
        epochs: epoch - 1,
      });
      expect(position(run)).toMatchObject({ epoch: epoch - 1 });
      expect(position(run).batch).toBeGreaterThan(0);
      await expectToCatchUp(run);
    },
  );

  it('at once by a second signal, goes on from the checkpoint of the last epoch', async () => {
    const run = path('twice');
    const send = ['SIGINT', 'SIGTERM'] as const;
    const outcome = await tuningfork(settings(run), { when: /epoch 2\/3 step 1\/5/, send });
    expect(outcome).toMatchObject({ code: 75, signal: null, stdout: '' });
    expect(position(run)).toMatchObject({ epoch: 1, batch: 0 });
    await expectToCatchUp(run);
  });

  it('by force, goes on from the checkpoint of the last epoch, decoding the pictures anew if need be', async () => {
    const run = path('killed');
    const outcome = await tuningfork(settings(run), { when: /epoch 2\/3 step 1\/5/, send: ['SIGKILL'] });
    expect(outcome).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(position(run)).toMatchObject({ epoch: 1, batch: 0 });
    rmSync(path('killed', 'images.store'));
    await expectToCatchUp(run);
  });

  it('after the last step of an epoch, before it is validated, can be resumed', async () => {
    const flags = ['--batch', '11', '--epochs', '2'];
    const [whole, run] = [path('one step'), path('one step, stopped')];
    await succeed(...settings(whole), ...flags, '--quiet');
    const when = /epoch 1\/2 step 1\/1 /;
    const outcome = await tuningfork([...settings(run), ...flags], { when, send: ['SIGINT'] });
    expect(outcome.code).toBe(75);
    expect(position(run)).toMatchObject({ batch: 1 });
    await succeed('train', '--out', run, '--resume', '--quiet');
    expectSameCheckpoints(run, whole);
    expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(whole));
  });

  it('does not go on with other galaxies', async () => {
    const [run, other] = [path('other galaxies'), path('sky of fewer')];
    await tuningfork(settings(run), { when: /epoch 1\/3 step 1\/5/, send: ['SIGINT'] });
    rmSync(path('other galaxies', 'images.store'));
    cpSync(sky, other, { recursive: true });
    rmSync(path('sky of fewer', 'images_training_rev1', `${galaxyIds(12)[3]}.jpg`));
    renameSync(sky, path('sky that was'));
    try {
      renameSync(other, sky);
      const { code, stderr } = await tuningfork(['train', '--out', run, '--resume', '--quiet']);
      expect([code, stderr]).toEqual([2, expect.stringContaining('are not those of the run')]);
    } finally {
      rmSync(sky, { recursive: true });
      renameSync(path('sky that was'), sky);
    }
    await expectToCatchUp(run);
  });

  it('goes on without its metrics, where they are lost, and tells of it', async () => {
    const run = path('lost metrics');
    await tuningfork(settings(run), { when: /epoch 2\/3 step 1\/5/, send: ['SIGINT'] });
    const metrics = path('lost metrics', 'metrics.jsonl');
    rmSync(metrics);
    const { stderr } = await succeed('train', '--out', run, '--resume');
    expect(stderr).toContain(`${metrics}: 1 of the 1 finished epochs are missing\n`);
    expectSameCheckpoints(run, undisturbed);
    expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(undisturbed).slice(1));
  });

  it('while pictures are decoded, has begun nothing and leaves nothing', async () => {
    const run = path('too early');
    const outcome = await tuningfork(settings(run), { when: /decoding pictures/, send: ['SIGTERM'] });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^tuningfork: stopped before the training began$/m);
    expect(existsSync(run)).toBe(false);
  });
});

describe('a second training', () => {
  it('into the same run is refused for as long as the first lives', async () => {
    const run = path('shared');
    const first = spawn(process.execPath, [entry, ...lastValues(settings(run)), '--quiet'], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => first.on('close', resolve));
    await vi.waitFor(() => expect(existsSync(path('shared', 'config.json'))).toBe(true), 60_000);
    first.kill('SIGSTOP'); // it lives, however long the others take
    const refusal = {
      code: 2,
      signal: null,
      stdout: '',
      stderr: `tuningfork: ${run}: another process is at work in it (process ${first.pid} on ${hostname()}); if that is not so, remove ${run}/lock\n`,
    };
    expect(await tuningfork(settings(run))).toEqual(refusal);
    expect(await tuningfork(['train', '--out', run, '--resume'])).toEqual(refusal);
    first.kill('SIGCONT');
    expect(await ended).toBe(0);
    expectSameCheckpoints(run, undisturbed);
    expect(filesOfRun(run)).toEqual(filesOfRun(undisturbed));
  });
});

describe('--resume', () => {
  it('has nothing to do where a run is finished', async () => {
    const contents = () =>
      filesBelow(undisturbed).map((name) => [name, readFileSync(path('undisturbed', name), 'latin1')]);
    const before = contents();
    const { stdout, stderr } = await succeed('train', '--out', undisturbed, '--resume');
    expect(stdout).toMatch(/^trained 3 epochs: best validation RMSE 0\.\d+ \(epoch \d\); run in /);
    expect(stderr).toBe('');
    expect(contents()).toEqual(before);
  });

  it('takes the same settings again, and others only where they do not change the result', async () => {
    await succeed(...settings(undisturbed), '--resume', '--workers', '3', '--threads', '2');
    const { code, stdout, stderr } = await tuningfork([
      ...settings(undisturbed),
      ...['--resume', '--lr', '0.1', '--epochs', '9'],
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `tuningfork: --resume ${undisturbed}: this run was started with epochs 3, learningRate 0.0005; cannot resume it with epochs 9, learningRate 0.1\n`,
    );
  });

  it('is needed to go on with a run, and needs one', async () => {
    const again = await tuningfork(settings(undisturbed));
    expect([again.code, again.stderr]).toEqual([
      2,
      `tuningfork: --out ${undisturbed}: there is a run in it; continue it with --resume, or choose another folder\n`,
    ]);
    const none = await tuningfork([...settings(path('none')), '--resume']);
    expect([none.code, none.stderr]).toEqual([
      2,
      `tuningfork: ${path('none')}: not a run: there is no config.json in it\n`,
    ]);
  });

  it('refuses a checkpoint that is damaged', async () => {
    const run = path('damaged');
    mkdirSync(path('damaged', 'checkpoint'), { recursive: true });
    writeFileSync(path('damaged', 'config.json'), readFileSync(path('undisturbed', 'config.json')));
    const whole = checkpointBytes(undisturbed);
    writeFileSync(path('damaged', 'checkpoint', 'last.safetensors'), whole.subarray(0, whole.length - 4));
    const { code, stderr } = await tuningfork(['train', '--out', run, '--resume']);
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
  ])('refuses a checkpoint that cannot be of this training: %j', async (changes, problem) => {
    const run = path('misplaced');
    rmSync(run, { recursive: true, force: true });
    cpSync(undisturbed, run, { recursive: true });
    const file = path('misplaced', 'checkpoint', 'last.safetensors');
    const { tensors, metadata } = readTensors(file);
    const sums = { galaxies: 4, loss: 1, squaredError: 1 };
    const place = { ...JSON.parse(metadata.position!), epoch: 1, batch: 2, step: 7, sums, ...changes };
    writeFileSync(file, encodeSafetensors(tensors, { ...metadata, position: JSON.stringify(place) }));
    const before = filesBelow(run);
    const { code, stdout, stderr } = await tuningforkHere('train', '--out', run, '--resume', '--quiet');
    expect([code, stdout, stderr]).toEqual([2, '', `tuningfork: ${file}: position: ${problem}\n`]);
    expect(filesBelow(run)).toEqual(before);
  });

  it('does not need the weights that the run started from', async () => {
    const weights = path('start.safetensors');
    await succeed('export', '--run', undisturbed, '--out', weights, '--quiet');
    const run = path('initialised');
    const flags = [...settings(run), '--init', weights, '--batch', '4', '--epochs', '1'];
    const stopped = await tuningfork(flags, { when: /epoch 1\/1 step 1\/2/, send: ['SIGINT'] });
    expect(stopped.code).toBe(75);
    rmSync(weights);
    await succeed('train', '--out', run, '--resume', '--quiet');
    expect(position(run)).toMatchObject({ epoch: 1, step: 2 });
  });
});
