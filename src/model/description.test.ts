import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { parseNetwork } from './description.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { describeNetwork, networkNames } from './networks.ts';

const input = { size: 16, channels: 3 };
const convolution = (settings: object = {}) => ({ convolution: { channels: 8, kernel: 3, ...settings } });
const end = [{ flatten: true }, { dense: 37 }];
/** A description with these layers, then flattened to 37. */
const ending = (...layers: unknown[]) => ({ input, layers: [...layers, ...end] });
const only = (...layers: unknown[]) => ({ input, layers });

describe('a description', () => {
  it.each(networkNames())('of %s gives the same network after JSON', (name) => {
    const description = describeNetwork(name, { tree: GALAXY_ZOO_2, dropout: 0.2, head: 'tree' });
    const network = parseNetwork(JSON.parse(JSON.stringify(description)), GALAXY_ZOO_2, 'mine.json');
    const named = new GalaxyNetwork(description, GALAXY_ZOO_2);
    expect(network.description).toEqual(description);
    expect(network.head).toBe('tree');
    expect(network.parameters).toEqual(named.parameters);
    expect(network.layers.map(({ output }) => output)).toEqual(named.layers.map(({ output }) => output));
  });

  it('can have any layers that fit together', () => {
    const network = parseNetwork(
      ending(
        convolution({ kernel: 17, attention: { cbam: { reduction: 2 } }, pool: 'average' }),
        convolution({ attention: { ema: { factor: 4 } } }),
      ),
      GALAXY_ZOO_2,
      'mine.json',
    );
    expect(network.head).toBe('sigmoid');
    expect(network.layers.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'flatten', 'dense1']);
    expect(network.parameters.at(-1)).toMatchObject({ name: '10.bias', shape: [37] });
    expect(parseNetwork(only(...end), GALAXY_ZOO_2, 'mine.json').parameterCount).toBe((16 * 16 * 3 + 1) * 37);
  });
});

describe('a description that is wrong is refused with file, place and value:', () => {
  it.each<[string, unknown, string]>([
    [
      'an even kernel',
      ending(convolution(), convolution(), convolution({ kernel: 4 })),
      'layers.2.convolution.kernel: expected an odd size, got 4',
    ],
    [
      'a kernel of 0',
      ending(convolution({ kernel: 0 })),
      'layers.0.convolution.kernel: expected 1 or more, got 0',
    ],
    [
      'a kernel that is a text',
      ending(convolution({ kernel: '3' })),
      'layers.0.convolution.kernel: expected a number, got "3"',
    ],
    [
      'a fraction of a channel',
      ending(convolution({ channels: 2.5 })),
      'layers.0.convolution.channels: expected a whole number, got 2.5',
    ],
    [
      'a convolution without a kernel',
      ending({ convolution: { channels: 8 } }),
      'layers.0.convolution.kernel: expected a number, got nothing',
    ],
    ['an unknown key', ending(convolution({ stride: 2 })), 'layers.0.convolution: unknown key "stride"'],
    ['an unknown layer', ending({ lstm: 5 }), 'layers.0: unknown key "lstm"'],
    ['an unknown key beside the layers', { ...ending(), name: 'mine' }, 'unknown key "name"'],
    [
      'two kinds in one layer',
      only({ flatten: true, dense: 37 }),
      'layers.0: expected one of convolution, flatten, globalMean, dropout, dense, onnx, got {"flatten":true,"dense":37}',
    ],
    [
      'a layer of no kind',
      ending({}),
      'layers.0: expected one of convolution, flatten, globalMean, dropout, dense, onnx, got {}',
    ],
    ['a layer that is a text', only('flatten'), 'layers.0: expected an object, got "flatten"'],
    [
      'two attentions',
      ending(convolution({ attention: { cbam: { reduction: 1 }, ema: { factor: 1 } } })),
      'layers.0.convolution.attention: expected one of cbam, ema, got {"cbam":{"reduction":1},"ema":{"factor":1}}',
    ],
    [
      'an unknown pool',
      ending(convolution({ pool: 'min' })),
      'layers.0.convolution.pool: expected max or average, got "min"',
    ],
    [
      'a convolution after the map was flattened',
      only({ flatten: true }, convolution(), { dense: 37 }),
      'layers.1.convolution: expected a map, got features: the map is already flattened',
    ],
    [
      'a map flattened twice',
      ending({ flatten: true }),
      'layers.1.flatten: expected a map, got features: the map is already flattened',
    ],
    [
      'a fully connected map',
      only({ dense: 37 }),
      'layers.0.dense: expected features, got a map: flatten it first',
    ],
    [
      'a pool of an odd map',
      { ...ending(convolution(), convolution({ pool: 'max' })), input: { size: 15, channels: 3 } },
      'layers.1.convolution: a 2×2 pool of a map of odd size, 15×15',
    ],
    [
      'CBAM that does not divide',
      ending(convolution({ attention: { cbam: { reduction: 3 } } })),
      'layers.0.convolution: cbam: the reduction must divide the 8 channels, got 3',
    ],
    [
      'EMA that does not divide',
      ending(convolution(), convolution({ attention: { ema: { factor: 32 } } })),
      'layers.1.convolution: ema: the factor must divide the 8 channels, got 32',
    ],
    [
      'dropout of everything',
      only({ flatten: true }, { dropout: 1 }, { dense: 37 }),
      'layers.1.dropout: expected less than 1, got 1',
    ],
    ['flatten: false', only({ flatten: false }), 'layers.0.flatten: expected true, got false'],
    [
      '36 outputs',
      only({ flatten: true }, { dense: 36 }),
      'layers: the last one must give 37 numbers, got 36',
    ],
    [
      'a map for output',
      only(convolution()),
      'layers: the last one must give features: flatten the map first',
    ],
    ['no layers', only(), 'layers: expected one or more, got []'],
    [
      'a bad head',
      { ...ending(), head: 'relu' },
      'head: expected sigmoid, tree, softmax or dirichlet, got "relu"',
    ],
    [
      'six bands',
      { ...ending(), input: { size: 16, channels: 6 } },
      'input.channels: expected 5 or less, got 6',
    ],
    ['no object', [1], 'expected an object, got [1]'],
  ])('%s', (_, description, problem) => {
    const parse = () => parseNetwork(description, GALAXY_ZOO_2, 'mine.json');
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(new UserError(`mine.json: ${problem}`));
  });
});
