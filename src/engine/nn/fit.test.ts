import { describe, expect, it } from 'vitest';
import { compile } from '../../node/runtime/device.ts';
import { Random } from '../../random/philox.ts';
import { interpret } from '../graph/interpret.ts';
import { softmax } from '../graph/reduce.ts';
import { transpose } from '../graph/shape.ts';
import { elements, input, type Tensor } from '../graph/tensor.ts';
import { fit as fitNetwork } from '../index.node.ts';
import { LOSSES } from './loss.ts';
import { Network } from './network.ts';
import { OPTIMIZERS, type OptimizerName } from './optimizer.ts';
import { type StepBatch, TrainingStep, trainingStep } from './trainingStep.ts';

const linear = (outputs: number) =>
  new Network({ input: { size: 2, channels: 1 }, layers: [{ flatten: true }, { dense: outputs }] });

const random = new Random(1, 'test');
const draw = () => Array.from({ length: 4 }, () => random.uniform(-1, 1));
/** The class is the sign of a sum. */
const inputs = Array.from({ length: 64 }, draw);
const labels = inputs.map(([a, b, c]) => Number(a! + b! - c! > 0));
const CPU = { device: { threads: 1 } };

describe('fit', () => {
  it.each(Object.keys(OPTIMIZERS) as OptimizerName[])(
    'learns with %s; the same seed gives the same weights',
    async (optimizer) => {
      const options = { epochs: 30, batch: 16, optimizer, learningRate: 0.05, seed: 3, ...CPU };
      const seen: number[] = [];
      const one = await fitNetwork(
        linear(2),
        { inputs, labels },
        { ...options, onEpoch: ({ epoch }) => seen.push(epoch) },
      );
      const two = await fitNetwork(linear(2), { inputs, labels }, options);
      expect(one.history).toEqual(two.history);
      expect(one.weights).toEqual(two.weights);
      expect(seen).toEqual(one.history.map(({ epoch }) => epoch));
      const predicted = await one.predict(inputs);
      const right = predicted.filter(([no, yes], i) => Number(yes! > no!) === labels[i]);
      expect(right.length).toBeGreaterThan(0.95 * labels.length);
      for (const [no, yes] of predicted) expect(no! + yes!).toBeCloseTo(1, 5);
    },
  );

  it('learns numbers and fractions', async () => {
    const options = { epochs: 60, batch: 16, learningRate: 0.05, ...CPU };
    const numbers = inputs.map(([a, b]) => 2 * a! - b!);
    const line = await fitNetwork(linear(1), { inputs, labels: numbers }, { ...options, loss: 'mse' });
    expect((await line.predict([[0.5, 0.2, 0, 0]]))[0]![0]).toBeCloseTo(0.8, 1);
    const rows = inputs.map(([a, b]) => [Number(a! > 0), Number(b! > 0)]);
    const yesNo = await fitNetwork(linear(2), { inputs, labels: rows }, { ...options, loss: 'bce' });
    const [first, second] = (await yesNo.predict([[0.9, -0.9, 0, 0]]))[0]!;
    expect([first! > 0.8, second! < 0.2]).toEqual([true, true]);
  });

  it('refuses inputs, labels and settings that do not fit', async () => {
    const refused = async (examples: Parameters<typeof fitNetwork>[1], options = {}) =>
      fitNetwork(linear(2), examples, { epochs: 1, ...options }).then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    expect(await refused({ inputs: [], labels: [] })).toBe('inputs: expected one or more, got none');
    expect(await refused({ inputs: [[1, 2, 3]], labels: [0] })).toBe('inputs[0]: expected 4 numbers, got 3');
    expect(await refused({ inputs, labels: [0] })).toBe('labels: expected 64, one for each input, got 1');
    expect(await refused({ inputs, labels }, { batch: 0 })).toBe('batch: expected 1 or more, got 0');
    const wrong = labels.with(5, 2);
    expect(await refused({ inputs, labels: wrong })).toBe('labels[5]: expected a class from 0 to 1, got 2');
    expect(await refused({ inputs, labels }, { loss: 'bce' })).toBe('labels[0]: expected 2 numbers, got 1');
    expect(await refused({ inputs, labels: labels.map(() => [1]) })).toBe(
      'labels[0]: expected 2 numbers, got 1',
    );
    expect(await refused({ inputs, labels }, { learningRate: 1e38, epochs: 3, optimizer: 'sgd' })).toMatch(
      /^the loss is \S+ in epoch \d; try a lower learning rate$/,
    );
    const { predict } = await fitNetwork(linear(2), { inputs, labels }, { epochs: 1, ...CPU });
    await expect(predict([[1]])).rejects.toThrow('inputs[0]: expected 4 numbers, got 1');
    expect(await predict([])).toEqual([]);
  });

  it('refuses a batch of one if a batch norm would see one value', async () => {
    const layers = [1, 1].map(() => ({ convolution: { channels: 1, kernel: 1 } }));
    const input = { size: 1, channels: 1 };
    const network = new Network({ input, layers: [...layers, { flatten: true }, { dense: 2 }] });
    const train = (batch: number) =>
      fitNetwork(network, { inputs: [[1], [2]], labels: [0, 1] }, { batch, epochs: 1, ...CPU });
    await expect(train(1)).rejects.toThrow('batch 1: batch norm needs two or more: its map has 1×1 pixels');
    const { weights } = await train(2);
    expect([...weights.values()].flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
  });

  it('refuses unknown layers', () => {
    const layers = [{ flatten: true }, { danse: 3 }] as never;
    expect(() => new Network({ input: { size: 2, channels: 1 }, layers })).toThrow(
      'layers.1.danse: there is no "danse"; known: convolution, flatten, globalMean, dropout, dense',
    );
  });
});

describe('categorical cross-entropy', () => {
  const { terms, termsOfLogits } = LOSSES.categorical;
  const [z, t] = [input('z', [2, 3]), input('t', [2, 3])];

  it('has the terms -t·log softmax(z), from probabilities and from logits, along either axis', () => {
    const feeds = { z: [1, 2, 3, -1, 0, 800], t: [0, 1, 0, 0, 0, 1] };
    const expected = [0, Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3)) - 2, 0, 0, 0, 0];
    const turned = (x: Tensor) => transpose(x, [1, 0]);
    const ofColumns = turned(termsOfLogits(turned(z), turned(t), 0));
    const all = interpret([termsOfLogits(z, t, 1), terms(softmax(z, 1), t), ofColumns], feeds);
    for (const { data } of all) {
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
    }
  });

  it('is the mean over the batch of the sum over the classes', async () => {
    const graph = trainingStep(linear(2), { batch: 2, loss: 'categorical' });
    const feeds: Record<string, number[]> = { target: [1, 0, 0, 1], weight: [1, 3] };
    for (const [name, shape] of graph.state) feeds[name] = new Array(elements(shape)).fill(0);
    const image = new Array(8).fill(1);
    const { data } = interpret([graph.outputs.loss!], { ...feeds, image })[0]!;
    expect(data[0]).toBeCloseTo((Math.LN2 + 3 * Math.LN2) / 2, 6);
  });
});

