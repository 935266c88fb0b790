import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/graph/interpret.ts';
import { nodePlatform } from '../node/platform.ts';
import { Random } from '../random/philox.ts';
import { classesTree } from '../tree/classes.ts';
import { defineTree } from '../tree/tree.ts';
import { fitProbe, foldCounts, type ProbeData, type ProbeOptions, probeGraphs } from './probe.ts';

/** Everybody is asked the first question, those who answer b the second one. */
const tree = defineTree({
  name: 'two',
  title: 'Two questions',
  source: 'test',
  questions: [
    {
      topic: 'first',
      text: '?',
      answers: [
        { text: 'a', column: 'a' },
        { text: 'b', column: 'b', next: 'second' },
      ],
    },
    { topic: 'second', text: '?', answers: ['c', 'd', 'e'].map((text) => ({ text, column: text })) },
  ],
});
const ANSWERS = 5;
const WIDTH = 3;
const cpu = { name: 'cpu', threads: 1 };

/** Galaxies whose shares follow from two of three features. The last fifth is only predicted. */
function someData(galaxies: number): ProbeData {
  const random = new Random(1, 'test');
  const features = Float32Array.from({ length: galaxies * WIDTH }, () => 5 + random.normal());
  const fractions = new Float32Array(galaxies * ANSWERS);
  for (let row = 0; row < galaxies; row++) {
    const [f, g] = [features[row * WIDTH]! - 5, features[row * WIDTH + 1]! - 5];
    const b = 1 / (1 + Math.exp(-2 * f));
    const powers = [g, -g, 0].map(Math.exp);
    const all = powers.reduce((a, b) => a + b);
    fractions.set([1 - b, b, ...powers.map((each) => (b * each) / all)], row * ANSWERS);
  }
  const weights = Float32Array.from({ length: 0.8 * galaxies }, (_, row) => 1 + (row % 2));
  return { tree, features, width: WIDTH, votes: fractions.slice(), fractions, weights };
}

const probe = (data: ProbeData, options: Partial<ProbeOptions> = {}) =>
  fitProbe(nodePlatform, data, { seed: 1, device: cpu, ...options });

it('the slopes of probes are those of finite differences', () => {
  const [galaxies, probes] = [4, 2];
  const { solve } = probeGraphs(tree, { width: WIDTH, galaxies, probes });
  const random = new Random(2, 'test');
  const uniform = (length: number) => Array.from({ length }, () => random.uniform(0.1, 1));
  const feeds: Record<string, number[]> = {
    x: uniform(WIDTH * galaxies),
    votes: uniform(ANSWERS * galaxies),
    share: uniform(probes * galaxies),
    penalty: [0.7],
    weight: uniform(ANSWERS * probes * WIDTH),
    bias: uniform(ANSWERS * probes),
  };
  const lossAt = (changed: Record<string, number[]>) =>
    interpret([solve.loss], { ...feeds, ...changed })[0]!.data[0]!;
  for (const [name, slope] of [
    ['weight', solve.weightSlope],
    ['bias', solve.biasSlope],
  ] as const) {
    const { data } = interpret([slope], feeds)[0]!;
    for (const [i, value] of feeds[name]!.entries()) {
      const at = (step: number) => lossAt({ [name]: feeds[name]!.with(i, value + step) });
      expect(data[i]).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 6);
    }
  }
});

