/** The training settings, from the command line: each has an effect or is refused. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOMENTS } from '../src/engine/nn/adam.ts';
import { AVERAGE } from '../src/engine/nn/trainingStep.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { brokenSums } from '../src/tree/sums.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  checkpointBytes,
  expectSameBits,
  expectSameCheckpoints,
  NAMED,
  readTensors,
  readUntimedMetrics,
  runHere,
  SMALL_NETWORK,
  succeed,
  succeedWithJson,
  temporaryFolder,
  UNVALIDATED,
} from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, solutionsTable, writeSky } from './galaxies.ts';
import { difference } from './goldens.ts';

const ids = galaxyIds(24);
const { path, remove } = temporaryFolder();
const sky = path('sky');
const pictures = path('sky', 'images_training_rev1');
const truth = path('sky', 'training_solutions_rev1.csv');
const packed = path('sky.pack');
const RATE = 5e-4;

/** All galaxies in a single step. */
const ONE_STEP = ['--batch', '24', '--epochs', '1'];
const network = new GalaxyNetwork(JSON.parse(readFileSync(SMALL_NETWORK, 'utf8')), GALAXY_ZOO_2);
const initial = network.initialState(1);
const namesOf = (layer: string) =>
  network.layers.find(({ name }) => name === layer)!.parameters.map(({ name }) => name);

/** Five steps per epoch, and validation. */
const FIVE_STEPS = ['--batch', '4', '--lr', '5e-3', '--validation', '0.1'];

beforeAll(async () => {
  await writeSky(sky, ids);
  await succeed('pack', '--data', sky, '--out', packed, '--quiet');
  await train('plain');
  await train('one step', ...ONE_STEP);
  await train('five steps', ...FIVE_STEPS);
});
afterAll(remove);

const flagsOf = (name: string, flags: readonly string[]) => [
  ...['train', '--data', packed, '--out', path(name)],
  ...UNVALIDATED,
  ...flags,
];

/** Trains a run of the given name, and returns its folder. */
async function train(name: string, ...flags: string[]): Promise<string> {
  await succeed(...flagsOf(name, flags), '--quiet');
  return path(name);
}

/** Starts and stops a training run, and returns its folder. */
async function stop(name: string, when: RegExp, ...flags: string[]): Promise<string> {
  const outcome = await runHere(flagsOf(name, flags), { when, send: ['SIGINT'] });
  expect(outcome).toMatchObject({ code: 75 });
  return path(name);
}

const resume = (run: string, ...flags: string[]) =>
  succeed('train', '--out', run, '--resume', '--quiet', ...flags);

/** Expects `train` to refuse to start for the given reason. */
async function expectRefusal(flags: readonly string[], message: string): Promise<void> {
  const outcome = await runHere(flagsOf('refused', flags));
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr.split('\n').at(-2)).toBe(`tuningfork: ${message}`);
  expect(existsSync(path('refused'))).toBe(false);
}

const configOf = (run: string) => JSON.parse(readFileSync(`${run}/config.json`, 'utf8'));
const stateOf = (run: string) => {
  const { tensors } = readTensors(`${run}/checkpoint/last.safetensors`);
  return new Map([...tensors].map(([name, { data }]) => [name, data as Float32Array]));
};
function expectSameState(run: string, other: string): void {
  const [state, expected] = [stateOf(run), stateOf(other)];
  expect([...state.keys()]).toEqual([...expected.keys()]);
  for (const [name, data] of state) expectSameBits(data, expected.get(name)!, name);
}
const differs = (run: string, other: string) => !checkpointBytes(run).equals(checkpointBytes(other));

/** The change of a parameter since its initial value. */
const movedBy = (run: string, name: string) =>
  stateOf(run)
    .get(name)!
    .map((value, i) => value - initial.get(name)![i]!);

/** Expects the first step to be `factor` times as long as that of the run `one step`. */
function expectMoved(run: string, layer: string, factor: number): void {
  const trained = namesOf(layer).filter((name) => !name.includes('running'));
  for (const name of trained) {
    const expected = movedBy(path('one step'), name).map((value) => value * factor);
    expect(difference(movedBy(run, name), expected), name).toBeLessThan(3e-7); // float32 rounding of values up to 1
  }
  expect(movedBy(run, trained[0]!).some((by) => Math.abs(by) > 0.9 * factor * RATE)).toBe(true);
}

