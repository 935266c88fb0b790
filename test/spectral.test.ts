/** Spectral convolutions on the networks' real layers, in every way that is chosen for some batch, against direct ones. */
import { expect, it } from 'vitest';
import { multiply } from '../src/graph/elementwise.ts';
import { gradients } from '../src/graph/gradient.ts';
import { sum } from '../src/graph/reduce.ts';
import { reshape } from '../src/graph/shape.ts';
import { elements, input, type Tensor } from '../src/graph/tensor.ts';
import { bestPlan, convolve } from '../src/nn/convolution.ts';
import { HWCN } from '../src/nn/layout.ts';
import { type SpectralPlan, spectralConvolution } from '../src/nn/spectral.ts';
import { Random } from '../src/random/philox.ts';
import { compile } from '../src/runtime/device.node.ts';
import { difference } from './goldens.ts';

const LAYERS = [
  { size: 128, channels: 3, outputs: 32, kernel: 17 },
  { size: 64, channels: 32, outputs: 64, kernel: 13 },
  { size: 32, channels: 64, outputs: 128, kernel: 9 },
  { size: 16, channels: 128, outputs: 256, kernel: 7 },
];
const BATCHES = [1, 2, 4, 8, 16, 32, 64, 96, 128, 256];

/** The different plans that are best for a layer, for some batch, with kernels that change or do not. */
function chosenPlans({ size, ...layer }: (typeof LAYERS)[number]): SpectralPlan[] {
  const plans = BATCHES.flatMap((batch) =>
    [false, true].map(
      (isKernelConstant) => bestPlan({ height: size, width: size, ...layer, batch, isKernelConstant }).plan,
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
      const [dx, dw] = gradients(reshape(sum(multiply(y, dy), [0, 1, 2, 3]), []), [x, w]);
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
      for (const [name, values] of Object.entries(direct)) {
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(difference(spectral[name], values) / largest, `${name}, ${JSON.stringify(plan)}`).toBeLessThan(
          1e-5,
        );
      }
    }
  },
);
