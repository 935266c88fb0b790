import { expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { featureNetwork } from './features.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { describeNetwork } from './networks.ts';

const open = (name: string, dropout = 0) =>
  new GalaxyNetwork(describeNetwork(name, { tree: GALAXY_ZOO_2, dropout }), GALAXY_ZOO_2);

it.each([
  ['cnn', undefined, 'dense2', 512],
  ['cnn-cbam', undefined, 'dense1', 1024],
  ['baseline', undefined, 'flatten', 6144],
  ['baseline', 'conv5', 'conv5', 96],
  ['cnn', 'conv2', 'conv2', 64],
  ['cnn', 'dense3', 'dense3', 37],
])('the features of %s at %s', (name, layer, found, width) => {
  const whole = open(name);
  const { layer: own, network } = featureNetwork(whole, layer);
  expect([own, network.outputs]).toEqual([found, width]);
  expect(whole.parameters.slice(0, network.parameters.length)).toEqual(network.parameters);
});

it('dropout before the last layer is no layer of features', () => {
  expect(featureNetwork(open('cnn', 0.2)).layer).toBe('dense2');
});

it('an unknown layer is refused', () => {
  expect(() => featureNetwork(open('baseline'), 'dense2')).toThrow(
    'layer dense2: expected one of conv1, conv2, conv3, conv4, conv5, flatten, dense1',
  );
});
