/** `tuningfork compare` from the command line: the runs it trains, their scores and its files, with and without a stop. */
import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rmseScores } from '../src/evaluate/rmse.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import {
  type Comparison,
  comparisonMarkdown,
  formatComparison,
  summarize,
} from '../src/report/comparison.ts';
import { treeSums } from '../src/tree/sums.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import {
  checkpointBytes,
  filesBelow,
  readUntimedMetrics,
  runHere,
  SMALL_NETWORK,
  succeed,
  succeedWithJson,
  temporaryFolder,
} from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const sky = path('sky');
const out = path('whole');
const file = path('plan.json');

const PLAN = {
  title: 'Heads',
  seeds: [1, 2],
  settings: { network: SMALL_NETWORK, batch: 8, epochs: 1, validation: 0.25 },
  variants: [
    { name: 'sigmoid head', lr: 1e-3 },
    { name: 'softmax head', lr: 1e-3, head: 'softmax', 'weight-average': 0.9 },
  ],
};

const write = (name: string, plan: object) => {
  writeFileSync(path(name), JSON.stringify(plan));
  return path(name);
};
const flags = (folder: string, plan = file) => [
  ...['compare', '--config', plan, '--data', sky, '--out', folder, '--threads', '1', '--epochs', '2'],
];
const runOf = (folder: string, variant: string, seed: number) => `${folder}/runs/${variant}/seed-${seed}`;

let whole: Comparison;
beforeAll(async () => {
  await writeSky(sky, galaxyIds(24));
  write('plan.json', PLAN);
  whole = await succeedWithJson(...flags(out));
});
afterAll(remove);