describe('--head', () => {
  it.each(['tree', 'softmax'])(
    '%s is trained and saved with the run, and its predictions satisfy every sum',
    async (head) => {
      const run = await train(`head ${head}`, ...NAMED, '--head', head, '--lr', '5e-3');
      const named = { network: 'baseline', kernels: [3, 3, 3, 3], channels: [4, 4, 4, 4] };
      expect(configOf(run)).toMatchObject({ training: { ...named, head }, network: { head } });
      expect(stateOf(run).get('20.bias')).not.toEqual(initial.get('20.bias'));
      const out = path(`head ${head}.csv`);
      await succeed('predict', '--run', run, '--images', pictures, '--out', out, '--views', '4', '--quiet');
      const { fractions } = await readSolutions(GALAXY_ZOO_2, out);
      expect(fractions).toHaveLength(24 * 37);
      expect(brokenSums(GALAXY_ZOO_2, fractions, 1e-6)).toEqual([]); // the file has all digits of a float32
    },
  );

  it('is sigmoid by default, which does not satisfy the sums of the tree', async () => {
    const out = path('sigmoid.csv');
    await succeed('predict', '--run', path('plain'), '--images', pictures, '--out', out, '--quiet');
    expect(
      brokenSums(GALAXY_ZOO_2, (await readSolutions(GALAXY_ZOO_2, out)).fractions, 1e-2).length,
    ).toBeGreaterThan(0);
  });

  it('cannot change when a run is resumed', async () => {
    const { code, stderr } = await runHere(
      flagsOf('head tree', [...NAMED, '--head', 'softmax', '--lr', '5e-3', '--resume']),
    );
    expect([code, stderr]).toEqual([
      2,
      `tuningfork: --resume ${path('head tree')}: this run was started with head "tree"; cannot resume it with head "softmax"\n`,
    ]);
  });
});

describe('--optimizer', () => {
  it('adamw has a weight decay of 0.01 by default, which config.json records', async () => {
    const flags = [...ONE_STEP, '--optimizer', 'adamw'];
    const byDefault = await train('adamw', ...flags);
    const none = await train('adamw 0', ...flags, '--weight-decay', '0');
    const decays = [path('one step'), byDefault, none].map((run) => configOf(run).training.weightDecay);
    expect(decays).toEqual([0, 0.01, 0]);
    expectSameLast(none, path('one step'));
    const shrunk = stateOf(none)
      .get('0.weight')!
      .map((value, i) => value - RATE * 0.01 * initial.get('0.weight')![i]!);
    expect(difference(stateOf(byDefault).get('0.weight')!, shrunk)).toBeLessThan(1e-7);
    expect(differs(byDefault, none)).toBe(true);
  });

  it('adam adds the weight decay to the gradient', async () => {
    const run = await train('decayed', ...ONE_STEP, '--weight-decay', '0.1');
    const [first, plain] = [run, path('one step')].map(
      (each) => stateOf(each).get(`${MOMENTS.first}0.weight`)!,
    );
    const expected = plain!.map((value, i) => value + 0.1 * 0.1 * initial.get('0.weight')![i]!);
    expect(difference(first!, expected)).toBeLessThan(1e-7);
  });

  it('adamw resumes with the same weight decay only', async () => {
    const run = path('adamw');
    await resume(run, '--optimizer', 'adamw', '--weight-decay', '0.01');
    const { code, stderr } = await runHere(['train', '--out', run, '--resume', '--weight-decay', '0.1']);
    expect([code, stderr]).toEqual([
      2,
      `tuningfork: --resume ${run}: this run was started with weightDecay 0.01; cannot resume it with weightDecay 0.1\n`,
    ]);
  });
});

/** Expects two runs without validation to have bit-identical weights. */
function expectSameLast(run: string, other: string): void {
  expect(differs(run, other), `${run} and ${other}`).toBe(false);
}

it('--clip-norm limits the norm of all gradients together', async () => {
  const normOf = (run: string) => {
    const moments = [...stateOf(run)].filter(([name]) => name.startsWith(MOMENTS.first));
    const squares = moments.flatMap(([, data]) => [...data]).reduce((sum, value) => sum + value ** 2, 0);
    return Math.sqrt(squares) * 10; // after one step
  };
  const free = normOf(path('one step'));
  const held = await train('held', ...ONE_STEP, '--clip-norm', String(free / 4));
  const loose = await train('loose', ...ONE_STEP, '--clip-norm', String(free * 4));
  expect(normOf(held) / (free / 4)).toBeCloseTo(1, 4);
  expect(normOf(loose)).toBeCloseTo(free, 7);
});

