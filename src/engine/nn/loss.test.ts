/** Losses for counts: against sums of logarithms, finite differences and ONNX Runtime. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../node/runtime/device.ts';
import { Random } from '../../random/philox.ts';
import { logRising } from '../graph/elementwise.ts';
import { gradients } from '../graph/gradient.ts';
import { interpret } from '../graph/interpret.ts';
import { sum } from '../graph/reduce.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { fit as fitNetwork } from '../index.node.ts';
import { ACTIVATIONS, LOSSES } from './loss.ts';
import { Network } from './network.ts';
import { groupMatrix } from './trainingStep.ts';

/** log x (x + 1) ⋯ (x + k - 1), term by term. */
const risingSum = (x: number, k: number) =>
  Array.from({ length: k }, (_, j) => Math.log(x + j)).reduce((a, b) => a + b, 0);

describe('logRising', () => {
  const xs = [1e-3, 0.3, 1, 2.5, 17, 101, 700, 5000];
  const ks = [0, 1, 2, 3, 10, 44, 300, 2000];
  const feeds = {
    x: Float32Array.from(xs.flatMap((x) => ks.map(() => x))),
    k: Float32Array.from(xs.flatMap(() => ks)),
  };
  const [x, k] = [input('x', [64]), input('k', [64])];
  const value = logRising(x, k);
  const [slope] = gradients(sum(value), [x]);
  const exact = Array.from(feeds.x, (each, i) => risingSum(each, feeds.k[i]!));
  /** Σ 1/(x + j). */
  const slopes = Array.from(feeds.x, (each, i) =>
    Array.from({ length: feeds.k[i]! }, (_, j) => 1 / (each + j)).reduce((a, b) => a + b, 0),
  );
  const error = (a: ArrayLike<number>, b: readonly number[]) =>
    Math.max(...b.map((each, i) => Math.abs(a[i]! - each) / Math.max(1, Math.abs(each))));

  it('is the sum of logarithms, and its gradient the sum of reciprocals', () => {
    const [values, gradient] = interpret([value, slope], feeds);
    expect(error(values!.data, exact)).toBeLessThan(1e-8);
    expect(error(gradient!.data, slopes)).toBeLessThan(1e-7);
  });

  it('agrees with the sums in float32', async () => {
    const program = await compile({ value, slope }, { name: 'cpu', threads: 1 });
    const result = await program.run(feeds);
    await program.release();
    expect(error(result.value, exact)).toBeLessThan(2e-6);
    expect(error(result.slope, slopes)).toBeLessThan(1e-5);
  });

  it('is exactly 0 without votes', async () => {
    const program = await compile({ value: logRising(x, 0) }, { name: 'cpu', threads: 1 });
    expect((await program.run({ x: feeds.x })).value).toEqual(new Float32Array(64));
    await program.release();
  });
});

describe.each(['multinomial', 'dirichlet-multinomial'] as const)('the loss %s', (name) => {
  const groups = [
    { start: 0, end: 3 },
    { start: 3, end: 5 },
  ];
  const random = new Random(3, 'test');
  const rows = 4;
  const logits = Float64Array.from({ length: rows * 5 }, () => random.uniform(-3, 3));
  // Many votes, few, none for a group, and all for one answer.
  const counts = [40, 3, 1, 20, 20, 1, 0, 2, 1, 0, 12, 30, 5, 0, 0, 0, 300, 0, 0, 44];
  const { terms, activation } = LOSSES[name];
  const distributionOf = (z: Tensor) =>
    activation === 'concentrations' ? ACTIVATIONS.concentrations(z, 1) : ACTIVATIONS.sigmoid(z, 1);
  const z = input('z', [rows, 5]);
  const loss = terms(distributionOf(z), input('counts', [rows, 5]), groupMatrix(5, groups));
  const feeds = { z: logits, counts };

  it('is minus the log-likelihood of each group', () => {
    const logFactorial = (n: number) => risingSum(1, n);
    const distribution = interpret([distributionOf(z)], feeds)[0]!.data;
    const expected = Array.from({ length: rows }, (_, row) =>
      groups.map(({ start, end }) => {
        const own = counts.slice(row * 5 + start, row * 5 + end);
        const at = distribution.slice(row * 5 + start, row * 5 + end);
        const votes = own.reduce((a, b) => a + b, 0);
        const orders = logFactorial(votes) - own.reduce((all, each) => all + logFactorial(each), 0);
        const likelihood =
          name === 'multinomial'
            ? own.reduce((all, each, i) => all + each * Math.log(at[i]!), 0)
            : own.reduce((all, each, i) => all + risingSum(at[i]!, each), 0) -
              risingSum(
                at.reduce((a, b) => a + b, 0),
                votes,
              );
        return -(orders + likelihood);
      }),
    ).flat();
    const [computed] = interpret([loss], feeds);
    expect(computed!.shape).toEqual([rows, 2]);
    for (const [i, each] of expected.entries()) expect(computed!.data[i]).toBeCloseTo(each, 5);
    expect(Math.abs(computed!.data[5]!)).toBe(0); // a group without votes
  });

  it('has the gradient of finite differences', () => {
    const total = sum(loss);
    const exact = interpret(gradients(total, [z]), feeds)[0]!.data;
    const at = (i: number, moved: number) =>
      interpret([total], { counts, z: logits.with(i, logits[i]! + moved) })[0]!.data[0]!;
    for (const i of logits.keys()) {
      const difference = (at(i, 1e-4) - at(i, -1e-4)) / 2e-4;
      expect(Math.abs(difference - exact[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(difference)));
    }
  });

  it('learns shares from counts in `fit`', async () => {
    const network = new Network({
      input: { size: 2, channels: 1 },
      layers: [{ flatten: true }, { dense: 2 }],
    });
    const inputs = Array.from({ length: 64 }, (_, i) => [i % 2, 1 - (i % 2), 0, 0]);
    const labels = inputs.map(([odd]) => (odd ? [30, 10] : [1, 9]));
    const options = { epochs: 150, batch: 64, learningRate: 0.1, loss: name, device: { threads: 1 } };
    const { predict, history } = await fitNetwork(network, { inputs, labels }, options);
    const shares = (await predict(inputs.slice(0, 2))).map(([a, b]) => a! / (a! + b!));
    expect(shares[0]).toBeCloseTo(0.1, 1);
    expect(shares[1]).toBeCloseTo(0.75, 1);
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
  });
});