describe('a comparison', () => {
  it('trains every variant with every seed, lets flags override settings, and removes the picture store', () => {
    for (const variant of ['sigmoid-head', 'softmax-head']) {
      for (const seed of [1, 2]) {
        const { training } = JSON.parse(readFileSync(`${runOf(out, variant, seed)}/config.json`, 'utf8'));
        expect(training).toMatchObject({ seed, epochs: 2, batch: 8, learningRate: 1e-3 });
        expect(training.head).toBe(variant === 'softmax-head' ? 'softmax' : undefined);
        expect(readUntimedMetrics(runOf(out, variant, seed))).toHaveLength(2);
      }
    }
    expect(filesBelow(out).filter((name) => name.endsWith('.store'))).toEqual([]);
  });

  it('scores the last weights on the validation galaxies, the same for both variants', async () => {
    for (const [index, variant] of ['sigmoid-head', 'softmax-head'].entries()) {
      const run = runOf(out, variant, 2);
      // `predict` uses the best checkpoint: here the last one, with its averaged weights if there are any.
      cpSync(run, path('copy'), { recursive: true });
      cpSync(path('copy', 'checkpoint', 'last.safetensors'), path('copy', 'checkpoint', 'best.safetensors'));
      const table = path('predictions.csv');
      await succeed(
        'predict',
        '--run',
        path('copy'),
        '--images',
        `${sky}/images_training_rev1`,
        '--out',
        table,
      );
      rmSync(path('copy'), { recursive: true });
      const truth = await readSolutions(GALAXY_ZOO_2, `${run}/validation.csv`);
      const all = await readSolutions(GALAXY_ZOO_2, table);
      const predictions = truth.ids.flatMap((id) => {
        const row = all.ids.indexOf(id) * 37;
        return Array.from(all.fractions.subarray(row, row + 37));
      });
      const saved = await readSolutions(GALAXY_ZOO_2, `${run}/predictions.csv`);
      expect(saved.ids).toEqual(truth.ids);
      saved.fractions.forEach((fraction, cell) => {
        expect(fraction).toBeCloseTo(predictions[cell]!, 5);
      });
      const measured = whole.variants[index]!.runs[1];
      expect(measured).toMatchObject({ seed: 2, galaxies: 6 });
      expect(measured!.rmse).toBeCloseTo(rmseScores(GALAXY_ZOO_2, truth.fractions, predictions).rmse, 5);
      expect(measured!.sumError).toBeCloseTo(treeSums(GALAXY_ZOO_2, predictions).meanError, 5);
      expect(measured!.seconds).toBeGreaterThan(0);
    }
    const [sigmoid, softmax] = whole.variants;
    expect(sigmoid!.sumError.mean).toBeGreaterThan(1e-3);
    expect(softmax!.sumError.mean).toBeLessThan(1e-6);
  });

  it('writes mean, spread and differences seed by seed, as JSON, text, Markdown and page', async () => {
    const [first, second] = whole.variants;
    expect(first).toMatchObject({ name: 'sigmoid head', settings: '--lr 0.001', difference: null });
    expect(second!.settings).toBe('--lr 0.001 --head softmax --weight-average 0.9');
    expect(second!.rmse).toEqual(summarize(second!.runs.map(({ rmse }) => rmse)));
    expect(second!.difference).toEqual({
      ...summarize(second!.runs.map(({ rmse }, i) => rmse - first!.runs[i]!.rmse)),
      interval: null, // each seed has its own split
    });
    expect(JSON.parse(readFileSync(`${out}/comparison.json`, 'utf8'))).toEqual(whole);
    expect(readFileSync(`${out}/comparison.txt`, 'utf8')).toBe(`${formatComparison(GALAXY_ZOO_2, whole)}\n`);
    expect(readFileSync(`${out}/comparison.md`, 'utf8')).toBe(comparisonMarkdown(GALAXY_ZOO_2, whole));
    const page = readFileSync(`${out}/comparison.html`, 'utf8');
    for (const part of ['<title>Heads</title>', 'softmax head', '<svg']) expect(page).toContain(part);
    const { stdout } = await succeed(...flags(out), '--quiet');
    expect(stdout).toContain(formatComparison(GALAXY_ZOO_2, whole));
  });

  it('is not run again when it is finished; a new variant leaves the others as they are', async () => {
    const before = statSync(`${runOf(out, 'sigmoid-head', 1)}/checkpoint/last.safetensors`).mtimeMs;
    rmSync(`${runOf(out, 'sigmoid-head', 1)}/predictions.csv`); // as in runs of an earlier version
    expect(await succeedWithJson(...flags(out))).toEqual(whole);
    expect(existsSync(`${runOf(out, 'sigmoid-head', 1)}/predictions.csv`)).toBe(true);
    const model = runOf(out, 'sigmoid-head', 1);
    const third = { name: 'MSE', loss: 'mse', lr: 1e-3, model };
    const plan = write('longer.json', { ...PLAN, variants: [...PLAN.variants, third] });
    const longer: Comparison = await succeedWithJson(...flags(out, plan));
    expect(longer.variants.slice(0, 2)).toEqual(whole.variants);
    expect(longer.variants[2]).toMatchObject({
      name: 'MSE',
      settings: `--loss mse --lr 0.001 --model ${model}`,
    });
    const { training } = JSON.parse(readFileSync(`${runOf(out, 'mse', 2)}/config.json`, 'utf8'));
    expect(training).toMatchObject({
      model,
      epochs: 2,
      learningRate: 1e-3,
      weightAverage: expect.any(Number),
    });
    expect(await succeedWithJson(...flags(out, plan))).toEqual(longer);
    expect(statSync(`${runOf(out, 'sigmoid-head', 1)}/checkpoint/last.safetensors`).mtimeMs).toBe(before);
  });

  it('that is stopped exits with 75, and resumes with the same results', async () => {
    const stopped = path('stopped');
    cpSync(out, stopped, { recursive: true });
    rmSync(runOf(stopped, 'softmax-head', 2), { recursive: true });
    for (const ending of ['html', 'json', 'md', 'txt']) rmSync(`${stopped}/comparison.${ending}`);
    const finished = `${runOf(stopped, 'softmax-head', 1)}/scores.json`;
    const before = statSync(finished).mtimeMs;
    const when = /4\/4 softmax head, seed 2[\s\S]*epoch 1\/2 step 1/;
    const outcome = await runHere(flags(stopped), { when, send: ['SIGTERM'] });
    expect(outcome).toMatchObject({ code: 75 });
    expect(outcome.stdout).toContain('continue with the same command');
    const { variants } = JSON.parse(readFileSync(`${stopped}/comparison.json`, 'utf8'));
    expect(variants).toEqual(whole.variants.slice(0, 1)); // the finished ones
    const resumed: Comparison = await succeedWithJson(...flags(stopped));
    expect(statSync(finished).mtimeMs).toBe(before);
    const scores = ({ variants }: Comparison) =>
      variants.map(({ runs }) => runs.map(({ seconds, ...others }) => others));
    expect(scores(resumed)).toEqual(scores(whole));
    const last = (folder: string) => checkpointBytes(runOf(folder, 'softmax-head', 2));
    expect(last(stopped).equals(last(out))).toBe(true);
  });
});