it('--warmup raises the learning rate step by step', async () => {
  const flags = ['--schedule', 'constant'];
  const run = await train('warm', ...flags, '--warmup', '2'); // two epochs of three steps
  expect(readUntimedMetrics(run).map(({ learningRate }) => learningRate)).toEqual([RATE / 2, RATE]);
  expect(differs(run, await train('cold', ...flags))).toBe(true);
});

describe('--validate-every', () => {
  it('validates after every Nth epoch and the last, and changes nothing else', async () => {
    const flags = [...FIVE_STEPS, '--epochs', '5', '--weight-average', '0.5'];
    const [every, second] = [await train('each', ...flags), path('second')];
    const settings = flagsOf('second', [...flags, '--validate-every', '2']);
    const { code } = await runHere(settings, { when: /epoch 3\/5 step 1\/5/, send: ['SIGINT'] });
    expect(code).toBe(75);
    await resume(second);
    const metrics = readUntimedMetrics(second);
    const unvalidated = { validationRmse: null, validationLoss: null, averagedValidationRmse: null };
    const expected = readUntimedMetrics(every).map((line) =>
      [1, 3].includes(line.epoch) ? { ...line, ...unvalidated } : line,
    );
    expect(metrics).toEqual(expected);
    expectSameState(second, every);
    const { metadata } = readTensors(`${second}/checkpoint/best.safetensors`);
    expect(['2', '4', '5']).toContain(metadata.epoch);
    const page = readFileSync(`${second}/report.html`, 'utf8');
    expect(page).toContain('validation, averaged weights');
  });
});

describe('--weight-average', () => {
  const flags = ['--weight-average', '0.5', ...FIVE_STEPS];
  const whole = path('averaged');
  beforeAll(() => train('averaged', ...flags));

  it('validates the averages too, and saves the better weights as the best', async () => {
    const metrics = readUntimedMetrics(whole);
    const scores = metrics.flatMap(({ epoch, validationRmse, averagedValidationRmse }) => [
      { epoch, rmse: validationRmse!, averaged: 'false' },
      { epoch, rmse: averagedValidationRmse!, averaged: 'true' },
    ]);
    for (const { rmse } of scores) expect(rmse).toBeGreaterThan(0);
    expect(metrics.every((line) => line.validationRmse !== line.averagedValidationRmse)).toBe(true);
    const best = scores.reduce((a, b) => (b.rmse < a.rmse ? b : a));
    const { metadata } = readTensors(`${whole}/checkpoint/best.safetensors`);
    expect(metadata).toMatchObject({
      epoch: String(best.epoch),
      validationRmse: String(best.rmse),
      averaged: best.averaged,
    });
    const common = ['--run', whole, '--solutions', `${whole}/validation.csv`, '--images', pictures];
    const { rmse, weights } = await succeedWithJson('evaluate', ...common);
    expect(weights).toBe(`${whole}/checkpoint/best.safetensors`);
    expect(rmse).toBeCloseTo(best.rmse, 6);
  });

  it('does not change the training', () => {
    const plain = path('five steps');
    const [averaged, state] = [stateOf(whole), stateOf(plain)];
    for (const [name, data] of state) expectSameBits(averaged.get(name)!, data, name);
    expect(averaged.size - state.size).toBe(network.parameters.length);
    expect(readUntimedMetrics(plain)[0]).not.toHaveProperty('averagedValidationRmse');
  });

  it('resumes with bit-identical results', async () => {
    const run = await stop('averaged, stopped', /epoch 2\/2 step 1\/5/, ...flags);
    await resume(run);
    expectSameCheckpoints(run, whole);
    expect(readUntimedMetrics(run)).toEqual(readUntimedMetrics(whole));
  });

  it('without validation, is used for predictions', async () => {
    const run = await train('averages alone', ...ONE_STEP, '--weight-average', '0.5');
    expect(readUntimedMetrics(run)[0]!.averagedValidationRmse).toBeNull();
    const out = path('averages.safetensors');
    await succeed('export', '--run', run, '--out', out, '--quiet');
    const exported = readTensors(out).tensors;
    const state = stateOf(run);
    for (const { name } of network.parameters) {
      expectSameBits(exported.get(name)!.data, state.get(AVERAGE + name)!, name);
    }
    // A tenth of the initial value remains after the first step.
    const mixed = state.get('0.weight')!.map((value, i) => 0.9 * value + 0.1 * initial.get('0.weight')![i]!);
    expect(difference(state.get(`${AVERAGE}0.weight`)!, mixed)).toBeLessThan(1e-7);
  });
});

