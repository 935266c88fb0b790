import { describe, expect, it } from 'vitest';
import { winnersHead } from '../../test/fixtures/winnersHead.ts';
import { divide, multiply } from '../engine/graph/elementwise.ts';
import { gradients } from '../engine/graph/gradient.ts';
import { interpret } from '../engine/graph/interpret.ts';
import { sum } from '../engine/graph/reduce.ts';
import { transpose } from '../engine/graph/shape.ts';
import { constant, input, type Tensor } from '../engine/graph/tensor.ts';
import { compile } from '../node/runtime/device.ts';
import { Random } from '../random/philox.ts';
import { trainingGraph } from '../train/step.ts';
import { brokenSums } from '../tree/sums.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { GalaxyNetwork } from './galaxyNetwork.ts';
import { HEADS, headConcentrations, headFractions, headsOf } from './head.ts';
import { describeNetwork, networkNames } from './networks.ts';

const CPU = { name: 'cpu', threads: 1 };
const SUM_KEEPERS = ['tree', 'softmax', 'dirichlet'] as const;

/** Rows of logits [N, 37]; `of` gives the logit of a row and column. */
const rowsOf = (count: number, of: (row: number, column: number) => number) =>
  Float32Array.from({ length: count * GALAXY_ZOO_2.columns.length }, (_, i) =>
    of(Math.floor(i / GALAXY_ZOO_2.columns.length), i % GALAXY_ZOO_2.columns.length),
  );

const random = new Random(4, 'view');
/** Each row is uniform in ±10ᵏ, k from -4 to 4. */
const ROWS = 90;
const WIDELY = rowsOf(ROWS, (row) => random.uniform(-1, 1) * 10 ** ((row % 9) - 4));
const isOf = (question: number, column: number) =>
  column >= GALAXY_ZOO_2.questions[question]!.start && column < GALAXY_ZOO_2.questions[question]!.end;

/** Difficult logits for a head. */
const HARD: Readonly<Record<string, Float32Array>> = {
  'of scales from 1e-4 to 1e4': WIDELY,
  'none of them above 0': WIDELY.map((value) => -Math.abs(value)),
  'with one dead question in each row': rowsOf(GALAXY_ZOO_2.questions.length, (row, column) =>
    isOf(row, column) ? -random.uniform(0, 5) : random.uniform(-5, 5),
  ),
  'of exactly 0': new Float32Array(GALAXY_ZOO_2.columns.length),
  'of ±80': rowsOf(40, () => (random.uniform() < 0.5 ? 80 : -80)),
  'all 80 except one': rowsOf(GALAXY_ZOO_2.columns.length, (row, column) => (row === column ? -80 : 80)),
  'all -80 except one': rowsOf(GALAXY_ZOO_2.columns.length, (row, column) => (row === column ? 80 : -80)),
};

/** A head on [N, 37], and the gradient of Σ fractions · seed with respect to the logits. */
function headGraph(make: (logits: Tensor) => Tensor, count: number, seed: ArrayLike<number>) {
  const logits = input('logits', [count, GALAXY_ZOO_2.columns.length]);
  const fractions = make(logits);
  const weighted = multiply(
    fractions,
    constant(Float32Array.from(seed), [count, GALAXY_ZOO_2.columns.length]),
  );
  const [gradient] = gradients(sum(weighted), [logits]);
  return { fractions, gradient: gradient! };
}

const seedOf = (count: number) => {
  const draw = new Random(5, 'view');
  return Float32Array.from({ length: count * GALAXY_ZOO_2.columns.length }, () => draw.uniform(-1, 1));
};

