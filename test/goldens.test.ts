/** The engine against PyTorch: convolutions with their gradients, and small networks through five steps of Adam. */
import { expect, it } from 'vitest';
import { multiply } from '../src/engine/graph/elementwise.ts';
import { gradients } from '../src/engine/graph/gradient.ts';
import { mean, sum } from '../src/engine/graph/reduce.ts';
import { transpose } from '../src/engine/graph/shape.ts';
import { elements, input } from '../src/engine/graph/tensor.ts';
import { MOMENTS } from '../src/engine/nn/adam.ts';
import { type ConvolutionMethod, convolve } from '../src/engine/nn/convolution.ts';
import { constantState, inferenceBuild } from '../src/engine/nn/inference.ts';
import type { LayerDescription } from '../src/engine/nn/layers.ts';
import { HWCN, type Layout, NCHW } from '../src/engine/nn/layout.ts';
import { LOSSES, type LossName } from '../src/engine/nn/loss.ts';
import { TrainingStep } from '../src/engine/nn/trainingStep.ts';
import { ablationMap, ablationWeights } from '../src/explain/ablation.ts';
import { AblationCam } from '../src/explain/ablationCam.ts';
import { GalaxyNetwork } from '../src/model/galaxyNetwork.ts';
import { inferenceGraph } from '../src/model/inference.ts';
import { nodePlatform } from '../src/node/platform.ts';
import { compile } from '../src/node/runtime/device.ts';
import { trainingGraph } from '../src/train/step.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { winnersHead } from './fixtures/winnersHead.ts';
import { describeWithShared, difference, golden } from './goldens.ts';

const CPU = { name: 'cpu', threads: 2 };
const METHODS: ConvolutionMethod[] = ['spectral', 'direct'];

/** Tensors of PyTorch's layout [N, C, H, W] as [H, W, C, N]. */
function batchInnermost({
  shape: [n, c, h, w],
  data,
}: {
  shape: readonly number[];
  data: Float32Array;
}): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % w!, Math.floor(i / w!) % h!];
    const [channel, picture] = [Math.floor(i / (w! * h!)) % c!, Math.floor(i / (w! * h! * c!))];
    result[((y * w! + x) * c! + channel) * n! + picture] = data[i]!;
  }
  return result;
}

describeWithShared('convolution, against PyTorch', () => {
  it.each(METHODS.flatMap((method) => [17, 13, 9, 7, 5, 3, 1].map((kernel) => [method, kernel] as const)))(
    '%s, kernel %i',
    async (method, kernel) => {
      const all = golden('convolution');
      const of = (name: string) => all.get(`k${kernel}.${name}`)!;
      const x = input('x', of('x').shape);
      const w = input('w', of('w').shape);
      const dy = input('dy', of('dy').shape);
      const bias = of('b').data;
      const { tensor: y } = convolve({ layout: HWCN, tensor: transpose(x, [2, 3, 1, 0]) }, w, method);
      const turned = transpose(y, [3, 2, 0, 1]);
      const loss = sum(multiply(turned, dy));
      const [dx, dw] = gradients(loss, [x, w]);
      const program = await compile({ y: turned, dx: dx!, dw: dw! }, CPU);
      const result = await program.run({ x: of('x').data, w: of('w').data, dy: of('dy').data });
      const [, outputs, height, width] = of('y').shape;
      const withBias = result.y!.map(
        (value, i) => value + bias[Math.floor(i / (height! * width!)) % outputs!]!,
      );
      // Sums of up to 1,400 products of order 1: the tolerance of float32 is relative to their size.
      const tolerance = (data: Float32Array) => 1e-5 * Math.max(1, ...data.map(Math.abs));
      expect(difference(withBias, of('y').data)).toBeLessThan(tolerance(of('y').data));
      expect(difference(result.dx!, of('dx').data)).toBeLessThan(tolerance(of('dx').data));
      expect(difference(result.dw!, of('dw').data)).toBeLessThan(tolerance(of('dw').data));
    },
  );
});

interface GoldenNetwork {
  file: string;
  loss: LossName;
  reduction?: number;
  lastPool?: 'average';
}