describe('--batch auto', () => {
  it('is resolved, printed and saved; the run resumes with it', async () => {
    const flags = ['--batch', 'auto', '--epochs', '2'];
    const outcome = await runHere(flagsOf('auto', flags), {
      when: /epoch 1\/2 step 1\/1 /,
      send: ['SIGINT'],
    });
    expect(outcome.code).toBe(75);
    expect(outcome.stderr).toMatch(
      /^automatic batch 16: \d of 24 galaxies are of the rarest class, 'shape: .*': more than one in 10 batches has one; clamped to 16…256$/m,
    );
    expect(configOf(path('auto')).training.batch).toBe(16);
    await succeed(...flagsOf('auto', flags), '--resume', '--quiet');
    expectSameCheckpoints(path('auto'), await train('sixteen', '--batch', '16', '--epochs', '2'));
  });

  it('accepts no other word', async () => {
    for (const [batch, reason] of [
      ['car', 'expected a whole number of 1 or more, or auto'],
      ['0', 'expected 1 or more'],
      ['1.5', 'expected a whole number of 1 or more, or auto'],
    ]) {
      const { code, stderr } = await runHere(flagsOf('refused', ['--batch', batch!]));
      expect(code).toBe(2);
      expect(stderr).toBe(`tuningfork: --batch ${batch}: ${reason}\n`);
    }
  });
});

describe('--augmentation august', () => {
  // Its views are 128×128.
  const flags = [...NAMED, '--augmentation', 'august', '--data', sky];
  const whole = path('august');
  beforeAll(() => train('august', ...flags));

  it('trains on other views', async () => {
    const loss = (run: string) => readUntimedMetrics(run)[0]!.loss;
    expect(loss(whole)).not.toBe(loss(await train('december', ...NAMED)));
    expect(configOf(whole).training.augmentation).toBe('august');
  });

  it("gives bit-identical results from Kaggle's zips", async () => {
    const table = 'training_solutions_rev1.csv';
    const zip = (names: string[]) =>
      zipFixture(Object.fromEntries(names.map((name) => [name, readFileSync(path('sky', name))])));
    mkdirSync(path('zips'));
    writeFileSync(
      path('zips', 'images_training_rev1.zip'),
      zip(ids.map((id) => `images_training_rev1/${id}.jpg`)),
    );
    writeFileSync(path('zips', 'training_solutions_rev1.zip'), zip([table]));
    expectSameCheckpoints(await train('august from zips', ...flags, '--data', path('zips')), whole);
  });

  it('resumes with bit-identical results, but not without its pictures', async () => {
    const run = await stop('august, stopped', /epoch 1\/2 step 1\/3/, ...flags);
    const picture = `${pictures}/${ids[5]}.jpg`;
    const bytes = readFileSync(picture);
    rmSync(picture);
    try {
      const { code, stderr } = await runHere(['train', '--out', run, '--resume', '--quiet']);
      expect(stderr).toBe(`tuningfork: galaxy ${ids[5]}: its picture no longer exists\n`);
      expect(code).toBe(2);
    } finally {
      writeFileSync(picture, bytes);
    }
    await resume(run);
    expectSameCheckpoints(run, whole);
  });

  it('refuses settings that would be ignored', async () => {
    for (const [flag, value] of [
      ['crop', '200,300'],
      ['shift', '4'],
      ['colour-jitter', '0.1'],
      ['blur', '0.1'],
    ]) {
      const message = `--${flag} ${value}: has no effect with --augmentation august`;
      await expectRefusal([...flags, `--${flag}`, value!], message);
    }
    const message = `--augmentation august: needs the original pictures, and --data ${packed} is packed`;
    await expectRefusal([...flags, '--data', packed], message);
  });
});

it('--colour-jitter and --blur change the views reproducibly', async () => {
  const changes = ['--colour-jitter', '0.3', '--blur', '1'];
  const run = await train('jitter', ...changes);
  const again = await train('jitter again', ...changes, '--workers', '2');
  expectSameCheckpoints(run, again);
  expect(readUntimedMetrics(run)[0]!.loss).not.toBe(readUntimedMetrics(path('plain'))[0]!.loss);
});

