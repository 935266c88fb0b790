/** The tasks as functions: options in, results and events out, errors with the option's name. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { succeedWithJson, temporaryFolder } from './command.ts';
import { galaxyIds, writeSky } from './galaxies.ts';

// Worker threads run built JavaScript.
const library: typeof import('../src/index.node.ts') = await import(
  /* @vite-ignore */ new URL('../dist/index.node.js', import.meta.url).href
);
type TaskEvent = import('../src/index.node.ts').TaskEvent;
const { compare, evaluate, exportModel, OptionError, openModel, predict, train } = library;

const ids = galaxyIds(12);
const { path, remove } = temporaryFolder();
const [data, run] = [path('sky'), path('run')];
const images = path('sky', 'images_training_rev1');
const solutions = path('sky', 'training_solutions_rev1.csv');
const small = {
  ...{ data, kernels: [3, 3, 3, 3], channels: [4, 4, 4, 4], batch: 4, epochs: 1, validation: 0.25 },
  ...{ threads: 1, workers: 1 },
};

beforeAll(async () => {
  await writeSky(data, ids);
  const result = await train({ ...small, out: run });
  expect(result).toMatchObject({ run, stopped: false, epochs: 1, best: { epoch: 1 } });
});
afterAll(remove);

it('train resumes with the settings of the run, and sends events to its listener', async () => {
  const events: TaskEvent[] = [];
  const out = path('stopped');
  const abort = new AbortController();
  const onEvent = (event: TaskEvent) => {
    events.push(event);
    if (event.kind === 'step') abort.abort();
  };
  const stopped = await train({ ...small, out, signal: abort.signal, onEvent });
  expect(stopped).toMatchObject({ stopped: true, resumable: true, epochs: 0 });
  const kinds = new Set(events.map(({ kind }) => kind));
  expect([...kinds]).toEqual(expect.arrayContaining(['note', 'memory', 'progress', 'start', 'step', 'done']));
  expect(await train({ out, resume: true })).toMatchObject({ stopped: false, epochs: 1 });
});

it('predict streams the rows of its table', async () => {
  const settings = { run, images, views: 2, threads: 1, workers: 1 };
  const out = path('predictions.csv');
  expect(await predict({ ...settings, out })).toMatchObject({ out, galaxies: ids.length, leftOut: [] });
  const rows = readFileSync(out, 'utf8').trimEnd().split('\r\n').slice(1);
  const streamed: string[] = [];
  for await (const { id, fractions, spread } of predict(settings)) {
    streamed.push([id, ...Array.from(fractions, (value) => Math.fround(value))].join());
    expect(spread).toHaveLength(37);
  }
  const numbers = (row: string) => row.split(',').map((cell) => Math.fround(Number(cell)));
  expect(streamed.map(numbers)).toEqual(rows.map(numbers));
});

it('evaluate returns what the command prints, for a run and its model file', async () => {
  const settings = { solutions, images, centralPixels: false, threads: 1, workers: 1 };
  const result = await evaluate({ run, ...settings });
  const flags = ['--solutions', solutions, '--images', images, '--no-central-pixels', '--threads', '1'];
  const printed = await succeedWithJson('evaluate', '--run', run, ...flags, '--workers', '1');
  expect(printed).toEqual(JSON.parse(JSON.stringify({ ...result, tree: undefined, cautions: undefined })));
  const model = path('model.safetensors');
  await exportModel({ run, out: model });
  expect((await openModel(model)).tree.columns).toHaveLength(37);
  expect((await evaluate({ model, ...settings })).rmse).toBe(result.rmse);
});

it('compare takes variants as plain data', async () => {
  const variants = [{ name: 'plain' }, { name: 'dropout', settings: { dropout: 0.5 } }];
  const { comparison, paths } = await compare({
    ...{ seeds: [1], settings: small, variants, out: path('comparison') },
  });
  expect(comparison?.variants.map(({ name, settings }) => [name, settings])).toEqual([
    ['plain', ''],
    ['dropout', 'dropout 0.5'],
  ]);
  expect(existsSync(paths.page)).toBe(true);
});

describe('a wrong option', () => {
  const out = path('never.csv');
  it.each([
    ['batch', 'option', () => train({ ...small, batch: 0, out })],
    ['warmup', 'option', () => train({ ...small, warmup: 2, out })],
    ['device', 'device', () => train({ ...small, device: 'abacus', out })],
    ['out', 'option', () => train({ ...small, out: run })],
    ['epochs', 'option', () => train({ out: run, resume: true, epochs: 0 })],
    ['views', 'option', () => predict({ run, images, views: 0, out })],
    ['uncertainty', 'option', () => predict({ run, images, uncertainty: path('spread.csv'), out })],
    ['model', 'option', () => predict({ run, model: 'box', images, out })],
    ['against', 'option', () => evaluate({ run, solutions, images, against: run, views: 'curve' })],
    ['out', 'option', () => exportModel({ run, out: path('model.pt') })],
  ])('%s is named, with the code %s', async (option, code, call) => {
    const error = await (call() as Promise<unknown>).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ option, code });
    expect((error as Error).message).not.toMatch(/--[a-z]/);
    expect(existsSync(out)).toBe(false);
  });

  it('a missing file or folder has a code of its own', async () => {
    await expect(predict({ run, images: path('nowhere'), out })).rejects.toMatchObject({ code: 'file' });
    await expect(predict({ run: data, images, out })).rejects.toMatchObject({ code: 'file' });
  });
});