const NETWORKS: GoldenNetwork[] = [
  { file: 'network_plain_bce', loss: 'bce' },
  { file: 'network_plain_mse', loss: 'mse' },
  { file: 'network_cbam_r1_bce', loss: 'bce', reduction: 1, lastPool: 'average' },
  { file: 'network_cbam_r4_bce', loss: 'bce', reduction: 4 },
];

/**
 * The largest change of a running mean by the random walk of a bias in five steps of rate 0.01. An Adam step is at most 1.011 times
 * the rate (Cauchy-Schwarz, for five steps with β = 0.9 and 0.999), so that in step t a bias is off by up to (t-1)·0.0101, of
 * which 0.1·0.9⁵⁻ᵗ is in the running mean at the end: 0.00101 · (1·0.9³ + 2·0.9² + 3·0.9 + 4) = 0.0092.
 */
const BIAS_DRIFT = 0.0092;

function describe({ reduction, lastPool }: GoldenNetwork): GalaxyNetwork {
  const block = (channels: number, kernel: number, pool: 'max' | 'average'): LayerDescription => ({
    convolution: { channels, kernel, pool, ...(reduction && { attention: { cbam: { reduction } } }) },
  });
  return new GalaxyNetwork(
    {
      input: { size: 16, channels: 3 },
      layers: [block(4, 7, 'max'), block(8, 5, lastPool ?? 'max'), { flatten: true }, { dense: 37 }],
    },
    GALAXY_ZOO_2,
  );
}

/** The tensors of a golden state, such as `initial.`. */
const stateOf = (all: ReturnType<typeof golden>, prefix: string) =>
  new Map(
    [...all]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { data }]) => [name.slice(prefix.length), data]),
  );

async function evaluate(
  network: GalaxyNetwork,
  state: ReadonlyMap<string, Float32Array>,
  picture: { shape: readonly number[]; data: Float32Array },
  layout: Layout,
  method: ConvolutionMethod,
): Promise<Float32Array> {
  const isTurned = layout.name === 'HWCN';
  const [n, c, h, w] = picture.shape;
  const image = input('image', isTurned ? [h!, w!, c!, n!] : [n!, c!, h!, w!]);
  const build = inferenceBuild(constantState(network, state), method);
  const program = await compile({ fractions: inferenceGraph(network, image, layout, build) }, CPU);
  return (await program.run({ image: isTurned ? batchInnermost(picture) : picture.data })).fractions!;
}

