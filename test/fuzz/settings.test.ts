/** Everything that people write as JSON: settings, plans, skies, networks. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inFile, parsePlan } from '../../src/cli/compare.ts';
import { parseConfig } from '../../src/cli/flags.ts';
import { elements } from '../../src/engine/graph/tensor.ts';
import { parseJson } from '../../src/files/json.ts';
import { parseNetwork } from '../../src/model/description.ts';
import type { GalaxyNetworkDescription } from '../../src/model/galaxyNetwork.ts';
import { describeNetwork, networkNames } from '../../src/model/networks.ts';
import { nodePlatform } from '../../src/node/platform.ts';
import type { Random } from '../../src/random/philox.ts';
import { readRunConfig, runNetwork, runSettings } from '../../src/run/config.ts';
import { parseSkyConfig, type SkyConfig } from '../../src/sky/config.ts';
import { type ComparisonPlan, planOf } from '../../src/tasks/comparisonPlan.ts';
import { trainingSchema } from '../../src/train/config.ts';
import { GALAXY_ZOO_2 } from '../../src/tree/surveys/galaxyZoo2.ts';
import { fuzz, quickFolder } from './fuzz.ts';
import { pick, spoilJsonText } from './spoil.ts';

const file = 'settings.json';
const write = (value: unknown, space?: number) => Buffer.from(JSON.stringify(value, null, space));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function drawSettings(random: Random): Record<string, unknown> {
  const all: Record<string, unknown> = {
    data: 'galaxy zoo',
    solutions: ['a.csv', 'b.csv:0.5'],
    network: pick(random, networkNames()),
    kernels: [7, 5, 3, 3],
    dropout: random.uniform(0, 0.9),
    epochs: 1 + random.below(100),
    batch: pick(random, [8, 'auto']),
    learningRate: random.uniform(1e-6, 1),
    crop: [200, 300],
    optimizer: 'adamw',
    head: 'softmax',
    threads: random.below(3),
  };
  return Object.fromEntries(Object.entries(all).filter(() => random.below(2) === 0));
}

fuzz<Uint8Array, Record<string, unknown>>({
  name: 'settings of a training',
  file,
  growth: 150,
  sound(random) {
    const result = drawSettings(random);
    const run = random.below(2) === 0;
    return { input: write(run ? { training: result, network: {} } : result, random.below(3)), result };
  },
  spoilt: (random) => spoilJsonText(random, drawSettings(random), random.below(3)),
  read: (bytes) => parseConfig(trainingSchema, textOf(bytes), file),
  check(settings) {
    const { epochs, batch, threads, learningRate } = trainingSchema.parse(settings);
    expect(epochs).toBeGreaterThanOrEqual(1);
    expect(batch === 'auto' || batch >= 1).toBe(true);
    expect(threads).toBeGreaterThanOrEqual(0);
    expect(learningRate).toBeGreaterThan(0);
  },
});

/** Megabytes: inputs have up to 360 kB, some are read line by line, and garbage is collected late. */
const LARGE_TEXTS = 450;

function drawPlan(random: Random) {
  return {
    title: pick(random, ['Heads', 'é 🌌']),
    seeds: Array.from({ length: 1 + random.below(3) }, () => random.below(100)),
    settings: { data: 'galaxy-zoo', epochs: 1 + random.below(9) },
    variants: [{ name: 'sigmoid' }, { name: 'tree', head: 'tree', lr: random.uniform(1e-6, 1) }],
  };
}

fuzz<Uint8Array, ComparisonPlan>({
  name: 'plan of a comparison',
  file,
  growth: LARGE_TEXTS,
  sound(random) {
    const plan = drawPlan(random);
    const { title, seeds, settings } = plan;
    const { name } = plan.variants[0]!;
    const { name: other, head, lr } = plan.variants[1]!;
    const given = { ...settings, head, learningRate: lr };
    const result = {
      title,
      variants: [
        { name, settings: '', config: trainingSchema.parse(settings), given: settings, seeds },
        {
          name: other,
          seeds,
          settings: `--head tree --lr ${lr}`,
          config: trainingSchema.parse(given),
          given,
        },
      ],
    };
    return { input: write(plan, random.below(3)), result };
  },
  spoilt: (random) => spoilJsonText(random, drawPlan(random), random.below(3)),
  read(bytes) {
    const plan = parsePlan(textOf(bytes), file, {});
    try {
      return planOf(plan);
    } catch (error) {
      throw inFile(error, file);
    }
  },
  check({ variants }) {
    expect(variants.length).toBeGreaterThan(0);
    for (const { config, seeds } of variants) {
      expect(seeds.length).toBeGreaterThan(0);
      expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
      expect(config.epochs).toBeGreaterThanOrEqual(1);
    }
  },
});

