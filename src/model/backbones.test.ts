import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { onnxBytes, type WrittenGraph } from '../../test/fixtures/onnx.ts';
import { interpret } from '../engine/graph/interpret.ts';
import { input } from '../engine/graph/tensor.ts';
import { constantState, inferenceBuild } from '../engine/nn/inference.ts';
import { HWCN } from '../engine/nn/layout.ts';
import { TrainingStep, trainingStep } from '../engine/nn/trainingStep.ts';
import { nodePlatform } from '../node/platform.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import type { Platform } from '../platform.ts';
import { Random } from '../random/philox.ts';
import { classesTree } from '../tree/classes.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { openDescription } from './backbones.ts';
import { parseNetwork } from './description.ts';
import { tunedNetwork } from './fineTuning.ts';
import { PROGRAM } from './model.ts';
import { openNetwork } from './openNetwork.ts';

const tree = GALAXY_ZOO_2;
const folder = mkdtempSync(join(tmpdir(), 'tuningfork-'));
afterAll(() => rmSync(folder, { recursive: true }));

const random = new Random(3, 'test');
const weights = (shape: readonly number[], low = -1) => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.uniform(low, 1)),
});

/** A classifier of ten classes: two convolutions, the first with batch norm, mean over the map, product. */
const graph: WrittenGraph = {
  inputs: { image: ['N', 3, 'H', 'W'] },
  nodes: [
    {
      type: 'Conv',
      inputs: ['image', 'stem.weight'],
      outputs: ['a'],
      attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
    },
    {
      type: 'BatchNormalization',
      name: 'norm',
      inputs: ['a', 'norm.weight', 'norm.bias', 'norm.running_mean', 'norm.running_var'],
      outputs: ['b'],
    },
    { type: 'Relu', inputs: ['b'], outputs: ['c'] },
    { type: 'Conv', inputs: ['c', 'last.weight'], outputs: ['d'] },
    { type: 'GlobalAveragePool', inputs: ['d'], outputs: ['e'] },
    { type: 'Flatten', inputs: ['e'], outputs: ['pooled'] },
    { type: 'Gemm', inputs: ['pooled', 'classes.weight'], outputs: ['logits'], attributes: { transB: 1 } },
  ],
  initializers: {
    'stem.weight': weights([4, 3, 3, 3]),
    'norm.weight': weights([4]),
    'norm.bias': weights([4]),
    'norm.running_mean': weights([4]),
    'norm.running_var': weights([4], 0.5),
    'last.weight': weights([6, 4, 1, 1]),
    'classes.weight': weights([10, 6]),
  },
  outputs: ['logits'],
};
const path = join(folder, 'classifier.onnx');
writeFileSync(path, onnxBytes(graph));

const layer = { onnx: 'classifier.onnx', mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.25] };
const description = (first: object = layer) => ({
  input: { size: 8, channels: 3 },
  layers: [first, { dense: 37 }],
});
const open = (first?: object, platform = nodePlatform) =>
  openDescription(platform, description(first), tree, folder, 'mine.json');
const pictures = (count: number) =>
  Float32Array.from({ length: 8 * 8 * 3 * count }, () => random.uniform(-1, 1));

