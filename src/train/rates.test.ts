import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { describeNetwork } from '../model/networks.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { rateFactors } from './rates.ts';

const network = new GalaxyNetwork(
  describeNetwork('cnn', { tree: GALAXY_ZOO_2, channels: [4, 4, 4, 4], dropout: 0.1 }),
  GALAXY_ZOO_2,
);
const NAMES = 'conv1, conv2, conv3, conv4, dense1, dense2, dense3';
const factors = (freeze: string[], layerLr: string[], learningRate = 1e-3) =>
  rateFactors({ learningRate, freeze, layerLr }, network);

describe('rates of layers', () => {
  it('are factors on the learning rate, and 0 for frozen layers', () => {
    expect(factors([], [])).toEqual(new Map());
    expect([...factors(['conv1', 'dense3'], ['conv2:1e-4', 'dense1:0.002'])]).toEqual([
      ['conv1', 0],
      ['dense3', 0],
      ['conv2', 1e-4 / 1e-3],
      ['dense1', 2],
    ]);
  });

  it('may be those of parts of a layer', () => {
    expect([...factors(['conv1.running_mean'], ['conv1:1e-4'])]).toEqual([
      ['conv1.running_mean', 0],
      ['conv1', 0.1],
    ]);
  });

  it.each([
    [
      ['conv1.scale'],
      [],
      "freeze conv1.scale: no layer 'conv1.scale': there are conv1.weight, conv1.bias, conv1.running_mean, conv1.running_var",
    ],
    [['conv5'], [], `freeze conv5: no layer 'conv5': there are ${NAMES}`],
    [['flatten'], [], `freeze flatten: no layer 'flatten': there are ${NAMES}`],
    [['dropout1'], [], `freeze dropout1: no layer 'dropout1': there are ${NAMES}`],
    [['conv1,conv2'], [], `freeze conv1,conv2: no layer 'conv1,conv2': there are ${NAMES}`],
    [['conv1', 'conv1'], [], 'freeze conv1: conv1 has a rate already'],
    [['conv1'], ['conv1:1e-4'], 'layerLr conv1:1e-4: conv1 has a rate already'],
    [[], ['conv1:1', 'conv1:2'], 'layerLr conv1:2: conv1 has a rate already'],
    [[], ['conv9:1'], `layerLr conv9:1: no layer 'conv9': there are ${NAMES}`],
    ...[
      'conv1',
      'conv1:',
      ':1',
      'conv1:fast',
      'conv1:0',
      'conv1:-1',
      'conv1:Infinity',
      'conv1: ',
      'conv1:0x10',
    ].map((text): [string[], string[], string] => [
      [],
      [text],
      `layerLr ${text}: expected LAYER:RATE, such as conv4:1e-5`,
    ]),
    [NAMES.split(', '), [], 'freeze: nothing is left to train'],
  ])('freeze %j, layerLr %j is refused', (freeze, layerLr, message) => {
    expect(() => factors(freeze, layerLr)).toThrow(message);
    expect(() => factors(freeze, layerLr)).toThrow(UserError);
  });
});