describe('weighted --solutions', () => {
  const [own, more] = [path('own.csv'), path('more.csv')];
  const sources = (weight: string) => [
    '--solutions',
    own,
    '--solutions',
    `${more}${weight}`,
    '--images',
    pictures,
  ];
  /** As `one step`, with galaxies from another source. */
  const trainOn = async (name: string, ...from: string[]) => {
    const settings = [...UNVALIDATED, ...ONE_STEP, '--out', path(name)];
    const { stderr } = await succeed('train', ...settings, ...from);
    return { run: path(name), stderr };
  };
  beforeAll(() => {
    writeFileSync(own, solutionsTable(ids.slice(0, 12)));
    writeFileSync(more, solutionsTable(ids.slice(12)));
  });

  it('weight the loss, relative to the others', async () => {
    const { run: even } = await trainOn('even', ...sources(''));
    const { run, stderr } = await trainOn('weighted', ...sources(':0.5'));
    const { run: half } = await trainOn('half', '--solutions', `${own}:0.5`, ...sources(':0.5').slice(2));
    const { run: doubled } = await trainOn('doubled', '--solutions', `${own}:2`, ...sources('').slice(2));
    expectSameLast(even, path('one step'));
    expect(stderr).toContain(`${more} with ${pictures}: 12 galaxies, weight 0.5`);
    expectSameState(half, even);
    expectSameState(doubled, run);
    expect(readUntimedMetrics(run)[0]!.loss).not.toBe(readUntimedMetrics(even)[0]!.loss);
    expect(differs(run, even)).toBe(true);
    expect(readUntimedMetrics(run)[0]!.rmse).toBe(readUntimedMetrics(even)[0]!.rmse);
  });

  it('keep their weights in a packed file', async () => {
    const folder = path('twelve');
    await writeSky(folder, ids.slice(0, 12));
    const from = ['--data', folder, '--solutions', `${more}:0.5`, '--images', pictures];
    const weighted = path('weighted.pack');
    await succeed('pack', ...from, '--out', weighted, '--quiet');
    expectSameLast((await trainOn('packed', '--data', weighted)).run, path('weighted'));
  });

  it('are refused by commands that would ignore the weight', async () => {
    const flags = ['--run', path('plain'), '--solutions', `${truth}:0.5`, '--images', pictures];
    const { code, stdout, stderr } = await runHere(['evaluate', ...flags]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`tuningfork: --solutions ${truth}:0.5: weights apply only in training\n`);
  });
});

describe('fine-tuning', () => {
  const weights = path('weights.safetensors');
  beforeAll(() => succeed('export', '--run', path('plain'), '--out', weights, '--quiet'));

  it('--init with --freeze keeps layers and their statistics bit for bit, and trains the others', async () => {
    const run = await train('tuned', '--init', weights, '--freeze', 'conv1', '--freeze', 'conv2');
    const given = readTensors(weights).tensors;
    const state = stateOf(run);
    for (const layer of network.layers) {
      const isFrozen = ['conv1', 'conv2'].includes(layer.name);
      for (const { name } of layer.parameters) {
        const isSame = Buffer.from(state.get(name)!.buffer).equals(
          Buffer.from((given.get(name)!.data as Float32Array).buffer),
        );
        // A bias before a batch norm has no gradient.
        const isStill = isFrozen || /^(8|12|16)\.bias$/.test(name);
        expect(isSame, name).toBe(isStill);
        const hasMoments = state.has(MOMENTS.first + name);
        expect(hasMoments, name).toBe(!isFrozen && !name.includes('running'));
      }
    }
  });

  it('--layer-lr gives a layer its own rate', async () => {
    const run = await train('rates', ...ONE_STEP, '--layer-lr', 'conv1:1e-3', '--layer-lr', 'dense1:2.5e-4');
    expectMoved(run, 'conv1', 2);
    expectMoved(run, 'conv3', 1);
    expectMoved(run, 'dense1', 0.5);
  });

  it('refuses unknown layers', async () => {
    const there = 'there are conv1, conv2, conv3, conv4, conv5, dense1';
    await expectRefusal(['--freeze', 'conv9'], `--freeze conv9: no layer 'conv9': ${there}`);
    await expectRefusal(['--layer-lr', 'fc:1'], `--layer-lr fc:1: no layer 'fc': ${there}`);
    await expectRefusal(['--layer-lr', 'conv1'], '--layer-lr conv1: expected LAYER:RATE, such as conv4:1e-5');
  });
});