describe('a backbone', () => {
  it('ends with the last pooled features and has the weights of its file', async () => {
    const network = await open();
    const [backbone] = network.layers;
    expect(backbone!.output).toEqual({ kind: 'features', count: 6 });
    expect(backbone!.parameters.map(({ name, isTrained }) => [name, isTrained])).toEqual([
      ['0.stem.weight', true],
      ['0.norm.weight', true],
      ['0.norm.bias', true],
      ['0.norm.running_mean', false],
      ['0.norm.running_var', false],
      ['0.last.weight', true],
    ]);
    expect(network.initialState(1).get('0.last.weight')).toEqual(
      Float32Array.from(graph.initializers!['last.weight']!.values),
    );
    expect(backbone!.multiplyAdds).toBe(4 * 4 * 4 * 27 + 6 * 4 * 4 * 4);
  });

  it('is described without its weights: the model file has them', async () => {
    const opened = await open();
    const text = JSON.stringify(opened.description);
    const network = parseNetwork(JSON.parse(text), tree, 'model');
    expect(network.parameters).toEqual(opened.parameters);
    expect(text.length).toBeLessThan(1500);
    expect(() => network.initialState(1)).toThrow("'0.stem.weight' has no initial values");
  });

  it.each([
    ['for any number', [0, 1, 2, 3, 4, 5], undefined],
    ['not for two, which is refused', [5, 4, 3, 2, 1, 0], / 6 elements, .* for 1 picture, but not for 2$/],
  ] as const)(
    'may be written for one picture, with a choice of elements, and be built %s',
    async (_, values, error) => {
      const [head, last] = [graph.nodes.slice(0, -2), graph.nodes.at(-1)!];
      const bytes = onnxBytes({
        ...graph,
        inputs: { image: [1, 3, 8, 8] },
        nodes: [
          ...head,
          { type: 'Reshape', inputs: ['e', 'all'], outputs: ['flat'] },
          { type: 'Gather', inputs: ['flat', 'places'], outputs: ['chosen'] },
          { type: 'Reshape', inputs: ['chosen', 'row'], outputs: ['pooled'] },
          last,
        ],
        initializers: {
          ...graph.initializers,
          all: { type: 'int64', shape: [1], values: [-1] },
          places: { type: 'int64', shape: [1, 6, 1, 1], values: [...values] },
          row: { type: 'int64', shape: [2], values: [1, 6] },
        },
      });
      writeFileSync(join(folder, 'one.onnx'), bytes);
      const opened = open({ ...layer, onnx: 'one.onnx' });
      if (error) await expect(opened).rejects.toThrow(error);
      else expect((await opened).layers[0]!.output).toEqual({ kind: 'features', count: 6 });
    },
  );

  it('keeps its weights when its model is fine-tuned for another tree', async () => {
    const opened = await open();
    const [network, weights] = [opened.description, opened.initialState(1)];
    const provenance = { program: PROGRAM, training: {}, steps: 1 };
    const model = { network, weights, tree, preprocessing: DEFAULT_PREPROCESSING, provenance, file: 'model' };
    const other = classesTree(['a', 'b'], {}, 'test');
    const tuned = tunedNetwork(model, { tree: other, head: 'softmax', isLastNew: true }).initialState(1);
    expect(tuned.get('0.stem.weight')).toEqual(weights.get('0.stem.weight'));
    expect(tuned.get('1.weight')).toHaveLength(2 * 6);
  });

  it.each([
    ['norm', { kind: 'map', size: 4, channels: 4 }],
    ['d', { kind: 'map', size: 4, channels: 6 }],
    ['logits', { kind: 'features', count: 10 }],
  ])('may end at a node or value: %s', async (until, output) => {
    const flat = output.kind === 'map' ? [{ flatten: true }] : [];
    const given = {
      ...description({ ...layer, until }),
      layers: [{ ...layer, until }, ...flat, { dense: 37 }],
    };
    const network = await openDescription(nodePlatform, given, tree, folder, 'mine.json');
    expect(network.layers[0]!.output).toEqual(output);
  });

  it('of a file may be a network by itself, with the normalisation of ImageNet', async () => {
    const network = await openNetwork(nodePlatform, path, { tree });
    expect(network.description.input).toEqual({ size: 128, channels: 3 });
    expect(network.description.layers).toMatchObject([
      { onnx: { file: 'classifier.onnx', mean: [0.485, 0.456, 0.406], until: 'pooled' } },
      { dense: 37 },
    ]);
  });

  const pool = { type: 'GlobalAveragePool', inputs: ['a'], outputs: ['b'] };
  const flatten = { type: 'Flatten', inputs: ['b'], outputs: ['c'] };
  const patches = (size: number) => ({
    type: 'Conv',
    inputs: ['image', 'w'],
    outputs: ['a'],
    attributes: { strides: [size, size] },
  });
  const turn = (from: string, to: string, perm: number[]) => ({
    type: 'Transpose',
    inputs: [from],
    outputs: [to],
    attributes: { perm },
  });
  const isTrue = { type: 'bool', shape: [], values: [1] } as const;
  const kernel = { shape: [6, 3, 1, 1], values: Array.from({ length: 18 }, (_, i) => (i % 7) / 4 - 1) };
  const inner = {
    nodes: [{ type: 'Relu', inputs: ['a'], outputs: ['inner'] }],
    inputs: {},
    outputs: ['inner'],
  };
  const branch = { graph: { ...inner, type: 'float16' } } as const;
  const product = { type: 'MatMul', inputs: ['x', 'weight'], outputs: ['y'] };
  const pictures = { inputs: { image: ['N', 3, 'H', 'W'] }, outputs: ['y'] };

  it.each<[string, WrittenGraph, size: number, layers: object[]]>([
    [
      'computes in float16',
      {
        ...pictures,
        nodes: [
          patches(16),
          {
            type: 'If',
            inputs: ['c'],
            outputs: ['r'],
            attributes: { then_branch: branch, else_branch: branch },
          },
          { type: 'Cast', inputs: ['r'], outputs: ['wide'], attributes: { to: 1 } },
          { type: 'Cast', inputs: ['wide'], outputs: ['half'], attributes: { to: 10 } },
          { ...pool, inputs: ['half'] },
          { ...flatten, outputs: ['y'] },
        ],
        initializers: { w: { ...kernel, type: 'float16' }, c: isTrue },
        type: 'float16',
      },
      128,
      [{ onnx: { until: 'y' } }],
    ],
    [
      'has the channels last, as TensorFlow writes it',
      {
        inputs: { image: ['N', 64, 64, 3] },
        nodes: [
          turn('image', 'x', [0, 3, 1, 2]),
          { ...patches(16), inputs: ['x', 'w'] },
          turn('a', 'y', [0, 2, 3, 1]),
        ],
        initializers: { w: kernel },
        outputs: ['image', 'y'],
      },
      64,
      [{ onnx: { until: 'a' } }, { globalMean: true }],
    ],
    [
      'fits one side and ends with features of each patch',
      {
        ...pictures,
        nodes: [
          patches(64),
          { type: 'Reshape', inputs: ['a', 'sizes'], outputs: ['b'] },
          turn('b', 'c', [0, 2, 1]),
          { type: 'Add', inputs: ['c', 'places'], outputs: ['y'] },
        ],
        initializers: {
          w: kernel,
          sizes: { type: 'int64', shape: [3], values: [0, 6, -1] },
          places: weights([16, 6]),
        },
      },
      224,
      [{ onnx: { until: 'y' } }],
    ],
    [
      'ends with a convolution of one pixel',
      {
        ...pictures,
        nodes: [
          patches(16),
          pool,
          { type: 'Conv', inputs: ['b', 'classes'], outputs: ['c'] },
          { ...flatten, inputs: ['c'], outputs: ['y'] },
        ],
        initializers: { w: kernel, classes: weights([9, 6, 1, 1]) },
      },
      128,
      [{ onnx: { until: 'b' } }],
    ],
    [
      'ends with a function that is a product',
      {
        ...pictures,
        nodes: [
          patches(16),
          pool,
          flatten,
          { type: 'Linear', domain: 'own', inputs: ['c', 'classes'], outputs: ['y'] },
        ],
        initializers: { w: kernel, classes: weights([6, 9]) },
      },
      128,
      [{ onnx: { until: 'c' } }],
    ],
  ])('may be of a file that %s', async (_, graph, size, layers) => {
    const functions = [
      { domain: 'own', name: 'Linear', inputs: ['x', 'weight'], outputs: ['y'], nodes: [product] },
    ];
    const file = join(folder, 'of-others.onnx');
    writeFileSync(file, onnxBytes(graph, 17, functions));
    const { description } = await openNetwork(nodePlatform, file, { tree });
    expect(description.input).toEqual({ size, channels: 3 });
    expect(description.layers).toMatchObject([...layers, { dense: 37 }]);
  });

  it('is refused if ONNX Runtime gives other values than its graph', async () => {
    const changed: Platform = {
      ...nodePlatform,
      load: async (...given) => {
        const program = await nodePlatform.load(...given);
        const { run } = program;
        program.run = async (...feeds) => {
          const results = await run.apply(program, feeds);
          for (const values of Object.values(results)) values[0]! *= 1.01;
          return results;
        };
        return program;
      },
    };
    await expect(open(layer, changed)).rejects.toThrow(
      /classifier\.onnx: its graph, as it is read here, differs from ONNX Runtime's by 0\.\d+ of the largest value, for a batch of 1; expected 0\.0001 at most/,
    );
  });

  it.each<[string, object, string | RegExp]>([
    [
      'a value that is not there',
      { ...layer, until: 'x' },
      /^mine\.json: layers\.0\.until: .*classifier\.onnx has no value or node of this name; its outputs are logits, got "x"$/,
    ],
    ['a file that is not there', { onnx: 'none.onnx' }, /none\.onnx: no such file/],
    ['a file of another kind', { onnx: 'other.onnx' }, /other\.onnx: not an ONNX file, or damaged/],
    ['an unknown key', { ...layer, size: 3 }, 'mine.json: layers.0: unknown key "size"'],
    [
      'a mean of other channels',
      { ...layer, mean: [0.5] },
      'mine.json: layers.0.onnx: mean: expected 3 numbers, got 1',
    ],
    [
      'features that no dense layer takes',
      { ...layer, until: 'a' },
      'mine.json: layers.1.dense: expected features, got a map',
    ],
  ])('is refused with %s', async (_, first, message) => {
    writeFileSync(join(folder, 'other.onnx'), 'text');
    await expect(open(first)).rejects.toThrow(message);
  });
});

