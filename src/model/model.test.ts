import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { statisticGroup as group, trainingPictures } from '../../test/fixtures/trainingPictures.ts';
import { UserError } from '../errors.ts';
import { decodeSafetensors, encodeSafetensors } from '../files/safetensors.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { defineTree } from '../tree/tree.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { encodeModel, type Model, PROGRAM, readModel } from './model.ts';

const tree = defineTree({
  name: 'shapes',
  title: 'Shapes',
  source: 'a test',
  questions: [
    {
      topic: 'shape',
      text: 'Round?',
      answers: [
        { text: 'yes', column: 'round' },
        { text: 'no', column: 'flat' },
      ],
    },
  ],
});
const network = new GalaxyNetwork(
  {
    input: { size: 8, channels: 3 },
    layers: [{ convolution: { channels: 2, kernel: 3 } }, { flatten: true }, { dense: 2 }],
    head: 'softmax',
  },
  tree,
);
const model: Model = {
  network: network.description,
  weights: network.initialState(1),
  tree,
  preprocessing: { ...DEFAULT_PREPROCESSING, size: 8 },
  provenance: { program: PROGRAM, training: { epochs: 3 }, steps: 12, epoch: 3, validationRmse: 0.125 },
  file: 'model.safetensors',
};

/** The model's file with changed metadata. */
function changed(change: (about: Record<string, unknown>) => unknown): Uint8Array {
  const { tensors, metadata } = decodeSafetensors(encodeModel(model), 'model.safetensors');
  const about = change(JSON.parse(metadata['tuningfork.model']!));
  return encodeSafetensors(tensors, { 'tuningfork.model': JSON.stringify(about) });
}

const withPictures = (groups: object) =>
  changed((about) => ({ ...about, trainingPictures: { galaxies: 300, groups } }));

describe('a model file', () => {
  it('keeps the whole model', () => {
    expect(readModel(encodeModel(model), 'model.safetensors')).toEqual(model);
    const measured = { ...model, trainingPictures };
    expect(readModel(encodeModel(measured), 'model.safetensors')).toEqual(measured);
  });

  it('keeps weights of 16 bits, and biases of 32', () => {
    const bytes = encodeModel(model, 'float16');
    const { tensors } = decodeSafetensors(bytes, 'model.safetensors');
    expect(['0.weight', '0.bias', '1.running_var'].map((name) => tensors.get(name)!.dtype)).toEqual([
      'F16',
      'F32',
      'F32',
    ]);
    const read = readModel(bytes, 'model.safetensors');
    for (const [name, values] of read.weights) {
      const original = model.weights.get(name)!;
      values.forEach((value, i) => {
        expect(Math.abs(value - original[i]!)).toBeLessThanOrEqual(2 ** -11 * Math.abs(original[i]!));
      });
    }
    expect(encodeModel({ ...model, weights: read.weights }, 'float16')).toEqual(bytes);
    const large = new Map([...model.weights, ['0.weight', new Float32Array(54).fill(7e4)]]);
    expect(() => encodeModel({ ...model, weights: large }, 'float16')).toThrow(
      new UserError("'0.weight': value 0 is 70000, too large for float16"),
    );
  });

  it("has PyTorch's tensor names", () => {
    const { tensors, metadata } = decodeSafetensors(encodeModel(model), 'model.safetensors');
    expect(metadata.format).toBe('pt');
    expect([...tensors.keys()]).toContain('1.num_batches_tracked');
    expect(tensors.get('1.num_batches_tracked')!.data).toEqual(BigInt64Array.of(12n));
    expect(tensors.get('0.weight')!.shape).toEqual([2, 3, 3, 3]);
  });

  it('names this version', () => {
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(PROGRAM).toBe(`${name} ${version}`);
  });

  const place = 'model.safetensors: tuningfork.model: ';
  it.each<[string, Uint8Array, string]>([
    [
      'weights alone',
      encodeSafetensors(decodeSafetensors(encodeModel(model), '').tensors, { format: 'pt' }),
      'model.safetensors: contains only weights; expected a model file, which also has the network and the tree',
    ],
    ['metadata that is not an object', changed(() => 3), `${place}expected an object, got 3`],
    ['another format', changed((about) => ({ ...about, format: 2 })), `${place}format: expected 1, got 2`],
    ['no tree', changed(({ tree: _, ...about }) => about), `${place}tree: expected an object, got nothing`],
    [
      'a tree of other size',
      changed((about) => {
        const [question] = tree.data.questions;
        const answers = [...question!.answers, { text: 'else', column: 'else' }];
        return { ...about, tree: { ...tree.data, questions: [{ ...question, answers }] } };
      }),
      `${place}network: layers: the last one must give 3 numbers, got 2`,
    ],
    [
      'an unknown head',
      changed((about) => ({ ...about, network: { ...network.description, head: 'relu' } })),
      `${place}network: head: expected sigmoid, tree, softmax or dirichlet, got "relu"`,
    ],
    [
      'weights of another network',
      changed((about) => ({
        ...about,
        network: { ...network.description, layers: [{ flatten: true }, { dense: 2 }] },
      })),
      "model.safetensors: '1.weight': expected F32 [2,192], got F32 [2]; is it another network?",
    ],
    [
      'another size',
      changed((about) => ({ ...about, preprocessing: { ...model.preprocessing, size: 16 } })),
      `${place}preprocessing.size: expected the network's 8, got 16`,
    ],
    [
      'bands that pictures do not have',
      changed((about) => ({ ...about, preprocessing: { ...model.preprocessing, bands: ['g', 'r', 'z'] } })),
      `${place}preprocessing.bands: expected ["red","green","blue"] without a stretch, got ["g","r","z"]`,
    ],
    [
      'negative steps',
      changed((about) => ({ ...about, provenance: { ...model.provenance, steps: -1 } })),
      `${place}provenance.steps: expected 0 or more, got -1`,
    ],
    [
      'statistics of other pictures',
      withPictures({ ...trainingPictures.groups, colour: group([0.25]) }),
      `${place}trainingPictures.groups.colour.mean: expected 2 numbers, got 1`,
    ],
    [
      'statistics that do not vary',
      withPictures({ ...trainingPictures.groups, size: { mean: [-2], factor: [[0]], limit: 9 } }),
      `${place}trainingPictures.groups.size.factor.0.0: expected a number above 0, got 0`,
    ],
    [
      'a negative limit',
      withPictures({ ...trainingPictures.groups, size: group([-2], -1) }),
      `${place}trainingPictures.groups.size.limit: expected 0 or more, got -1`,
    ],
  ])('is refused with %s', (_, bytes, message) => {
    const read = () => readModel(bytes, 'model.safetensors');
    expect(read).toThrow(UserError);
    expect(read).toThrow(new UserError(message));
  });
});
