/** The training loop, on a platform without files, against hand-written loops. */
import { describe, expect, it } from 'vitest';
import type { LabelledGalaxy } from '../data/labels.ts';
import type { LoopEvent, TaskEvent, TrainingData } from '../events.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { compile } from '../node/runtime/device.ts';
import type { BatchJob } from '../picture/batch.ts';
import type { Batch, PictureReader, Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';

import { type ResolvedConfig, trainingSchema } from './config.ts';
import { type Training, TrainingDiverged, trainingLoop } from './loop.ts';

const SIZE = 2;
const FEATURES = SIZE * SIZE * 3;
const COLUMNS = 37;
const BATCH = 4;

const random = new Random(3, 'view');
const uniform = (count: number, low = 0, high = 1) =>
  Float64Array.from({ length: count }, () => random.uniform(low, high));

/** Pictures by ID; every view shows the same pixels `[FEATURES]`. */
const pixels = new Map<string, Float64Array>();

/** Draws from memory. */
class MemoryReader implements PictureReader {
  async *batches<Job extends BatchJob>(jobs: Iterable<Job> | AsyncIterable<Job>): AsyncGenerator<Batch<Job>> {
    for await (const job of jobs) {
      const { items, capacity } = job;
      const data = new Float32Array(FEATURES * capacity);
      items.forEach(({ image }, column) => {
        if (image.kind !== 'file') throw new Error('expected a file');
        pixels.get(image.name)!.forEach((value, at) => {
          data[at * capacity + column] = value;
        });
      });
      yield { job, data, filled: items.length, failures: [], flagged: [], hdus: [] };
    }
  }
  recycle(): void {}
  async close(): Promise<void> {}
}

const refuse = (): never => {
  throw new Error('the loop asked for more than compilation and pictures');
};
const platform: Platform = {
  compile,
  load: refuse,
  pictures: () => new MemoryReader(),
  readPicture: refuse,
  memory: refuse,
  cores: 1,
  get files() {
    return refuse();
  },
};

const network = new GalaxyNetwork(
  { input: { size: SIZE, channels: 3 }, layers: [{ flatten: true }, { dense: COLUMNS }] },
  GALAXY_ZOO_2,
);
const WEIGHT = Float32Array.from(uniform(COLUMNS * FEATURES, -0.5, 0.5));
const BIAS = Float32Array.from(uniform(COLUMNS, -0.5, 0.5));
const state = new Map([
  ['1.weight', WEIGHT],
  ['1.bias', BIAS],
]);

/** @param known the share of labels that are known */
function galaxiesFor(count: number, known: number): LabelledGalaxy[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `${known}-${i}`;
    pixels.set(id, uniform(FEATURES, -1, 1));
    const fractions = uniform(COLUMNS).map((value) => (random.uniform() < known ? value : Number.NaN));
    return { id, fractions, weight: 1 + (i % 3), image: { kind: 'file', name: id, path: id } };
  });
}

const dataFor = (known: number): TrainingData => ({
  training: galaxiesFor(2 * BATCH + 1, known),
  validation: galaxiesFor(5, known),
  test: [],
  calibration: [],
  digest: `${known}`,
});
const complete = dataFor(1);
const partial = dataFor(0.6);

const config = (settings: Partial<ResolvedConfig> = {}): ResolvedConfig => ({
  ...trainingSchema.parse({ epochs: 2, threads: 1, learningRate: 0.01 }),
  batch: BATCH,
  ...settings,
});

async function run(data: TrainingData, training: Partial<Training> = {}): Promise<LoopEvent[]> {
  const events: LoopEvent[] = [];
  const all = { network, config: config(), state, load: async () => data, ...training };
  for await (const event of trainingLoop(platform, all)) {
    // The arrays of a state change with the next step.
    if (!('state' in event)) events.push(event);
    else events.push({ ...event, state: structuredClone(event.state) });
  }
  return events;
}