describe('training', () => {
  const batch = 5;
  /** State before and after one step. */
  async function step(rateFactors: Record<string, number>) {
    const network = await open();
    const step = trainingStep(network, {
      batch,
      loss: 'bce',
      rateFactors: new Map(Object.entries(rateFactors)),
    });
    const program = await nodePlatform.compile(step.outputs, { name: 'cpu', threads: 1 });
    const before = network.initialState(1);
    const image = pictures(batch);
    const training = new TrainingStep(program, step, before, 1);
    await training.run({ image, target: new Float32Array(batch * 37).fill(0.3) }, 0.01, 1);
    await program.release();
    const changed = network.parameters.flatMap(({ name }) =>
      training.state[name]!.every((value, i) => value === before.get(name)![i]) ? [] : [name],
    );
    return { network, before, image, after: training.state, changed };
  }

  it('moves weights, and the running statistics as PyTorch does', async () => {
    const { network, before, image, after, changed } = await step({});
    expect(changed).toEqual(network.parameters.map(({ name }) => name));
    const convolved = await openDescription(
      nodePlatform,
      { ...description(), layers: [{ ...layer, until: 'a' }, { flatten: true }, { dense: 37 }] },
      tree,
      folder,
      'mine.json',
    );
    const build = inferenceBuild(constantState(convolved, convolved.initialState(1)), 'direct');
    const map = { layout: HWCN, tensor: input('image', [8, 8, 3, batch]) };
    const [a] = interpret([convolved.layers[0]!.forward({ kind: 'map', ...map }, build).tensor], { image });
    for (let channel = 0; channel < 4; channel++) {
      const values = a!.data.filter((_, i) => Math.floor(i / batch) % 4 === channel);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      const moved = (name: string, value: number) => 0.9 * before.get(name)![channel]! + 0.1 * value;
      expect(after['0.norm.running_mean']![channel]).toBeCloseTo(moved('0.norm.running_mean', mean), 5);
      expect(after['0.norm.running_var']![channel]).toBeCloseTo(moved('0.norm.running_var', variance), 5);
    }
  });

  it('leaves a frozen backbone as it is, statistics included', async () => {
    expect((await step({ backbone1: 0 })).changed).toEqual(['1.weight', '1.bias']);
  });

  it('may freeze parts of a backbone, by the beginning of their names', async () => {
    const { changed } = await step({ 'backbone1.norm': 0, 'backbone1.stem.weight': 0, dense1: 0 });
    expect(changed).toEqual(['0.last.weight']);
    expect((await step({ backbone1: 0, 'backbone1.norm': 0.1, dense1: 0 })).changed).toEqual([
      '0.norm.weight',
      '0.norm.bias',
      '0.norm.running_mean',
      '0.norm.running_var',
    ]);
  });
});
