import { describe, expect, it } from 'vitest';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { defineTree } from '../tree/tree.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { describeNetwork, type NetworkOptions, networkNames, networkSummary } from './networks.ts';

type Options = Omit<NetworkOptions, 'tree'>;
const describeOurs = (name: string, options: Options = {}) =>
  describeNetwork(name, { tree: GALAXY_ZOO_2, ...options });
const build = (name: string, options?: Options) =>
  new GalaxyNetwork(describeOurs(name, options), GALAXY_ZOO_2);

describe('networks', () => {
  it.each([
    ['cnn', 19_966_501],
    ['cnn-cbam', 19_636_081],
    ['baseline', 2_896_709],
    ['baseline-cbam', 2_941_225],
    ['baseline-ema', 2_897_619],
  ])("%s has the report's parameters", (name, count) => {
    expect(build(name).parameterCount).toBe(count);
    expect(build(name).outputs).toBe(37);
  });

  it("has the parameter names of PyTorch's Sequential", () => {
    const names = build('baseline').parameters.map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
    ]);
    expect(names.slice(-4)).toEqual(['17.running_mean', '17.running_var', '20.weight', '20.bias']);
  });

  it('starts with PyTorch’s values: uniform within ±1/√fan-in', () => {
    const state = build('baseline').initialState(1);
    const weight = state.get('0.weight')!;
    const bound = 1 / Math.sqrt(3 * 17 * 17);
    expect(Math.max(...weight)).toBeLessThanOrEqual(bound);
    expect(Math.max(...weight)).toBeGreaterThan(0.99 * bound);
    expect(weight.reduce((a, b) => a + b, 0) / weight.length).toBeCloseTo(0, 3);
    expect(state.get('1.running_var')).toEqual(new Float32Array(32).fill(1));
    expect(build('baseline').initialState(2).get('0.weight')).not.toEqual(weight);
  });

  it('takes kernels, channels and dropout', () => {
    const network = build('cnn', { kernels: [7, 5, 3, 3], channels: [8, 8, 8, 8], dropout: 0.2 });
    expect(network.parameters[0]!.shape).toEqual([8, 3, 7, 7]);
    expect(network.layers.map(({ name }) => name).filter((name) => name.startsWith('dropout'))).toHaveLength(
      3,
    );
  });

  it.each([
    [['bse'], /network bse: expected one of cnn, cnn-cbam, .*baseline.*, or a \.json file$/],
    [['baseline', { kernels: [17, 13, 9] }], /kernels: baseline has 4 convolutions, got 3/],
    [['baseline', { kernels: [17, 13, 9, 6] }], /kernels: expected odd sizes, got 6/],
    [['cnn', { channels: [1] }], /channels: cnn has 4 convolutions/],
  ] as [Parameters<typeof describeOurs>, RegExp][])('refuses %j', (arguments_, message) => {
    expect(() => describeOurs(...arguments_)).toThrow(message);
  });

  it('has one output for each answer of its tree', () => {
    const answers = ['round', 'flat', 'neither'].map((text) => ({ text, column: text }));
    const questions = [{ topic: 'shape', text: 'Shape?', answers }];
    const tree = defineTree({ name: 'shapes', title: 'Shapes', source: '', questions });
    const description = describeNetwork('cnn-small', { tree });
    expect(new GalaxyNetwork(description, tree).outputs).toBe(3);
    expect(() => new GalaxyNetwork(description, GALAXY_ZOO_2)).toThrow(
      'layers: the last one must give 37 numbers, got 3',
    );
  });

  it('have different summaries', () => {
    const summaries = networkNames().map(networkSummary);
    for (const summary of summaries) expect(summary).toMatch(/\w+ \w+/);
    expect(new Set(summaries).size).toBe(summaries.length);
    expect(() => networkSummary('toString')).toThrow('network toString: expected one of cnn, ');
  });
});