describe.each(SUM_KEEPERS)('the head %s', (head) => {
  it.each(Object.entries(HARD))('keeps every sum in float32 for logits %s', async (_, logits) => {
    const count = logits.length / GALAXY_ZOO_2.columns.length;
    const graph = headGraph((each) => headFractions(GALAXY_ZOO_2, { head }, each, 1), count, seedOf(count));
    const program = await compile(graph, CPU);
    const { fractions, gradient } = await program.run({ logits });
    await program.release();
    expect(brokenSums(GALAXY_ZOO_2, fractions!, 1e-6)).toEqual([]);
    expect(fractions!.every((value) => value >= 0 && value <= 1 + 1e-6)).toBe(true);
    expect(gradient!.every(Number.isFinite)).toBe(true);
  });

  it('gives the same along either axis', async () => {
    const logits = input('logits', [ROWS, GALAXY_ZOO_2.columns.length]);
    const turned = transpose(headFractions(GALAXY_ZOO_2, { head }, transpose(logits, [1, 0]), 0), [1, 0]);
    const [a, b] = interpret([headFractions(GALAXY_ZOO_2, { head }, logits, 1), turned], { logits: WIDELY });
    expect(a!.data).toEqual(b!.data);
  });

  it('has the gradient of finite differences, through the parents too', () => {
    // The rows: mixed signs, all questions dead, one question dead. No logit is near the kink at 0.
    const away = (value: number) => value + Math.sign(value) * 0.05;
    const draw = new Random(6, 'view');
    const rows = rowsOf(3, (row, column) => {
      const value = away(draw.uniform(-2, 2));
      return row === 1 || (row === 2 && isOf(3, column)) ? -Math.abs(value) : value;
    });
    const seed = seedOf(3);
    const { fractions, gradient } = headGraph(
      (each) => headFractions(GALAXY_ZOO_2, { head }, each, 1),
      3,
      seed,
    );
    const [exact] = interpret([gradient!], { logits: rows });
    const lossAt = (at: number, moved: number) => {
      const { data } = interpret([fractions], { logits: Float64Array.from(rows).with(at, moved) })[0]!;
      return data.reduce((all, value, i) => all + value * seed[i]!, 0);
    };
    const step = 1e-5;
    for (const [at, value] of rows.entries()) {
      const difference = (lossAt(at, value + step) - lossAt(at, value - step)) / (2 * step);
      expect(Math.abs(difference - exact!.data[at]!), `logit ${at}`).toBeLessThan(1e-7);
    }
    // A child's fraction depends on the questions that lead to it: Q11 on Q1, two parents up.
    const ofSpiralArms = rowsOf(3, (_, column) => (column === 31 ? 1 : 0));
    const through = headGraph(
      (each) => headFractions(GALAXY_ZOO_2, { head }, each, 1),
      3,
      ofSpiralArms,
    ).gradient;
    const { data } = interpret([through!], { logits: rows })[0]!;
    expect(data.subarray(0, 3).some((value) => Math.abs(value) > 1e-6)).toBe(true);
    expect(data.subarray(9, 31).every((value) => value === 0)).toBe(true);
  });
});

describe('a dead question (all logits ≤ 0)', () => {
  /** The fractions, and the gradient of Q1's first answer with respect to Q1's logits, which are all ≤ 0; in float32. */
  async function gradientOf(make: (logits: Tensor) => Tensor, ofQ1: readonly number[]) {
    const logits = rowsOf(1, (_, column) => (column < 3 ? ofQ1[column]! : 1));
    const seed = rowsOf(1, (_, column) => (column === 0 ? 1 : 0));
    const program = await compile(headGraph(make, 1, seed), CPU);
    const { fractions, gradient } = await program.run({ logits });
    await program.release();
    return { fractions: [...fractions!], gradient: [...gradient!.subarray(0, 3)] };
  }
  const dead = [-0.5, -1, -2];

  it('has the shares of a softmax with the head tree, and learns', async () => {
    const exponentials = dead.map(Math.exp);
    const [p0, p1, p2] = exponentials.map((each) => each / exponentials.reduce((a, b) => a + b));
    const { fractions, gradient } = await gradientOf(
      (each) => headFractions(GALAXY_ZOO_2, { head: 'tree' }, each, 1),
      dead,
    );
    for (const [i, p] of [p0, p1, p2].entries()) expect(fractions[i]).toBeCloseTo(p!, 6);
    for (const [i, g] of [p0! * (1 - p0!), -p0! * p1!, -p0! * p2!].entries())
      expect(gradient[i]).toBeCloseTo(g, 6);
  });

  it.each([[[-1, -1, -1]], [[0, 0, 0]], [[-5, -4, -3]]])(
    'has a finite gradient that is not zero for the logits %j',
    async (ofQ1) => {
      const { gradient } = await gradientOf(
        (each) => headFractions(GALAXY_ZOO_2, { head: 'tree' }, each, 1),
        ofQ1,
      );
      expect(gradient.every(Number.isFinite)).toBe(true);
      expect(gradient.every((value) => Math.abs(value) > 1e-3)).toBe(true);
    },
  );

  it("gives zeros and learns nothing with the winner's original head", async () => {
    const { fractions, gradient } = await gradientOf((each) => winnersHead(each, 1), dead);
    expect(fractions.slice(0, 3)).toEqual([0, 0, 0]);
    expect(gradient.map(Math.abs)).toEqual([0, 0, 0]);
    expect(brokenSums(GALAXY_ZOO_2, fractions)[0]).toMatchObject({ question: 1, sum: 0, expected: 1 });
  });
});

