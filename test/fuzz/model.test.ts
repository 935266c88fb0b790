/** Model files and decision trees from strangers. */
import { expect } from 'vitest';
import { parseJson } from '../../src/files/json.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.ts';
import { GalaxyNetwork } from '../../src/model/galaxyNetwork.ts';
import { encodeModel, type Model, networkOf, readModel } from '../../src/model/model.ts';
import { isUnlike } from '../../src/model/trainingPictures.ts';
import { pictureStatistics } from '../../src/picture/pictureStatistics.ts';
import { DEFAULT_PREPROCESSING } from '../../src/picture/preprocessing.ts';
import type { Random } from '../../src/random/philox.ts';
import { parseTree } from '../../src/tree/parse.ts';
import { defineTree, type Tree, type TreeData } from '../../src/tree/tree.ts';
import { trainingPictures } from '../fixtures/trainingPictures.ts';
import { fuzz } from './fuzz.ts';
import { spoilSafetensors } from './header.ts';
import { pick, spoilJsonText } from './spoil.ts';

/** Each question leads to some later ones, and each is reached. */
function drawTree(random: Random): TreeData {
  const count = 1 + random.below(4);
  return {
    name: pick(random, ['mine', 'é 🌌']),
    title: 'Mine',
    source: 'me',
    questions: Array.from({ length: count }, (_, q) => ({
      topic: `topic ${q}`,
      text: `Question ${q}?`,
      ...(random.below(4) === 0 && { askedOfAll: true }),
      answers: Array.from({ length: 2 + random.below(3) }, (_, a) => ({
        text: `answer ${a}`,
        column: `${q}:${a}`,
        ...(q + 1 < count && (a === 0 || random.below(2) === 0) && { next: `topic ${q + 1}` }),
      })),
    })),
  };
}

function checkTree({ questions, columns }: Tree): void {
  expect(columns.map(({ index }) => index)).toEqual(columns.map((_, i) => i));
  for (const { start, end, parents } of questions) {
    expect(end - start).toBeGreaterThan(1);
    expect(parents.every((parent) => parent < start)).toBe(true);
  }
}

fuzz<Uint8Array, Tree>({
  name: 'decision tree',
  file: 'tree.json',
  growth: 150,
  sound(random) {
    const data = drawTree(random);
    return { input: Buffer.from(JSON.stringify(data)), result: defineTree(data) };
  },
  spoilt: (random) => spoilJsonText(random, drawTree(random), random.below(3)),
  read: (bytes) => parseTree(parseJson(new TextDecoder().decode(bytes), 'tree.json'), 'tree.json'),
  check: checkTree,
});

const file = 'model.safetensors';

function drawModel(random: Random): Model {
  const tree = defineTree(drawTree(random));
  const network = new GalaxyNetwork(
    {
      input: { size: 8, channels: 3 },
      layers: [
        { convolution: { channels: 2, kernel: 3, pool: 'max' } },
        { flatten: true },
        { dense: tree.columns.length },
      ],
      ...(random.below(2) === 0 && { head: pick(random, ['tree', 'softmax'] as const) }),
    },
    tree,
  );
  return {
    network: network.description,
    weights: network.initialState(random.below(1000)),
    tree,
    preprocessing: { ...DEFAULT_PREPROCESSING, size: 8 },
    provenance: { program: 'tuningfork', training: { epochs: random.below(9) }, steps: random.below(99) },
    ...(random.below(2) === 0 && { trainingPictures }),
    file,
  };
}

const statistics = pictureStatistics(new Float32Array(8 * 8 * 3), 0, 1, {
  ...DEFAULT_PREPROCESSING,
  size: 8,
});

/** A model's file with damaged metadata. */
function spoilMetadata(random: Random): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(encodeModel(drawModel(random)), file);
  const about = spoilJsonText(random, JSON.parse(metadata['tuningfork.model']!));
  return encodeSafetensors(tensors, { 'tuningfork.model': new TextDecoder().decode(about) });
}

fuzz<Uint8Array, Model>({
  name: 'model file',
  file,
  growth: 200,
  sound(random) {
    const result = drawModel(random);
    return { input: encodeModel(result), result };
  },
  spoilt: (random) =>
    random.below(2) === 0
      ? spoilMetadata(random)
      : spoilSafetensors(random, encodeModel(drawModel(random)), [encodeModel(drawModel(random))]),
  read: (bytes) => readModel(bytes, file),
  check(model) {
    checkTree(model.tree);
    expect(networkOf(model).outputs).toBe(model.tree.columns.length);
    for (const values of model.weights.values()) expect(values.every(Number.isFinite)).toBe(true);
    if (model.trainingPictures) expect(isUnlike(model.trainingPictures, statistics)).toBeTypeOf('boolean');
    expect(Number.isSafeInteger(model.provenance.steps)).toBe(true);
  },
});