const ofKind = <Kind extends TaskEvent['kind']>(events: readonly TaskEvent[], kind: Kind) =>
  events.filter((event): event is Extract<TaskEvent, { kind: Kind }> => event.kind === kind);

/** σ(Wx + b) of a galaxy. */
function fractionsByHand(id: string, weight: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  // The network's features are [C, H, W], the pixels [H, W, C].
  const x = pixels.get(id)!;
  const planes = SIZE * SIZE;
  return Array.from({ length: COLUMNS }, (_, column) => {
    let z = bias[column]!;
    for (let at = 0; at < FEATURES; at++)
      z += weight[column * FEATURES + at]! * x[(at % planes) * 3 + Math.floor(at / planes)]!;
    return 1 / (1 + Math.exp(-z));
  });
}

/** The galaxies of a step, by the order of its epoch. */
function membersOf({ training }: TrainingData, epoch: number, step: number): LabelledGalaxy[] {
  const order = new Random(1, 'shuffle', epoch).permutation(training.length);
  return Array.from(order.subarray(step * BATCH, (step + 1) * BATCH), (i) => training[i]!);
}

/** Loss, Σ error² and gradient of the bias over the known cells of a batch. */
function batchByHand(data: TrainingData, epoch: number, step: number) {
  const meanWeight = data.training.reduce((sum, { weight }) => sum + weight, 0) / data.training.length;
  const gradient = new Float64Array(COLUMNS);
  let [loss, squares, cells] = [0, 0, 0];
  for (const { id, fractions, weight } of membersOf(data, epoch, step)) {
    fractionsByHand(id, WEIGHT, BIAS).forEach((p, column) => {
      const t = fractions[column]!;
      if (Number.isNaN(t)) return;
      cells++;
      loss -= (weight / meanWeight) * (t * Math.log(p) + (1 - t) * Math.log(1 - p));
      squares += (p - t) ** 2;
      gradient[column]! += (weight / meanWeight) * (p - t);
    });
  }
  return { loss: loss / cells, rmse: Math.sqrt(squares / cells), gradient: gradient.map((g) => g / cells) };
}