describe("a comparison of a user's own network", () => {
  it('is not continued if its file has changed', async () => {
    const layers = (channels: number) => [
      { convolution: { channels, kernel: 3, pool: 'max' } },
      { flatten: true },
      { dense: 37 },
    ];
    const network = (channels: number) =>
      write('mine.json', { input: { size: 16, channels: 3 }, layers: layers(channels) });
    const settings = { network: network(2), batch: 'auto', validation: 0.25 };
    const plan = write('own.json', { seeds: [1], settings, variants: [{ name: 'mine' }] });
    const first: Comparison = await succeedWithJson(...flags(path('own'), plan));
    expect(first.title).toBe('Comparison');
    expect(await succeedWithJson(...flags(path('own'), plan))).toEqual(first);
    network(3);
    const { code, stderr } = await runHere(flags(path('own'), plan));
    expect(code).toBe(2);
    expect(stderr).toMatch(/mine: .*mine\.json has changed/);
  });
});

describe('a comparison is refused', () => {
  const refused = path('refused');
  it.each([
    [{ ...PLAN, seeds: [] }, /bad\.json: seeds: /],
    [{ ...PLAN, seeds: [1, 1] }, /seeds: expected different numbers, got 1, 1/],
    [{ ...PLAN, variants: [{ name: 'a', seeds: [] }] }, /bad\.json: variants\.0\.seeds: /],
    [
      { ...PLAN, variants: [{ name: 'a', seeds: [3] }] },
      /bad\.json: variants\.0\.seeds: requires --split-seed: /,
    ],
    [{ ...PLAN, variants: [] }, /bad\.json: variants: /],
    [{ ...PLAN, variants: [{ head: 'tree' }] }, /bad\.json: variants\.0\.name: /],
    [{ ...PLAN, variants: [{ name: 'a', hat: 'tree' }] }, /bad\.json: variants\.0 \(a\): .*hat/],
    [{ ...PLAN, variants: [{ name: 'a', head: 'root' }] }, /bad\.json: variants\.0 \(a\): head: /],
    [{ ...PLAN, variants: [{ name: 'a', seed: 3 }] }, /variants\.0 \(a\): .*seed/],
    [{ ...PLAN, settings: { epoch: 3 } }, /bad\.json: settings: .*epoch/],
    [
      { ...PLAN, variants: [{ name: 'a b' }, { name: 'A-B' }] },
      /variants: expected a name whose letters and digits differ from the others, got 'A-B'/,
    ],
    [
      { ...PLAN, variants: [{ name: 'a', network: 'vgg' }] },
      /variant 'a': --network vgg: expected one of cnn, /,
    ],
    [
      { ...PLAN, variants: [{ name: 'a', validation: 0 }] },
      /variant 'a': --validation 0: expected more than 0, or --test above 0: variants are scored on/,
    ],
  ])('%j', async (plan, message) => {
    const { code, stdout, stderr } = await runHere(flags(refused, write('bad.json', plan)));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(existsSync(refused)).toBe(false);
  });

  it.each([
    ['scores.json', /scores\.json: galaxies: expected a number, got nothing$/m, '{ "seed": 1 }'],
    ['validation.csv', /validation\.csv: no such file or folder$/m, undefined],
  ])('if a run has lost its %s', async (name, message, content) => {
    const lost = path(`lost ${name}`);
    cpSync(out, lost, { recursive: true });
    const file = `${runOf(lost, 'softmax-head', 2)}/${name}`;
    rmSync(file);
    if (content !== undefined) writeFileSync(file, content);
    const { code, stdout, stderr } = await runHere(flags(lost));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('if a setting was removed', async () => {
    const [, softmax] = PLAN.variants;
    const { head, ...others } = softmax!;
    const plan = write('less.json', { ...PLAN, variants: [PLAN.variants[0], others] });
    const { code, stderr } = await runHere(flags(out, plan));
    expect(code).toBe(2);
    expect(stderr).toMatch(/softmax head: .*: it was started with head "softmax", not head none/);
  });

  it('if the runs in the folder had other settings', async () => {
    const plan = write('other.json', { ...PLAN, settings: { ...PLAN.settings, batch: 4 } });
    const { code, stderr } = await runHere(flags(out, plan));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /sigmoid head: .*seed-1 contains another training run; choose another folder: it was started with batch 8, not batch 4/,
    );
  });
});
