/** Builds networks from descriptions: lists of layers, as plain data. */
import { Random } from '../../random/philox.ts';
import { elements, GraphError } from '../graph/tensor.ts';
import type { Build, Extent, Module, Parameter, PlacedLayer, Value } from './layer.ts';
import { LAYERS, type LayerDescription, type LayerName } from './layers.ts';
import { recordOf } from './schema.ts';

/** A network: a square picture → layers → numbers (logits). */
export interface NetworkDescription {
  /** The picture has size × size pixels with `channels` values each. */
  input: { size: number; channels: number };
  layers: readonly LayerDescription[];
}

/** A layer of a network. */
export interface Layer extends PlacedLayer {
  readonly kind: LayerName;
  readonly description: LayerDescription;
  readonly input: Extent;
  /** In diagrams: ['convolution 17×17', 'batch norm, ReLU']. */
  readonly labels: string[];
  /** Side of a convolution's kernel. */
  readonly kernel?: number;
  /** Its attention, for diagrams. */
  readonly module?: Module;
}

function placeAll({ input, layers }: NetworkDescription): Layer[] {
  const counts: Record<string, number> = {};
  let index = 0;
  let extent: Extent = { kind: 'map', ...input };
  return layers.map((description, i) => {
    const [name] = Object.keys(description);
    try {
      const { kind, own, record } = recordOf(LAYERS, description);
      counts[kind] = (counts[kind] ?? 0) + 1;
      const placed = record.place(own, extent, { index, number: counts[kind] });
      const shown = {
        labels: record.labels(own),
        kernel: record.kernel?.(own),
        module: record.module?.(own),
      };
      const layer = { kind, description, input: extent, ...shown, ...placed };
      index += placed.span ?? 1;
      extent = placed.output;
      return layer;
    } catch (error) {
      if (error instanceof GraphError) throw new GraphError(`layers.${i}.${name}: ${error.message}`);
      throw error;
    }
  });
}

/** The number of trained parameters, as PyTorch counts them. @example parameterCount(layer.parameters) */
export function parameterCount(parameters: readonly Parameter[]): number {
  return parameters.filter(({ isTrained }) => isTrained).reduce((all, { shape }) => all + elements(shape), 0);
}

/**
 * A network of layers, without weights. Its parameters are named as in PyTorch's `Sequential`.
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
  /** The number of logits. */
  readonly outputs: number;

  /**
   * @param pretrained initial values of parameters, by name; the others are drawn
   * @throws GraphError that names the layer that does not fit
   */
  constructor(
    readonly description: NetworkDescription,
    readonly pretrained: ReadonlyMap<string, Float32Array> = new Map(),
  ) {
    this.layers = placeAll(description);
    const output = this.layers.at(-1)?.output;
    if (output?.kind !== 'features') {
      throw new GraphError('layers: the last one must give features: flatten the map first');
    }
    this.outputs = output.count;
    this.parameters = this.layers.flatMap(({ parameters }) => parameters);
  }

  /** The number of trained parameters, as PyTorch counts them. */
  get parameterCount(): number {
    return parameterCount(this.parameters);
  }

  /**
   * The logits of normalised pictures, as features.
   * @throws GraphError if the map does not have the network's size
   */
  forward(value: Value, build: Build): Value {
    return this.layers.reduce((each, layer) => layer.forward(each, build), value);
  }

  /** Picks the parameters' values from a training state. @param prefix of their names in the state */
  stateOf(values: Readonly<Record<string, Float32Array>>, prefix = ''): Map<string, Float32Array> {
    return new Map(this.parameters.map(({ name }) => [name, values[prefix + name]!]));
  }

  /**
   * Initial values of all parameters: those that are pretrained, and PyTorch's defaults, drawn with the seed.
   * @throws GraphError if a parameter has to be pretrained and is not
   */
  initialState(seed: number): Map<string, Float32Array> {
    return new Map(
      this.parameters.map(({ name, shape, initial }, i) => {
        const given = this.pretrained.get(name);
        if (given) return [name, given.slice()];
        if (initial === 'file') throw new GraphError(`'${name}' has no initial values`);
        const values = new Float32Array(elements(shape));
        if ('value' in initial) return [name, values.fill(initial.value)];
        const random = new Random(seed, 'initial', i);
        return [name, values.map(() => random.uniform(-initial.bound, initial.bound))];
      }),
    );
  }
}