describeWithShared('small networks, against PyTorch', () => {
  const cases = NETWORKS.flatMap((network) =>
    METHODS.map((method) => [network.file, method, network] as const),
  );

  it.each(cases)('%s, %s: evaluation', async (file, method, description) => {
    const all = golden(file);
    const network = describe(description);
    const expected = all.get('eval_output')!.data;
    for (const layout of [HWCN, NCHW]) {
      const output = await evaluate(network, stateOf(all, 'initial.'), all.get('input')!, layout, method);
      expect(difference(output, expected)).toBeLessThan(1e-5);
    }
  });

  it.each(cases)('%s, %s: gradients of the first step', async (file, method, description) => {
    const all = golden(file);
    const network = describe(description);
    const graph = trainingGraph(network, { batch: 6, loss: description.loss, method });
    const step = new TrainingStep(await compile(graph.outputs, CPU), graph, stateOf(all, 'initial.'), 0);
    const result = await step.run(
      { image: batchInnermost(all.get('input')!), target: all.get('target')!.data },
      1e-2,
      1,
    );
    expect(difference(result.prediction, all.get('train_output')!.data)).toBeLessThan(1e-5);
    for (const [name, gradient] of stateOf(all, 'grad.')) {
      // After one step the first moment is a tenth of the gradient.
      const own = step.state[MOMENTS.first + name]!.map((value) => value * 10);
      expect(difference(own, gradient), name).toBeLessThan(1e-4 * Math.max(...gradient.map(Math.abs), 1e-2));
    }
  });

  it.each(cases)('%s, %s: five steps of Adam', async (file, method, description) => {
    const all = golden(file);
    const network = describe(description);
    const graph = trainingGraph(network, { batch: 6, loss: description.loss, method });
    const step = new TrainingStep(await compile(graph.outputs, CPU), graph, stateOf(all, 'initial.'), 0);
    const image = batchInnermost(all.get('input')!);
    const losses: number[] = [];
    for (let t = 1; t <= 5; t++)
      losses.push((await step.run({ image, target: all.get('target')!.data }, 1e-2, t)).loss);
    expect(difference(losses, all.get('losses')!.data)).toBeLessThan(1e-5);

    const final = stateOf(all, 'final.');
    const own = new Map(Object.entries(step.state));
    for (const { name, shape } of network.parameters) {
      // The gradient of a bias before a batch norm is zero. PyTorch computes rounding noise of 1e-9 instead, which Adam
      // divides by its size: there, these biases and the running means that contain them move at random.
      const isBiasBeforeNorm =
        shape.length === 1 &&
        final.has(name.replace('.bias', '.weight')) &&
        all.get(`final.${name.replace('.bias', '.weight')}`)!.shape.length === 4 &&
        !name.includes('spatial');
      if (isBiasBeforeNorm) {
        expect(difference(all.get(`grad.${name}`)!.data, new Float32Array(elements(shape)))).toBeLessThan(
          1e-6,
        );
        expect(own.get(name)).toEqual(all.get(`initial.${name}`)!.data);
        own.set(name, final.get(name)!);
      } else if (name.endsWith('running_mean')) {
        expect(difference(own.get(name)!, final.get(name)!), name).toBeLessThan(BIAS_DRIFT);
        own.set(name, final.get(name)!);
      } else {
        expect(difference(own.get(name)!, final.get(name)!), name).toBeLessThan(1e-4);
      }
    }
    const output = await evaluate(network, own, all.get('input')!, HWCN, method);
    expect(difference(output, all.get('final_eval_output')!.data)).toBeLessThan(1e-4);
  });
});

describeWithShared('tree head, against PyTorch', () => {
  it.each([0, 1] as const)('along axis %i: output, loss and gradient', async (axis) => {
    const all = golden('tree_head');
    const of = (name: string) => all.get(name)!.data;
    const logits = input('logits', [8, 37]);
    const inPlace = axis === 0 ? transpose(logits, [1, 0]) : logits;
    const output = axis === 0 ? transpose(winnersHead(inPlace, 0), [1, 0]) : winnersHead(inPlace, 1);
    const mse = mean(LOSSES.mse.terms(output, input('target', [8, 37])));
    const [gradient] = gradients(mse, [logits]);
    const program = await compile({ output, mse, gradient: gradient! }, CPU);
    const result = await program.run({ logits: of('logits'), target: of('target') });
    expect(difference(result.output!, of('output'))).toBeLessThan(1e-6);
    expect(difference(result.mse!, of('mse'))).toBeLessThan(1e-6);
    expect(difference(result.gradient!, of('grad_logits'))).toBeLessThan(1e-6);
  });
});

describeWithShared('AblationCAM, against PyTorch', () => {
  it('gives the activations, the channel weights and the map', async () => {
    const all = golden('ablation_cam');
    const network = describe(NETWORKS[0]!);
    const answer = all.get('answer')!.data[0];
    const model = { network: network.description, tree: network.tree, weights: stateOf(all, 'state.') };
    const cam = await AblationCam.open(nodePlatform, model, ['conv2'], CPU);
    const [ablation] = await cam.ablate(all.get('input')!.data);
    await cam.close();
    const weights = ablationWeights(ablation!, answer!);
    expect(difference(ablation!.scores, all.get('scores')!.data)).toBeLessThan(1e-5);
    expect(difference(ablation!.activations, all.get('activations')!.data)).toBeLessThan(1e-5);
    expect(difference(weights, all.get('weights')!.data)).toBeLessThan(1e-5);
    expect(difference(ablationMap(ablation!, weights).values, all.get('map')!.data)).toBeLessThan(1e-5);
  });
});