describe('a probe', () => {
  it('finds the shares that follow from features, in galaxies that it has not seen', async () => {
    const data = someData(200);
    const { weight, bias, regularisation, scores, predicted } = await probe(data);
    expect(scores.map(({ regularisation }) => regularisation).slice(0, 3)).toEqual([100, 32, 10]);
    expect(scores.find((each) => each.regularisation === regularisation)!.rmse).toBe(
      Math.min(...scores.map(({ rmse }) => rmse)),
    );
    expect(regularisation).toBeLessThan(1e-3);
    for (let row = 160; row < 200; row++) {
      for (let i = 0; i < ANSWERS; i++)
        expect(predicted[row * ANSWERS + i]).toBeCloseTo(data.fractions[row * ANSWERS + i]!, 1.5);
    }
    // Weight and bias take features as they are.
    const logits = [0, 1].map((answer) =>
      [0, 1, 2].reduce((sum, i) => sum + weight[answer * WIDTH + i]! * data.features[i]!, bias[answer]!),
    );
    expect(predicted[1]).toBeCloseTo(1 / (1 + Math.exp(logits[0]! - logits[1]!)), 5);
  });

  it('has the weighted mean shares if the regularisation is strong', async () => {
    const { votes, ...data } = someData(40);
    // Unknown answers are no votes.
    votes.fill(0, 2, 5);
    const { predicted, scores } = await probe({ ...data, votes }, { regularisation: 1e6 });
    const totals = [...Array(ANSWERS).keys()].map((i) =>
      data.weights.reduce((sum, weight, row) => sum + weight * votes[row * ANSWERS + i]!, 0),
    );
    const [a, b, ...others] = totals;
    const second = others.reduce((x, y) => x + y);
    const expected = [
      a! / (a! + b!),
      b! / (a! + b!),
      ...others.map((each) => (b! / (a! + b!)) * (each / second)),
    ];
    for (const [i, each] of expected.entries()) expect(predicted[i]).toBeCloseTo(each, 2);
    expect(scores).toEqual([]);
  });

  it('is the optimum: the slope of its loss is 0', async () => {
    const { tree, features, votes, weights, ...data } = someData(100);
    const regularisation = 0.01;
    const { weight, predicted } = await probe(
      { ...data, tree, features, votes, weights },
      { regularisation },
    );
    const rows = [...weights.keys()];
    const all = rows.reduce(
      (sum, row) =>
        sum + weights[row]! * votes.subarray(row * ANSWERS, (row + 1) * ANSWERS).reduce((a, b) => a + b),
      0,
    );
    const mean = (of: (row: number) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
    for (let answer = 0; answer < 2; answer++) {
      // Of the first question: its predictions are shares, and all galaxies have one vote.
      const slope = (row: number) =>
        (weights[row]! / all) * (predicted[row * ANSWERS + answer]! - votes[row * ANSWERS + answer]!);
      expect(Math.abs(rows.length * mean(slope))).toBeLessThan(1e-4);
      for (let i = 0; i < WIDTH; i++) {
        const feature = (row: number) => features[row * WIDTH + i]!;
        const centre = mean(feature);
        const deviation = Math.sqrt(mean((row) => (feature(row) - centre) ** 2));
        const ofVotes = rows.length * mean((row) => (slope(row) * (feature(row) - centre)) / deviation);
        const ofPenalty = regularisation * weight[answer * WIDTH + i]! * deviation;
        expect(Math.abs(ofVotes + ofPenalty)).toBeLessThan(1e-4);
      }
    }
  });

  it('does not depend on the scale of a feature, and is the same again', async () => {
    const data = someData(60);
    const { predicted, regularisation } = await probe(data);
    const scaled = data.features.map((value, i) => (i % WIDTH === 1 ? 100 * value - 7 : value));
    const other = await probe({ ...data, features: scaled });
    expect(other.regularisation).toBe(regularisation);
    for (const [i, each] of other.predicted.entries()) expect(each).toBeCloseTo(predicted[i]!, 2);
    expect((await probe(data)).predicted).toEqual(predicted);
  });

  it('separates classes, and features without spread do nothing', async () => {
    const classes = classesTree(['x', 'y']);
    const rows = Array.from({ length: 40 }, (_, i) => i % 2);
    const features = Float32Array.from(rows.flatMap((each, i) => [each + (i % 7) / 10, 3]));
    const fractions = Float32Array.from(rows.flatMap((each) => [1 - each, each]));
    const weights = new Float32Array(40).fill(1);
    const data = { tree: classes, features, width: 2, votes: fractions, fractions, weights };
    const { predicted, weight } = await probe(data);
    for (const [row, each] of rows.entries()) expect(Math.round(predicted[2 * row + 1]!)).toBe(each);
    expect([weight[1], weight[3]]).toEqual([expect.closeTo(0, 9), expect.closeTo(0, 9)]);
  });

  it('is tested on all folds of few galaxies, and on fewer of many', () => {
    const expected = { 3: [3, 3], 200: [5, 5], 1000: [5, 5], 2000: [5, 3], 5000: [5, 1], 10000: [5, 1] };
    for (const [galaxies, [folds, probes]] of Object.entries(expected))
      expect(foldCounts(Number(galaxies))).toEqual({ folds, probes });
  });

  it('stops at a signal', async () => {
    await expect(probe(someData(10), { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
  });

  it('is refused without galaxies or votes', async () => {
    const data = someData(10);
    const one = data.weights.subarray(0, 1);
    await expect(probe({ ...data, weights: one })).rejects.toThrow(
      'expected two galaxies or more to train a probe on, got 1',
    );
    await expect(probe({ ...data, votes: new Float32Array(50) })).rejects.toThrow(
      'expected votes in each fold',
    );
  });
});
