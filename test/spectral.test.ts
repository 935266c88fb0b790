/** Spectral convolutions of the networks' real layers, with every plan that is best for some batch, against direct ones. */
import { expect, it } from 'vitest';
import { layersOf } from '../bench/layer.ts';
import { multiply } from '../src/engine/graph/elementwise.ts';
import { gradients } from '../src/engine/graph/gradient.ts';
import { sum } from '../src/engine/graph/reduce.ts';
import { elements, input, type Tensor } from '../src/engine/graph/tensor.ts';
import { convolve, rankedPlans } from '../src/engine/nn/convolution.ts';
import { HWCN } from '../src/engine/nn/layout.ts';
import { Network } from '../src/engine/nn/network.ts';
import { type SpectralPlan, spectralConvolution } from '../src/engine/nn/spectral.ts';
import { describeNetwork, networkNames } from '../src/model/networks.ts';
import { compile } from '../src/node/runtime/device.ts';
import { Random } from '../src/random/philox.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { difference } from './goldens.ts';

/** The distinct convolutions of all networks, except 1×1 ones. */
const LAYERS = [
  ...new Map(
    networkNames()
      .flatMap((name) => layersOf(new Network(describeNetwork(name, { tree: GALAXY_ZOO_2 }))))
      .filter(({ kernel }) => kernel > 1)
      .map(({ size, inputs, channels, kernel }) => ({ size, channels: inputs, outputs: channels, kernel }))
      .map((each) => [JSON.stringify(each), each]),
  ).values(),
];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 96, 128, 256];

/** The distinct plans that are best for a layer at some batch, with constant and with changing kernels. */
function chosenPlans({ size, ...layer }: (typeof LAYERS)[number]): SpectralPlan[] {
  const plans = BATCHES.flatMap((batch) =>
    [false, true].map(
      (isKernelConstant) =>
        rankedPlans({ height: size, width: size, ...layer, batch, isKernelConstant })[0]!.plan,
    ),
  );
  return [...new Map(plans.map((plan) => [JSON.stringify(plan), plan])).values()];
}

it.each(LAYERS)(
  '$size² $kernel×$kernel $channels→$outputs: result and gradients agree to 1e-5 of the largest',
  async ({ size, channels, outputs, kernel }) => {
    const batch = 2;
    const plans = chosenPlans({ size, channels, outputs, kernel });
    expect(plans.length).toBeGreaterThan(1);
    const x = input('x', [size, size, channels, batch]);
    const w = input('w', [outputs, channels, kernel, kernel]);
    const dy = input('dy', [size, size, outputs, batch]);
    const compute = async (y: Tensor) => {
      const [dx, dw] = gradients(sum(multiply(y, dy)), [x, w]);
      const program = await compile({ y, dx, dw }, { name: 'cpu', threads: 2 });
      const result = await program.run(feeds);
      await program.release();
      return result;
    };
    const random = new Random(1, 'test');
    const draw = ({ shape }: Tensor) => Float32Array.from({ length: elements(shape) }, () => random.normal());
    const feeds = { x: draw(x), w: draw(w), dy: draw(dy) };
    const direct = await compute(convolve({ layout: HWCN, tensor: x }, w, 'direct').tensor);
    for (const plan of plans) {
      const spectral = await compute(spectralConvolution(x, w, plan));
      for (const name of ['y', 'dx', 'dw'] as const) {
        const values = direct[name];
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(difference(spectral[name], values) / largest, `${name}, ${JSON.stringify(plan)}`).toBeLessThan(
          1e-5,
        );
      }
    }
  },
);