describe('a step with unknown targets', () => {
  const network = linear(3);
  const image = Float32Array.from(inputs.slice(0, 2).flat());
  const step = async (target: number[], hasMissing: boolean, loss: 'bce' | 'mse') => {
    const graph = trainingStep(network, { batch: 2, loss, hasMissing });
    const program = await compile(graph.outputs, { name: 'cpu', threads: 1 });
    const training = new TrainingStep(program, graph, network.initialState(1), 1);
    const batch: StepBatch = { image, target: Float32Array.from(target) };
    const { loss: value, prediction } = await training.run(batch, 0.1, 1);
    return { value, prediction: [...prediction], state: training.state };
  };

  it.each(['bce', 'mse'] as const)('has the mean loss (%s) of the known ones', async (loss) => {
    const target = [0.1, NaN, 0.7, NaN, NaN, 1];
    const { value, prediction, state } = await step(target, true, loss);
    const terms = target.map((t, i) => {
      const p = prediction[i]!;
      return loss === 'mse' ? (p - t) ** 2 : -t * Math.log(p) - (1 - t) * Math.log(1 - p);
    });
    const known = terms.filter((term) => !Number.isNaN(term));
    expect(known).toHaveLength(3);
    expect(value).toBeCloseTo(known.reduce((a, b) => a + b) / 3, 5);
    // The second output has no known target, so its weights do not move.
    const [before, after] = [network.initialState(1).get('1.weight')!, state['1.weight']!];
    expect(after.subarray(4, 8)).toEqual(before.subarray(4, 8));
    expect(after.subarray(0, 4)).not.toEqual(before.subarray(0, 4));
  });

  it('equals the usual step if all are known', async () => {
    const target = [0.1, 0.2, 0.7, 0, 0.5, 1];
    const [masked, plain] = [await step(target, true, 'bce'), await step(target, false, 'bce')];
    expect(masked.value).toBeCloseTo(plain.value, 6);
    for (const [name, values] of Object.entries(plain.state)) {
      for (const [i, value] of values.entries()) expect(masked.state[name]![i]).toBeCloseTo(value, 5);
    }
  });

  it('has the loss 0 if none is known', async () => {
    expect((await step([NaN, NaN, NaN, NaN, NaN, NaN], true, 'bce')).value).toBe(0);
  });
});
