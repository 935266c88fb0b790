/** Files in the folder of a run: its metrics, and the IDs of its training galaxies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { EpochMetrics } from '../../src/events.ts';
import { nodePlatform } from '../../src/node/platform.ts';
import type { Random } from '../../src/random/philox.ts';
import { readMetrics, readTrainedIds } from '../../src/run/folder.ts';
import { fuzz, quickFolder } from './fuzz.ts';
import { spoil, spoilJsonText } from './spoil.ts';

const folder = quickFolder();
const SLOTS = 8;
const run = (slot: number) => join(folder, String(slot));
for (let slot = 0; slot < SLOTS; slot++) mkdirSync(run(slot));
const metricsFile = (slot: number) => join(run(slot), 'metrics.jsonl');
const trainingFile = (slot: number) => join(run(slot), 'training.csv');

const EPOCHS = 3;

const drawMetrics = (random: Random): EpochMetrics[] =>
  Array.from({ length: 1 + random.below(EPOCHS) }, (_, i) => ({
    epoch: i + 1,
    learningRate: random.uniform(),
    loss: random.uniform(),
    rmse: random.uniform(),
    validationRmse: random.below(2) === 0 ? null : random.uniform(),
    imagesPerSecond: random.uniform(),
    seconds: random.uniform(),
  }));

const lines = (values: readonly unknown[]) => values.map((each) => `${JSON.stringify(each)}\n`).join('');

fuzz<Uint8Array, EpochMetrics[]>({
  name: 'metrics.jsonl',
  file: metricsFile,
  slots: SLOTS,
  growth: 150,
  sound(random) {
    const result = drawMetrics(random);
    return { input: Buffer.from(lines(result)), result };
  },
  spoilt(random) {
    const [first, ...rest] = drawMetrics(random);
    if (random.below(2) === 0) return spoil(random, Buffer.from(lines([first, ...rest])));
    return Buffer.concat([spoilJsonText(random, first), Buffer.from(`\n${lines(rest)}`)]);
  },
  read(bytes, slot) {
    writeFileSync(metricsFile(slot), bytes);
    return readMetrics(nodePlatform.files, run(slot), EPOCHS);
  },
  check(metrics) {
    expect(metrics.every(({ epoch }, i) => i === 0 || epoch > metrics[i - 1]!.epoch)).toBe(true);
    for (const { epoch, loss, rmse, seconds } of metrics) {
      expect(Number.isSafeInteger(epoch) && epoch >= 1 && epoch <= EPOCHS).toBe(true);
      expect([loss, rmse, seconds].every(Number.isFinite)).toBe(true);
    }
  },
});

const drawIds = (random: Random) =>
  new Set(Array.from({ length: random.below(9) }, () => String(1 + random.below(10 ** 9))));

fuzz<Uint8Array, Set<string>>({
  name: 'training.csv',
  file: trainingFile,
  slots: SLOTS,
  growth: 150,
  sound(random) {
    const result = drawIds(random);
    return { input: Buffer.from(['GalaxyID', ...result, ''].join('\n')), result };
  },
  spoilt: (random) => spoil(random, Buffer.from(['GalaxyID', ...drawIds(random), ''].join('\n'))),
  async read(bytes, slot) {
    writeFileSync(trainingFile(slot), bytes);
    return (await readTrainedIds(nodePlatform.files, run(slot)))!;
  },
  check(ids) {
    expect([...ids].every((id) => id !== '')).toBe(true);
  },
});
