/** The arithmetic of one training step, against loops in float64 and against PyTorch. */
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/graph/interpret.ts';
import { constant, input } from '../engine/graph/tensor.ts';
import { MOMENTS } from '../engine/nn/adam.ts';
import { clipNorm } from '../engine/nn/clipNorm.ts';
import { OPTIMIZERS, type Optimizer, type OptimizerName } from '../engine/nn/optimizer.ts';
import { AVERAGE, type StepBatch, type StepOptions, TrainingStep } from '../engine/nn/trainingStep.ts';
import { GalaxyNetwork } from '../model/galaxyNetwork.ts';
import { HEADS, type Head, headFractions } from '../model/head.ts';
import { voteLogLikelihood } from '../model/likelihood.ts';
import { compile } from '../node/runtime/device.ts';
import { Random } from '../random/philox.ts';
import { projectOntoTree } from '../tree/conditional.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { trainingGraph } from './step.ts';

const CPU = { name: 'cpu', threads: 1 };
const BATCH = 5;
const SIZE = 2;
const FEATURES = SIZE * SIZE * 3;
const RATE = 0.01;

const random = new Random(7, 'view');
const uniform = (count: number, low = -1, high = 1) =>
  Float32Array.from({ length: count }, () => random.uniform(low, high));

/** Pictures of 2×2 pixels, straight to 37 logits: gradients follow by hand. */
const linear = (head: Head = 'sigmoid') =>
  new GalaxyNetwork(
    { input: { size: SIZE, channels: 3 }, layers: [{ flatten: true }, { dense: 37 }], head },
    GALAXY_ZOO_2,
  );

/** A network with a layer to freeze. */
const CONVOLUTIONS = new GalaxyNetwork(
  {
    input: { size: 4, channels: 3 },
    layers: [
      { convolution: { channels: 2, kernel: 3 } },
      { convolution: { channels: 2, kernel: 3, pool: 'max' } },
      { flatten: true },
      { dense: 37 },
    ],
  },
  GALAXY_ZOO_2,
);

const targets = (count: number) =>
  Float32Array.from(
    Array.from({ length: count }, () => [...projectOntoTree(GALAXY_ZOO_2, uniform(37, 0, 1))]).flat(),
  );

const batchFor = ({ description: { input } }: GalaxyNetwork): StepBatch => ({
  image: uniform(input.size ** 2 * 3 * BATCH),
  target: targets(BATCH),
});
const SMALL_BATCH = batchFor(linear());
const WEIGHT = uniform(37 * FEATURES, -0.5, 0.5);
const BIAS = uniform(37, -0.5, 0.5);
const START = new Map([
  ['1.weight', WEIGHT],
  ['1.bias', BIAS],
]);

type Settings = Partial<Omit<StepOptions, 'batch'>>;

/** Compiles the step of a network once; the returned function starts anew each time. */
async function trainer(network: GalaxyNetwork, settings: Settings = {}) {
  const graph = trainingGraph(network, { batch: BATCH, loss: 'bce', method: 'direct', ...settings });
  const program = await compile(graph.outputs, CPU);
  /** Takes a step on each batch. `states` has the state after each step; `state` and `fractions` are those of the last. */
  return async (initial: ReadonlyMap<string, Float32Array>, batches: readonly StepBatch[]) => {
    const step = new TrainingStep(program, graph, initial, 1);
    const losses: number[] = [];
    const states: Record<string, Float32Array>[] = [];
    let prediction = new Float32Array();
    for (const [i, batch] of batches.entries()) {
      const result = await step.run(batch, RATE, i + 1);
      losses.push(result.loss);
      prediction = Float32Array.from(result.prediction);
      states.push(
        Object.fromEntries(Object.entries(step.state).map(([name, data]) => [name, Float32Array.from(data)])),
      );
    }
    return { states, state: states[states.length - 1], losses, prediction };
  };
}

/** Takes steps with a network that is compiled just for them. */
const take = async (
  network: GalaxyNetwork,
  initial: ReadonlyMap<string, Float32Array>,
  batches: readonly StepBatch[],
  settings: Settings = {},
) => (await trainer(network, settings))(initial, batches);

