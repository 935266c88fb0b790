/** A network from its description: a list of layers, as data. */

import { Random } from '../../random/philox.ts';
import { elements, GraphError } from '../graph/tensor.ts';
import { type ConvolutionBlock, convolutionBlock, modulesOfBlock } from './convolutionBlock.ts';
import { dense, dropout, flatten } from './dense.ts';
import type { Build, Module, Parameter, Value } from './module.ts';

/** One layer. The sizes of its input follow from the layers before it. */
export type LayerDescription =
  | { convolution: Omit<ConvolutionBlock, 'inputs'> }
  | { flatten: true }
  | { dropout: number }
  | { dense: number };

/** A network: a square picture in, through layers, to numbers (logits) out. */
export interface NetworkDescription {
  /** The picture is size × size pixels of `channels` colours. */
  input: { size: number; channels: number };
  layers: readonly LayerDescription[];
}

/** What flows between two layers: a map of size × size pixels of so many channels, or so many features. */
export type Extent = { kind: 'map'; size: number; channels: number } | { kind: 'features'; count: number };

/** A layer in its place. */
export interface Layer {
  readonly description: LayerDescription;
  readonly input: Extent;
  readonly output: Extent;
  readonly module: Module;
  /**
   * Of one picture, forward, if convolutions are computed directly: those of convolutions, attention and fully connected
   * layers. All else is a few operations for each number.
   */
  readonly multiplyAdds: number;
}

interface Placed extends Pick<Layer, 'module' | 'output' | 'multiplyAdds'> {
  /** How many of PyTorch's modules it stands for. */
  span: number;
}

/** @param number which of its kind it is, from 1 */
function place(layer: LayerDescription, index: number, input: Extent, number: number): Placed {
  if ('convolution' in layer) {
    if (input.kind !== 'map') throw new GraphError('a convolution after the map was flattened');
    const { size } = input;
    const { channels, pool } = layer.convolution;
    if (pool !== undefined && size % 2 !== 0)
      throw new GraphError(`a 2×2 pool of a map of odd size, ${size}×${size}`);
    const block = { ...layer.convolution, inputs: input.channels };
    const module = convolutionBlock(`conv${number}`, index, block);
    return {
      module,
      span: modulesOfBlock(block),
      output: { kind: 'map', size: pool === undefined ? size : size / 2, channels },
      multiplyAdds: module.multiplyAdds(size),
    };
  }
  if ('flatten' in layer) {
    if (input.kind !== 'map') throw new GraphError('the map was flattened before');
    const count = input.size ** 2 * input.channels;
    return { module: flatten('flatten'), span: 1, output: { kind: 'features', count }, multiplyAdds: 0 };
  }
  if (input.kind !== 'features') throw new GraphError('it needs features: flatten the map first');
  const { count } = input;
  if ('dropout' in layer) {
    return { module: dropout(`dropout${number}`, layer.dropout), span: 1, output: input, multiplyAdds: 0 };
  }
  return {
    module: dense(`dense${number}`, `${index}`, count, layer.dense),
    span: 1,
    output: { kind: 'features', count: layer.dense },
    multiplyAdds: count * layer.dense,
  };
}

/** All layers in their places. */
function placeAll({ input, layers }: NetworkDescription): Layer[] {
  const counts: Record<string, number> = {};
  let index = 0;
  let extent: Extent = { kind: 'map', ...input };
  return layers.map((description, i) => {
    const [kind] = Object.keys(description);
    counts[kind!] = (counts[kind!] ?? 0) + 1;
    try {
      const { span, ...placed } = place(description, index, extent, counts[kind!]!);
      const layer = { description, input: extent, ...placed };
      index += span;
      extent = placed.output;
      return layer;
    } catch (error) {
      if (error instanceof GraphError) throw new GraphError(`layers.${i}.${kind}: ${error.message}`);
      throw error;
    }
  });
}

/** How many numbers of these parameters are trained, as PyTorch counts them. @example parameterCount(layer.module.parameters) */
export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.filter(({ isTrained }) => isTrained).reduce((all, { shape }) => all + elements(shape), 0);
}

/**
 * A network, ready to be put into a graph: modules with parameters by PyTorch's names, as if the layers stood in a
 * `Sequential`. It holds no weights.
 * @example
 * const network = new Network({
 *   input: { size: 16, channels: 3 },
 *   layers: [{ convolution: { channels: 8, kernel: 5, pool: 'max' } }, { flatten: true }, { dense: 37 }],
 * });
 * network.parameters[0]; // { name: '0.weight', shape: [8, 3, 5, 5], … }
 */
export class Network {
  readonly layers: readonly Layer[];
  /** In PyTorch's order, running statistics included. */
  readonly parameters: readonly Parameter[];
  /** How many numbers come out. */
  readonly outputs: number;

  /** @throws GraphError where the layers do not fit together: which */
  constructor(readonly description: NetworkDescription) {
    this.layers = placeAll(description);
    const output = this.layers.at(-1)?.output;
    if (output?.kind !== 'features') {
      throw new GraphError('layers: the last one must give features: flatten the map first');
    }
    this.outputs = output.count;
    this.parameters = this.layers.flatMap(({ module }) => module.parameters);
  }

  /** The number of trained parameters, as PyTorch counts them. */
  get parameterCount(): number {
    return parameterCount(this.parameters);
  }

  /**
   * The logits, as features, of a map of normalised pictures.
   * @throws GraphError where the map is not of the network's size
   * @example
   * const image = input('image', [128, 128, 3, 96]);
   * const build = inferenceBuild(constantState(network, weights), 'auto');
   * network.forward({ kind: 'map', layout: HWCN, tensor: image }, build).tensor; // [37, 96]
   */
  forward(value: Value, build: Build): Value {
    return this.layers.reduce((each, { module }) => module.forward(each, build), value);
  }

  /** The parameters' values among a training's. @param prefix what their names begin with there */
  stateOf(values: Readonly<Record<string, Float32Array>>, prefix = ''): Map<string, Float32Array> {
    return new Map(this.parameters.map(({ name }) => [name, values[prefix + name]!]));
  }

  /**
   * Starting values of all parameters: PyTorch's defaults, drawn with the seed.
   * @example network.initialState(1).get('0.weight') // its values, always the same of one seed
   */
  initialState(seed: number): Map<string, Float32Array> {
    return new Map(
      this.parameters.map(({ name, shape, initial }, i) => {
        const values = new Float32Array(elements(shape));
        if ('value' in initial) return [name, values.fill(initial.value)];
        const random = new Random(seed, 'initial', i);
        return [name, values.map(() => random.uniform(-initial.bound, initial.bound))];
      }),
    );
  }
}
