/** A network from its description: a list of layers, as data. */
import { GraphError } from '../graph/tensor.ts';
import { Random } from '../random/philox.ts';
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

/** What flows between two layers: a map of so many channels, or so many features. */
type Extent = { kind: 'map'; size: number; channels: number } | { kind: 'features'; count: number };

interface Placed {
  module: Module;
  /** How many of PyTorch's modules it stands for. */
  span: number;
  output: Extent;
}

function place(layer: LayerDescription, index: number, input: Extent, number: number): Placed {
  if ('convolution' in layer) {
    if (input.kind !== 'map')
      throw new GraphError(`layer ${number}: a convolution after the map was flattened`);
    const block = { ...layer.convolution, inputs: input.channels };
    const module = convolutionBlock(`conv${number}`, index, block);
    if (block.pool !== undefined && input.size % 2 !== 0)
      throw new GraphError(`layer ${number}: a 2×2 pool of a map of odd size, ${input.size}×${input.size}`);
    const size = block.pool === undefined ? input.size : input.size / 2;
    return { module, span: modulesOfBlock(block), output: { kind: 'map', size, channels: block.channels } };
  }
  if ('flatten' in layer) {
    if (input.kind !== 'map') throw new GraphError('flatten: the map was flattened before');
    const count = input.size ** 2 * input.channels;
    return { module: flatten('flatten'), span: 1, output: { kind: 'features', count } };
  }
  if (input.kind !== 'features')
    throw new GraphError('a dense or dropout layer needs features: flatten the map first');
  if ('dropout' in layer)
    return { module: dropout(`dropout${number}`, layer.dropout), span: 1, output: input };
  const module = dense(`dense${number}`, `${index}`, input.count, layer.dense);
  return { module, span: 1, output: { kind: 'features', count: layer.dense } };
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
  readonly modules: readonly Module[];
  /** In PyTorch's order, running statistics included. */
  readonly parameters: readonly Parameter[];
  /** How many numbers come out. */
  readonly outputs: number;

  /** @throws GraphError where the layers do not fit together */
  constructor(readonly description: NetworkDescription) {
    const modules: Module[] = [];
    const counts: Record<string, number> = {};
    let index = 0;
    let extent: Extent = { kind: 'map', ...description.input };
    for (const layer of description.layers) {
      const kind = Object.keys(layer)[0];
      counts[kind] = (counts[kind] ?? 0) + 1;
      const { module, span, output } = place(layer, index, extent, counts[kind]);
      modules.push(module);
      index += span;
      extent = output;
    }
    if (extent.kind !== 'features')
      throw new GraphError('the last layer must give features: flatten the map first');
    this.modules = modules;
    this.outputs = extent.count;
    this.parameters = modules.flatMap((module) => module.parameters);
  }

  /** The number of trained parameters, as PyTorch counts them. */
  get parameterCount(): number {
    return this.parameters
      .filter(({ isTrained }) => isTrained)
      .reduce((all, { shape }) => all + shape.reduce((a, b) => a * b, 1), 0);
  }

  /**
   * The logits, as features, of a map of normalised pictures.
   * @throws GraphError where the map is not of the network's size
   * @example
   * const image = input('image', [128, 128, 3, 96]);
   * const build = inferenceBuild(constantState(network, weights), 'auto');
   * network.forward({ kind: 'map', layout: HWCN, tensor: image }, build); // { kind: 'features', … }, [37, 96]
   */
  forward(value: Value, build: Build): Value {
    return this.modules.reduce((each, module) => module.forward(each, build), value);
  }

  /**
   * Starting values of all parameters: PyTorch's defaults, drawn with the seed.
   * @example new Network(description).initialState(1).get('0.weight') // Float32Array
   */
  initialState(seed: number): Map<string, Float32Array> {
    return new Map(
      this.parameters.map(({ name, shape, initial }, i) => {
        const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
        if ('value' in initial) return [name, values.fill(initial.value)];
        const random = new Random(seed, 'initial', i);
        return [name, values.map(() => random.uniform(-initial.bound, initial.bound))];
      }),
    );
  }
}
