import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { DEFAULT_PREPROCESSING } from '../picture/preprocessing.ts';
import { classesTree } from '../tree/classes.ts';
import { tunedNetwork } from './fineTuning.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { type Model, PROGRAM } from './model.ts';

const [shapes, classes] = [
  ['round', 'flat'],
  ['a', 'b', 'c'],
].map((names) => classesTree(names, {}, 'test'));
const layers = [{ convolution: { channels: 2, kernel: 3 } }, { flatten: true }, { dense: 2 }] as const;
const network = new GalaxyNetwork({ input: { size: 8, channels: 3 }, layers, head: 'softmax' }, shapes!);
const model: Model = {
  network: { ...network.description, temperature: 2 },
  weights: network.initialState(1),
  tree: shapes!,
  preprocessing: { ...DEFAULT_PREPROCESSING, size: 8 },
  provenance: { program: PROGRAM, training: {}, steps: 12 },
  file: 'model.safetensors',
};

describe('a network that starts from a model', () => {
  it('keeps all layers and weights for the same tree, but not the temperature', () => {
    const tuned = tunedNetwork(model, { tree: shapes!, head: 'softmax', isLastNew: false });
    expect(tuned.description).toEqual(network.description);
    expect(tuned.initialState(9)).toEqual(model.weights);
  });

  it('has a new last layer for another tree, drawn with the seed, and the other weights to the bit', () => {
    const tuned = tunedNetwork(model, { tree: classes!, head: 'sigmoid', isLastNew: true });
    const { description } = tuned;
    expect(description).toMatchObject({ layers: [...layers.slice(0, -1), { dense: 3 }], head: 'sigmoid' });
    const drawn = new GalaxyNetwork(description, classes!).initialState(9);
    const last = tuned.layers.at(-1)!.parameters.map(({ name }) => name);
    const weights = tuned.initialState(9);
    expect([...weights.keys()]).toEqual([...model.weights.keys()]);
    for (const [name, values] of weights)
      expect(values, name).toEqual((last.includes(name) ? drawn : model.weights).get(name));
  });

  it('is refused if its last layer cannot be replaced', () => {
    const dropping = { ...model, network: { ...model.network, layers: [...layers, { dropout: 0.1 }] } };
    const build = () => tunedNetwork(dropping, { tree: classes!, head: 'sigmoid', isLastNew: true });
    expect(build).toThrow(
      "model.safetensors: its last layer is 'dropout'; only 'dense' can be replaced for another tree",
    );
    expect(build).toThrow(UserError);
  });
});