function drawSky(random: Random): SkyConfig {
  const object = {
    kind: 'disk' as const,
    magnitude: [14 + random.below(3), 16],
    disk: { inclination: [0, random.below(80)] },
    arms: null,
  };
  return { same: random.below(2) === 0, object };
}

fuzz<Uint8Array, SkyConfig>({
  name: 'sky',
  file,
  growth: LARGE_TEXTS,
  sound(random) {
    const result = drawSky(random);
    return { input: write(result, random.below(3)), result };
  },
  spoilt: (random) => spoilJsonText(random, drawSky(random), random.below(3)),
  read: (bytes) => parseSkyConfig(textOf(bytes), file),
  check({ same, object }) {
    expect(typeof same).toBe('boolean');
    const numbers = [object.disk?.inclination ?? []].flat();
    expect(numbers.every((degrees) => degrees >= 0 && degrees <= 90)).toBe(true);
  },
});

function drawNetwork(random: Random): GalaxyNetworkDescription {
  if (random.below(8) === 0) return describeNetwork(pick(random, networkNames()), { tree: GALAXY_ZOO_2 });
  const channels = 4 * (1 + random.below(4));
  return {
    input: { size: 16, channels: 3 },
    layers: [
      { convolution: { channels, kernel: 3, attention: { cbam: { reduction: 4 } }, pool: 'max' } },
      { convolution: { channels: 8, kernel: 5, pool: 'average' } },
      { flatten: true },
      { dropout: 0.5 },
      { dense: 37 },
    ],
    head: 'tree',
  };
}

fuzz<Uint8Array, GalaxyNetworkDescription>({
  name: 'description of a network',
  file,
  growth: 150,
  sound(random) {
    const result = drawNetwork(random);
    return { input: write(result, random.below(3)), result };
  },
  spoilt: (random) => spoilJsonText(random, drawNetwork(random), random.below(3)),
  read: (bytes) => parseNetwork(parseJson(textOf(bytes), file), GALAXY_ZOO_2, file).description,
  check(description) {
    const { layers, outputs, parameters } = parseNetwork(description, GALAXY_ZOO_2, file);
    expect(outputs).toBe(37);
    expect(parameters.reduce((sum, { shape }) => sum + elements(shape), 0)).toBeLessThanOrEqual(2 ** 29);
    expect(layers.every(({ multiplyAdds = 0 }) => Number.isFinite(multiplyAdds))).toBe(true);
  },
});

const runs = quickFolder();
const run = (slot: number) => join(runs, String(slot));
const SLOTS = 8;
for (let slot = 0; slot < SLOTS; slot++) mkdirSync(run(slot));

fuzz<Uint8Array, { epochs: number; batch: number; network: unknown }>({
  name: "a run's config.json",
  file: (slot) => join(run(slot), 'config.json'),
  slots: SLOTS,
  growth: 150,
  sound(random) {
    const training = { ...drawSettings(random), epochs: 1 + random.below(9), batch: 8 };
    const network = drawNetwork(random);
    const result = { epochs: training.epochs, batch: 8, network };
    return { input: write({ training, network }, 2), result };
  },
  spoilt(random) {
    const training = { ...drawSettings(random), batch: 8 };
    return spoilJsonText(random, { training, network: drawNetwork(random) }, 2);
  },
  async read(bytes, slot) {
    writeFileSync(join(run(slot), 'config.json'), bytes);
    const config = await readRunConfig(nodePlatform.files, run(slot));
    const { epochs, batch } = runSettings(config);
    return { epochs, batch, network: runNetwork(config).description };
  },
  check({ epochs, batch }) {
    expect(Number.isSafeInteger(epochs) && epochs >= 1).toBe(true);
    expect(Number.isSafeInteger(batch) && batch >= 1).toBe(true);
  },
});