/** Expects arrays of equal length whose numbers differ by no more than `tolerance`. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what = '') {
  expect(actual.length).toBe(expected.length);
  const differences = Array.from(actual, (value, i) => Math.abs(value - expected[i]!));
  expect(Math.max(...differences), what).toBeLessThan(tolerance);
  expect(differences.some(Number.isNaN), what).toBe(false);
}

/** The linear network with its head sigmoid, in plain loops: fractions [N, 37], loss, gradient of weights and biases. */
function byHand(
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  { image, target, weight: counts }: StepBatch,
  loss: 'bce' | 'mse' = 'bce',
) {
  const fractions = new Float64Array(BATCH * 37);
  const ofWeight = new Float64Array(37 * FEATURES);
  const ofBias = new Float64Array(37);
  let total = 0;
  for (let n = 0; n < BATCH; n++) {
    const count = (counts?.[n] ?? 1) / (BATCH * 37);
    // Features in PyTorch's order (C, H, W), out of [H, W, C, N].
    const features = Array.from({ length: FEATURES }, (_, i) => {
      const [channel, place] = [Math.floor(i / SIZE ** 2), i % SIZE ** 2];
      return image[(place * 3 + channel) * BATCH + n];
    });
    for (let o = 0; o < 37; o++) {
      const z = features.reduce((all, x, i) => all! + x! * weight[o * FEATURES + i]!, bias[o]);
      const p = 1 / (1 + Math.exp(-z!));
      const t = target[n * 37 + o];
      fractions[n * 37 + o] = p;
      total += count * (loss === 'bce' ? -t! * Math.log(p) - (1 - t!) * Math.log(1 - p) : (p - t!) ** 2);
      const slope = count * (loss === 'bce' ? p - t! : 2 * (p - t!) * p * (1 - p));
      ofBias[o]! += slope;
      features.forEach((x, i) => {
        ofWeight[o * FEATURES + i]! += slope * x!;
      });
    }
  }
  return { fractions, loss: total, ofWeight, ofBias };
}