it("the head tree differs from the winner's by a hundredth of a softmax", () => {
  const logits = rowsOf(20, (_, column) => (column % 2 === 0 ? random.uniform(1, 9) : random.uniform(-9, 9)));
  const at = input('logits', [20, GALAXY_ZOO_2.columns.length]);
  const [ours, winners] = interpret(
    [headFractions(GALAXY_ZOO_2, { head: 'tree' }, at, 1), winnersHead(at, 1)],
    {
      logits,
    },
  );
  // c is at least 1 in each question, so each of at most four shares in a product differs by less than 0.01.
  for (const [i, value] of ours!.data.entries())
    expect(Math.abs(value - winners!.data[i]!)).toBeLessThan(0.04);
});

describe('the temperature', () => {
  const at = input('logits', [20, GALAXY_ZOO_2.columns.length]);
  const logits = rowsOf(20, () => random.uniform(-3, 3));
  const fractionsOf = (...options: Parameters<typeof headFractions>) =>
    interpret([headFractions(...options)], { logits })[0]!.data;

  it('divides the logits of a softmax', () => {
    const [plain, head] = [{ head: 'softmax' } as const, { head: 'softmax', temperature: 2.5 } as const];
    const divided = fractionsOf(GALAXY_ZOO_2, plain, divide(at, 2.5), 1);
    for (const [i, each] of fractionsOf(GALAXY_ZOO_2, head, at, 1).entries())
      expect(each).toBeCloseTo(divided[i]!, 9);
  });

  it('flattens the shares of the tree head, and keeps its sums', () => {
    const flat = fractionsOf(GALAXY_ZOO_2, { head: 'tree', temperature: 1e6 }, at, 1);
    for (let row = 0; row < 20; row++) expect(flat[row * 37]).toBeCloseTo(1 / 3, 4);
    expect(brokenSums(GALAXY_ZOO_2, flat)).toEqual([]);
  });

  it('divides the concentrations of a Dirichlet distribution, and keeps its expected shares', () => {
    const warm = { head: 'dirichlet', temperature: 4 } as const;
    const [one, divided] = interpret(
      [headConcentrations({ head: 'dirichlet' }, at)!, headConcentrations(warm, at)!],
      { logits },
    );
    expect(divided!.data).toEqual(one!.data.map((each) => each / 4));
    expect(fractionsOf(GALAXY_ZOO_2, warm, at, 1)).toEqual(
      fractionsOf(GALAXY_ZOO_2, { head: 'dirichlet' }, at, 1),
    );
    expect(headConcentrations({ head: 'softmax' }, at)).toBeUndefined();
  });
});

it('a loss trains the heads that fit it', () => {
  expect(headsOf('bce')).toEqual(['sigmoid', 'tree', 'softmax']);
  expect(headsOf('multinomial')).toEqual(['softmax', 'tree']);
  expect(headsOf('dirichlet-multinomial')).toEqual(['dirichlet']);
});

describe.each(HEADS)('with the head %s', (head) => {
  it.each(networkNames())('%s and its training step can be built', (name) => {
    const network = new GalaxyNetwork(
      describeNetwork(name, { tree: GALAXY_ZOO_2, channels: [32, 32, 32, 32], head }),
      GALAXY_ZOO_2,
    );
    expect(network.head).toBe(head);
    const { outputs, state } = trainingGraph(network, { batch: 4, loss: 'bce', method: 'direct' });
    expect(outputs.loss!.shape).toEqual([]);
    expect(outputs.prediction!.shape).toEqual([4, GALAXY_ZOO_2.columns.length]);
    for (const { name: parameter, shape } of network.parameters) {
      expect(outputs[`new.${parameter}`]!.shape, parameter).toEqual(shape);
      expect(state.get(parameter)).toEqual(shape);
    }
  });
});