describe('the training loop', () => {
  it('yields a start; steps, a checkpoint and metrics for each epoch; and an end', async () => {
    const kinds = (await run(complete)).map(({ kind }) => kind);
    const epoch = ['step', 'step', 'checkpoint', 'epoch'];
    expect(kinds).toEqual(['start', ...epoch, ...epoch, 'done']);
  });

  it.each([
    ['complete', complete],
    ['partly unknown', partial],
  ])('has loss and RMSE of the known cells alone; labels %s', async (_, data) => {
    const [first] = ofKind(await run(data), 'step');
    const expected = batchByHand(data, 0, 0);
    expect(first!.loss).toBeCloseTo(expected.loss, 5);
    expect(first!.rmse).toBeCloseTo(expected.rmse, 5);
  });

  it('moves every bias against the gradient of its known cells, and leaves others unchanged', async () => {
    const column = 5;
    const training = partial.training.map((galaxy) => ({ ...galaxy, fractions: galaxy.fractions.slice() }));
    for (const { fractions } of training) fractions[column] = Number.NaN;
    const data = { ...partial, training };
    const abort = new AbortController();
    abort.abort(); // after one step
    const events = await run(data, { signal: abort.signal });
    const { state: after } = ofKind(events, 'checkpoint')[0]!;
    const { gradient } = batchByHand(data, 0, 0);
    expect(gradient[column]).toBe(0);
    expect(after['1.bias']![column]).toBe(BIAS[column]);
    for (let at = 0; at < FEATURES; at++) {
      expect(after['1.weight']![column * FEATURES + at]).toBe(WEIGHT[column * FEATURES + at]);
    }
    gradient.forEach((g, i) => {
      // Adam's first step is as long as the learning rate, whatever the gradient.
      if (Math.abs(g) > 1e-5) expect(after['1.bias']![i]! - BIAS[i]!).toBeCloseTo(-0.01 * Math.sign(g), 4);
    });
  });

  it.each([
    ['complete', complete],
    ['partly unknown', partial],
  ])('validates the known cells; labels %s', async (_, data) => {
    const events = await run(data);
    const metrics = ofKind(events, 'epoch').map((event) => event.metrics);
    for (const [i, { state: after }] of ofKind(events, 'checkpoint').entries()) {
      let [squares, cells] = [0, 0];
      for (const { id, fractions } of data.validation) {
        fractionsByHand(id, after['1.weight']!, after['1.bias']!).forEach((p, column) => {
          if (Number.isNaN(fractions[column]!)) return;
          squares += (p - fractions[column]!) ** 2;
          cells++;
        });
      }
      expect(metrics[i]!.validationRmse).toBeCloseTo(Math.sqrt(squares / cells), 5);
    }
  });

  it.each([
    ['complete', complete],
    ['partly unknown', partial],
  ])('resumes after a stop with bit-identical results; labels %s', async (_, data) => {
    const whole = await run(data);
    const abort = new AbortController();
    const onStep = { network, config: config(), state, load: async () => data, signal: abort.signal };
    let [position, saved]: [Training['position'], Map<string, Float32Array>] = [undefined, new Map()];
    for await (const event of trainingLoop(platform, onStep)) {
      if (event.kind === 'step' && event.epoch === 2) abort.abort();
      if (event.kind === 'checkpoint') {
        position = JSON.parse(JSON.stringify(event.position));
        saved = new Map(Object.entries(structuredClone(event.state)));
      }
      if (event.kind === 'done') expect(event.stopped).toBe(true);
    }
    expect(position).toMatchObject({ epoch: 1, batch: 1, step: 3 });
    const rest = await run(data, { position, state: saved });
    expect(rest.map(({ kind }) => kind)).toEqual(['start', 'step', 'checkpoint', 'epoch', 'done']);
    const last = (events: readonly LoopEvent[]) => ofKind(events, 'checkpoint').at(-1)!;
    expect(last(rest).state).toEqual(last(whole).state);
    expect(last(rest).position).toEqual(last(whole).position);
    const { loss, rmse } = ofKind(whole, 'epoch').at(-1)!.metrics;
    expect(ofKind(rest, 'epoch').at(-1)!.metrics).toMatchObject({ loss, rmse });
  });

  it('predicts the validation galaxies with other weights at the end', async () => {
    const all = { network, config: config({ epochs: 1 }), state, load: async () => complete };
    for await (const event of trainingLoop(platform, all)) {
      if (event.kind !== 'done') continue;
      const predictions = await event.predict!(state, 'validation');
      const expected = complete.validation.flatMap(({ id }) => fractionsByHand(id, WEIGHT, BIAS));
      expected.forEach((fraction, i) => {
        expect(predictions.fractions[i]).toBeCloseTo(fraction, 5);
      });
    }
    const [without] = ofKind(await run({ ...complete, validation: [] }), 'done');
    expect(without!.predict).toBeUndefined();
  });

  it('measures the pictures of 200 training galaxies or more, when it starts for the first time', async () => {
    const data = { ...complete, training: galaxiesFor(201, 0.9) };
    const settings = { config: config({ epochs: 1, batch: 67 }) };
    const [first] = ofKind(await run(data, settings), 'start');
    expect(first!.pictures).toMatchObject({ galaxies: 201 });
    const [resumed] = ofKind(await run(data, { ...settings, position: first!.position }), 'start');
    expect(resumed!.pictures).toBeUndefined();
    const [few] = ofKind(await run(complete), 'start');
    expect(few!.pictures).toBeUndefined();
  });

  it('stops if a weight is not finite, and names the step', async () => {
    const broken = new Map([...state, ['1.bias', BIAS.map((b, i) => (i === 3 ? Number.NaN : b))]]);
    const outcome = run(complete, { state: broken });
    await expect(outcome).rejects.toThrow(TrainingDiverged);
    await expect(outcome).rejects.toThrow('the loss is NaN at step 1 (epoch 1)');
  });
});