/** Adam and AdamW as in PyTorch's documentation, in float64; `p` and its moments are changed in place. */
function adamByHand(
  { p, m, v }: Record<'p' | 'm' | 'v', Float64Array>,
  gradient: ArrayLike<number>,
  t: number,
  {
    optimizer = 'adam',
    weightDecay = 0,
    rate = RATE,
  }: { optimizer?: 'adam' | 'adamw'; weightDecay?: number; rate?: number } = {},
): void {
  for (let i = 0; i < p.length; i++) {
    let g = gradient[i];
    if (optimizer === 'adamw') p[i]! -= rate * weightDecay * p[i]!;
    else g! += weightDecay * p[i]!;
    m[i] = 0.9 * m[i]! + 0.1 * g!;
    v[i] = 0.999 * v[i]! + 0.001 * g! * g!;
    p[i]! -= (rate * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
  }
}

const fresh = (values: ArrayLike<number>) => ({
  p: Float64Array.from(values),
  m: new Float64Array(values.length),
  v: new Float64Array(values.length),
});

/** The first step's gradient, a tenth of which is in the first moments. */
const gradientOf = (state: Readonly<Record<string, Float32Array>>, name: string) =>
  state[MOMENTS.first + name]!.map((value) => value * 10);

describe('a step of a linear network', () => {
  it.each(['bce', 'mse'] as const)(
    'equals plain loops in fractions, loss (%s) and gradients',
    async (loss) => {
      const { state, losses, prediction } = await take(linear(), START, [SMALL_BATCH], { loss });
      const expected = byHand(WEIGHT, BIAS, SMALL_BATCH, loss);
      expectClose(prediction, expected.fractions, 1e-6);
      expectClose(losses, [expected.loss], 1e-6);
      expectClose(gradientOf(state!, '1.weight'), expected.ofWeight, 1e-7);
      expectClose(gradientOf(state!, '1.bias'), expected.ofBias, 1e-7);
    },
  );

  it.each<['adam' | 'adamw', number, number | undefined]>([
    ['adam', 0, undefined],
    ['adam', 0.1, undefined],
    ['adamw', 0, undefined],
    ['adamw', 0.1, undefined],
    ['adam', 0.1, 0.02],
    ['adamw', 0.1, 0.02],
  ])(
    '%s with decay %f and gradients clipped to %f equals plain loops for three steps',
    async (optimizer, weightDecay, largest) => {
      const batches = [SMALL_BATCH, batchFor(linear()), batchFor(linear())];
      const settings = { optimizer, weightDecay, clipNorm: largest };
      const { state, losses } = await take(linear(), START, batches, settings);
      const [weight, bias] = [fresh(WEIGHT), fresh(BIAS)];
      const expected = batches.map((batch, i) => {
        const { loss, ofWeight, ofBias } = byHand(weight.p, bias.p, batch);
        const norm = Math.sqrt([...ofWeight, ...ofBias].reduce((all, g) => all + g * g, 0));
        const factor = largest === undefined ? 1 : Math.min(1, largest / (norm + 1e-6));
        if (largest !== undefined) expect(factor).toBeLessThan(0.9); // otherwise nothing is tested
        const held = (each: Float64Array) => each.map((g) => g * factor);
        adamByHand(weight, held(ofWeight), i + 1, { optimizer, weightDecay });
        adamByHand(bias, held(ofBias), i + 1, { optimizer, weightDecay });
        return loss;
      });
      expectClose(losses, expected, 1e-6);
      // Adam divides by the gradient's size: if that is small, float32 rounding is a larger share of the step.
      expectClose(state!['1.weight']!, weight.p, 1e-5);
      expectClose(state!['1.bias']!, bias.p, 1e-5);
      expectClose(state![`${MOMENTS.first}1.weight`]!, weight.m, 1e-7);
      expectClose(state![`${MOMENTS.second}1.weight`]!, weight.v, 1e-8);
    },
  );

  it('decays parameters without a gradient: AdamW by 1 - rate · decay, Adam by a whole step', async () => {
    // All pictures have weight 0, so every gradient is 0.
    const batch = { ...SMALL_BATCH, weight: new Float32Array(BATCH) };
    const weightAfter = async (settings: Settings) =>
      (await take(linear(), START, [batch], settings)).state!['1.weight']!;
    expect(await weightAfter({})).toEqual(WEIGHT);
    expect(await weightAfter({ optimizer: 'adamw', weightDecay: 0 })).toEqual(WEIGHT);
    const decayed = WEIGHT.map((w) => w * (1 - RATE * 0.5));
    expectClose(await weightAfter({ optimizer: 'adamw', weightDecay: 0.5 }), decayed, 1e-7);
    const stepped = WEIGHT.map((w) => w - RATE * Math.sign(w));
    expectClose(await weightAfter({ weightDecay: 0.5 }), stepped, 1e-6);
  });
});

describe('optimizers, against PyTorch', () => {
  // torch 1.13.0a0, float64, lr 0.01: optim.Adam and optim.AdamW on P with these gradients, one per step.
  const P = [0.5, -1.25, 2];
  const GRADIENTS = [
    [0.3, -0.02, 1.5],
    [-0.1, 0.4, 0.7],
    [0.05, -0.6, -0.2],
  ];

  it.each<[OptimizerName, number, number[]]>([
    ['adam', 0, [0.4819435609772368, -1.2448285637030683, 1.9744722181607155]],
    ['adam', 0.1, [0.4785905743143873, -1.2386658097835803, 1.9733353548331192]],
    ['adamw', 0.01, [0.48179597609522423, -1.2444548913359432, 1.973875200013778]],
    ['adamw', 0.1, [0.480469052662111, -1.241095204794321, 1.9685074257113397]],
    // torch 2.13.0, momentum 0.9
    ['sgd', 0, [0.49327, -1.251058, 1.94805]],
    ['sgd', 0.1, [0.4904777965, -1.24404825855, 1.936903583]],
  ])('%s with decay %f, three steps', (name, weightDecay, expected) => {
    const optimizer: Optimizer = OPTIMIZERS[name];
    const scalars = Object.keys(optimizer.rates(1, 1));
    const at = (each: string) => input(each, [3]);
    const after = optimizer.update(
      { parameter: at('p'), moments: optimizer.moments.map(at) },
      at('g'),
      Object.fromEntries(scalars.map((each) => [each, input(each, [])])),
      { weightDecay, rateFactor: 1 },
    );
    let state: ArrayLike<number>[] = [P, ...optimizer.moments.map(() => [0, 0, 0])];
    for (const [i, g] of GRADIENTS.entries()) {
      const rates = Object.entries(optimizer.rates(0.01, i + 1)).map(([each, value]) => [each, [value]]);
      const fed = Object.fromEntries(optimizer.moments.map((each, m) => [each, state[m + 1]!]));
      const results = interpret([after.parameter, ...after.moments], {
        p: state[0]!,
        g,
        ...fed,
        ...Object.fromEntries(rates),
      });
      state = results.map(({ data }) => data);
    }
    // Constants of the graph, β₁ and β₂ among them, are float32.
    expectClose(state[0]!, expected, 1e-7);
  });

  // torch 1.13.0a0: nn.utils.clip_grad_norm_ of these two together.
  it.each([
    [
      1,
      [
        0.11685981602128531, -0.0077906544014190214, 0.5842990801064266, 0.19476636003547554,
        -0.7790654401419022,
      ],
    ],
    [10, [0.3, -0.02, 1.5, 0.5, -2]],
  ])('clip_grad_norm_ to %i', (largest, expected) => {
    const of = (values: number[], shape: number[]) => constant(Float32Array.from(values), shape);
    const held = clipNorm([of([0.3, -0.02, 1.5], [3]), of([0.5, -2], [2, 1])], largest);
    expectClose(
      interpret(held).flatMap(({ data }) => [...data]),
      expected,
      1e-7,
    );
  });
});

describe('rates of layers', () => {
  const initial = CONVOLUTIONS.initialState(3);
  const batch = batchFor(CONVOLUTIONS);
  const ofLayer = (i: number) => CONVOLUTIONS.layers[i]!.parameters.map(({ name }) => name);
  const movedBy = (state: Readonly<Record<string, Float32Array>>, name: string) =>
    state[name]!.map((value, i) => value - initial.get(name)![i]!);

  it('make a layer of half the rate move half as far in the first step, and change nothing else', async () => {
    const { state: whole } = await take(CONVOLUTIONS, initial, [batch]);
    const rateFactors = new Map([['conv2', 0.5]]);
    const { state: half } = await take(CONVOLUTIONS, initial, [batch], { rateFactors });
    const trained = CONVOLUTIONS.parameters.filter(({ isTrained }) => isTrained);
    for (const { name } of trained) {
      const factor = ofLayer(1).includes(name) ? 0.5 : 1;
      const expected = movedBy(whole!, name).map((value) => value * factor);
      expectClose(movedBy(half!, name), expected, 1e-7, name);
    }
    expect(Math.max(...movedBy(whole!, '3.weight').map(Math.abs))).toBeGreaterThan(0.9 * RATE);
  });

  it("also scale AdamW's decay, as the rates of PyTorch's groups do", async () => {
    const nothing = { ...batch, weight: new Float32Array(BATCH) };
    const rateFactors = new Map([['conv2', 0.5]]);
    const settings = { optimizer: 'adamw', weightDecay: 0.5, rateFactors } as const;
    const { state } = await take(CONVOLUTIONS, initial, [nothing], settings);
    for (const [name, factor] of [
      ['0.weight', 1],
      ['3.weight', 0.5],
    ] as const) {
      expectClose(
        state![name]!,
        initial.get(name)!.map((w) => w * (1 - RATE * factor * 0.5)),
        1e-7,
        name,
      );
    }
  });

  it('of 0 keep parameters and running statistics bit for bit, with or without decay; others move', async () => {
    const rateFactors = new Map([['conv1', 0]]);
    const settings = { rateFactors, optimizer: 'adamw', weightDecay: 0.1, weightAverage: 0.5 } as const;
    const { state } = await take(CONVOLUTIONS, initial, [batch, batchFor(CONVOLUTIONS)], settings);
    for (const name of ofLayer(0)) {
      expect(state![name], name).toEqual(initial.get(name));
      expectClose(state![AVERAGE + name]!, initial.get(name)!, 1e-6, name);
      expect(state![MOMENTS.first + name]).toBeUndefined();
    }
    for (const name of ofLayer(1).filter((each) => each !== '3.bias')) {
      expect(state![name], name).not.toEqual(initial.get(name));
    }
    // A bias before a batch norm has no gradient: only the decay moves it.
    expectClose(
      state!['3.bias']!,
      initial.get('3.bias')!.map((b) => b * (1 - RATE * 0.1) ** 2),
      1e-7,
    );
    expect(Object.keys(state!).some((name) => name.startsWith(`${MOMENTS.first}0.`))).toBe(false);
  });
});

describe('averages of weights', () => {
  it('are moved by min(decay, step / (step + 9)), statistics too, and do not change the training', async () => {
    const initial = CONVOLUTIONS.initialState(3);
    const batches = [1, 2, 3, 4].map(() => batchFor(CONVOLUTIONS));
    const decay = 0.2; // steps 1 and 2: 0.1 and 2/11; from then on 0.2
    const expected = new Map([...initial].map(([name, data]) => [name, Float64Array.from(data)]));
    const plain = await take(CONVOLUTIONS, initial, batches);
    for (const [i, state] of plain.states.entries()) {
      const step = i + 1;
      const stays = Math.min(decay, step / (step + 9));
      for (const [name, average] of expected) {
        for (let i = 0; i < average.length; i++)
          average[i] = stays * average[i]! + (1 - stays) * state[name]![i]!;
      }
    }
    const { state } = await take(CONVOLUTIONS, initial, batches, { weightAverage: decay });
    expect(Object.keys(state!).filter((name) => name.startsWith(AVERAGE))).toHaveLength(expected.size);
    for (const [name, average] of expected) {
      expectClose(state![AVERAGE + name]!, average, 1e-6, name);
      expect(state![name], name).toEqual(plain.state![name]);
    }
  });
});

describe('weights of galaxies', () => {
  it.each(HEADS)('of 0 ignore a galaxy, whatever its data; head %s', async (head) => {
    const run = await trainer(linear(head));
    const weight = Float32Array.of(1, 1, 0, 1, 1);
    const other = { image: SMALL_BATCH.image.slice(), target: SMALL_BATCH.target.slice() };
    for (let i = 2; i < other.image.length; i += BATCH) other.image[i] = random.uniform(-1, 1);
    other.target.set(targets(1), 2 * 37);
    const [one, another] = [
      await run(START, [{ ...SMALL_BATCH, weight }]),
      await run(START, [{ ...other, weight }]),
    ];
    expect(another.losses).toEqual(one.losses);
    expect(another.state).toEqual(one.state);
    const [counted, without] = [await run(START, [SMALL_BATCH]), await run(START, [other])];
    expect(counted.losses).not.toEqual(without.losses);
  });

  it.each(['bce', 'mse'] as const)(
    "scale a galaxy's part of the loss (%s) and of the gradient",
    async (loss) => {
      const batch = { ...SMALL_BATCH, weight: Float32Array.of(0.5, 1, 2, 0.25, 3) };
      const { state, losses } = await take(linear(), START, [batch], { loss });
      const expected = byHand(WEIGHT, BIAS, batch, loss);
      expectClose(losses, [expected.loss], 1e-6);
      expectClose(gradientOf(state!, '1.weight'), expected.ofWeight, 1e-7);
      const doubled = await take(
        linear(),
        START,
        [{ ...SMALL_BATCH, weight: new Float32Array(BATCH).fill(2) }],
        { loss },
      );
      const plain = await take(linear(), START, [SMALL_BATCH], { loss });
      expectClose(doubled.losses, [2 * plain.losses[0]!], 1e-6);
      expectClose(
        gradientOf(doubled.state!, '1.bias'),
        gradientOf(plain.state!, '1.bias').map((g) => 2 * g),
        1e-7,
      );
    },
  );

  it('default to 1', async () => {
    const ones = { ...SMALL_BATCH, weight: new Float32Array(BATCH).fill(1) };
    expect(await take(linear(), START, [ones])).toEqual(await take(linear(), START, [SMALL_BATCH]));
  });
});

describe.each(['tree', 'softmax'] as const)('the loss through the head %s', (head) => {
  it.each(['bce', 'mse'] as const)(
    'equals the loss of its fractions (%s), and so does its gradient',
    async (loss) => {
      const weight = Float32Array.of(1, 2, 0.5, 1, 3);
      const { state, losses, prediction } = await take(linear(head), START, [{ ...SMALL_BATCH, weight }], {
        loss,
      });
      const logits = input('logits', [BATCH, GALAXY_ZOO_2.columns.length]);
      const fractions = headFractions(GALAXY_ZOO_2, { head }, logits, 1);
      /** In float64, of logits with one bias moved. */
      const lossAt = (column = 0, moved = 0) => {
        const { fractions: sigmoids } = byHand(WEIGHT, BIAS, SMALL_BATCH);
        const fed = sigmoids.map((p, i) => Math.log(p / (1 - p)) + (i % 37 === column ? moved : 0));
        const { data } = interpret([fractions], { logits: fed })[0]!;
        const terms = data.map((p, i) => {
          const t = SMALL_BATCH.target[i]!;
          const term = loss === 'bce' ? -t! * Math.log(p) - (1 - t!) * Math.log(1 - p) : (p - t!) ** 2;
          return (weight[Math.floor(i / 37)]! * term) / data.length;
        });
        return { data, value: terms.reduce((a, b) => a + b, 0) };
      };
      expectClose(prediction, lossAt().data, 1e-6);
      expectClose(losses, [lossAt().value], 1e-6);
      const step = 1e-5;
      const differences = Array.from(
        { length: 37 },
        (_, column) => (lossAt(column, step).value - lossAt(column, -step).value) / (2 * step),
      );
      expectClose(gradientOf(state!, '1.bias'), differences, 1e-6);
      expect(Math.max(...differences.map(Math.abs))).toBeGreaterThan(1e-3);
    },
  );

  it('stays finite if the network is certain and wrong', async () => {
    const sure = new Map([
      ['1.weight', WEIGHT],
      ['1.bias', Float32Array.from({ length: 37 }, (_, i) => (i % 3 === 0 ? 80 : -80))],
    ]);
    const { state, losses } = await take(linear(head), sure, [SMALL_BATCH]);
    expect(losses.every(Number.isFinite)).toBe(true);
    for (const [name, data] of Object.entries(state!)) expect(data.every(Number.isFinite), name).toBe(true);
  });
});

describe.each([
  ['multinomial', 'softmax'],
  ['multinomial', 'tree'],
  ['dirichlet-multinomial', 'dirichlet'],
] as const)('the loss %s through the head %s', (loss, head) => {
  it("is minus the mean log-likelihood of the galaxies' votes", async () => {
    const draw = new Random(8, 'test');
    const target = Float32Array.from({ length: 37 * BATCH }, () => draw.below(40));
    target.fill(0, 3, 37); // a galaxy with votes for the first question only
    const weight = Float32Array.of(1, 2, 0.5, 1, 3);
    const batch = { image: SMALL_BATCH.image, target, weight };
    const { state, losses, prediction } = await take(linear(head), START, [batch], { loss });
    const { fractions: sigmoids } = byHand(WEIGHT, BIAS, SMALL_BATCH);
    const concentrations = sigmoids.map((p) => 1 + 100 / (1 + Math.exp(3) / (p / (1 - p))));
    const expected = Array.from(weight, (each, row) => {
      const cells = <Row>(values: { subarray(start: number, end: number): Row }) =>
        values.subarray(row * 37, (row + 1) * 37);
      const predicted = {
        fractions: cells(prediction),
        ...(head === 'dirichlet' && { concentrations: cells(concentrations) }),
      };
      return -each * voteLogLikelihood(GALAXY_ZOO_2, cells(target), predicted);
    });
    const mean = expected.reduce((a, b) => a + b, 0) / BATCH;
    expect(Math.abs(losses[0]! / mean - 1)).toBeLessThan(1e-5);
    const ofBias = gradientOf(state!, '1.bias');
    expect(ofBias.every(Number.isFinite)).toBe(true);
    expect(Math.max(...ofBias.map(Math.abs))).toBeGreaterThan(1e-2);
  });
});

it('gradients are clipped by their norm over all layers together', async () => {
  const initial = CONVOLUTIONS.initialState(3);
  const batch = batchFor(CONVOLUTIONS);
  const { state: free } = await take(CONVOLUTIONS, initial, [batch]);
  const trained = CONVOLUTIONS.parameters.filter(({ isTrained }) => isTrained).map(({ name }) => name);
  const norm = Math.hypot(...trained.flatMap((name) => [...gradientOf(free!, name)]));
  for (const largest of [norm / 3, norm * 3]) {
    const { state } = await take(CONVOLUTIONS, initial, [batch], { clipNorm: largest });
    const factor = Math.min(1, largest / (norm + 1e-6));
    for (const name of trained) {
      expectClose(
        gradientOf(state!, name),
        gradientOf(free!, name).map((g) => g * factor),
        1e-6,
        name,
      );
    }
  }
});
