/** One convolution with its pool, computed by a chosen method. */
import { gradients } from '../src/engine/graph/gradient.ts';
import { sumOfSquares } from '../src/engine/graph/reduce.ts';
import { constant, elements, input, type Tensor } from '../src/engine/graph/tensor.ts';
import { type ConvolutionMethod, convolve } from '../src/engine/nn/convolution.ts';
import { HWCN, mapShape, NCHW } from '../src/engine/nn/layout.ts';
import type { Network } from '../src/engine/nn/network.ts';
import { type Pool, pool } from '../src/engine/nn/pooling.ts';
import { type SpectralPlan, spectralConvolution } from '../src/engine/nn/spectral.ts';
import { compile } from '../src/node/runtime/device.ts';
import { randomFeeds } from './steps.ts';

/** A convolution of a network. */
export interface Layer {
  /** The side of its input. */
  size: number;
  inputs: number;
  channels: number;
  kernel: number;
  pool?: Pool;
  /** True if its input is the picture, which needs no gradient. */
  isFirst: boolean;
}

export interface LayerOrder {
  task: 'layer';
  layer: Layer;
  /** Forward with a constant kernel, or forward and backward with one that is an input. */
  pass: 'predict' | 'train';
  layout: 'HWCN' | 'NCHW';
  method: ConvolutionMethod;
  /** Plan of a spectral convolution in HWCN. Default: the choice of the cost model. */
  plan?: SpectralPlan;
  batch: number;
  threads: number;
}

/** The convolutions of a network. */
export function layersOf(network: Network): Layer[] {
  return network.layers.flatMap(({ description, input }, i) => {
    if (!('convolution' in description) || input.kind !== 'map') return [];
    const { channels, kernel, pool } = description.convolution;
    return [{ size: input.size, inputs: input.channels, channels, kernel, pool, isFirst: i === 0 }];
  });
}

/** The graph of a layer. The same order gives the same graph. */
export function layerGraph(order: LayerOrder): Record<string, Tensor> {
  const { layer, pass, layout: name, method, plan, batch } = order;
  const { size, inputs, channels, kernel: side } = layer;
  const layout = { HWCN, NCHW }[name];
  const x = input('x', mapShape(layout, { height: size, width: size, channels: inputs, batch }));
  const shape = [channels, inputs, side, side];
  const kernel =
    pass === 'train'
      ? input('kernel', shape)
      : constant(
          Float32Array.from({ length: elements(shape) }, (_, i) => Math.sin(i)),
          shape,
        );
  const convolved =
    plan === undefined
      ? convolve({ layout, tensor: x }, kernel, method)
      : { layout, tensor: spectralConvolution(x, kernel, plan) };
  const { tensor: y } = layer.pool === undefined ? convolved : pool(convolved, layer.pool);
  if (pass === 'predict') return { y };
  const [ofKernel, ofX] = gradients(sumOfSquares(y), [kernel, x]);
  return layer.isFirst ? { ofKernel } : { ofKernel, ofX };
}

export async function layerStep(order: LayerOrder) {
  const program = await compile(layerGraph(order), { name: 'cpu', threads: order.threads });
  const feeds = randomFeeds(program);
  return () => program.run(feeds).then(() => ({}));
}
